/** What of the recordings is not modelled yet, by the reason that `conform` prints. */
import type { Platform } from './platform.ts';
import type { TraceOp, TraceWord } from './trace.ts';
import { actionWords, isShared, isSyscall } from './user-program.ts';

/** User actions that need nothing from an address space. */
const PLAIN_ACTIONS = new Set(['@SPIN', '@SPIN_UNTIL']);
/** User actions on a word of the shared pages. */
const SHARED_ACTIONS = new Set(['@LOAD', '@STORE', '@SPIN_WHILE', '@YIELD_WHILE']);

/** Capability types whose invocations are not modelled. */
const NOT_MODELLED: Readonly<Record<string, string>> = {
  io_port: 'I/O ports',
  io_port_control: 'I/O ports',
};

/**
 * Why the operation cannot be replayed; null when it can.
 *
 * @param invoked type of the capability that a message is sent to, null when there is none
 * @param isMapped whether a shared page, by its name without `@`, still is where it was at the start
 */
export function outOfScope(
  op: TraceOp,
  platform: Platform,
  invoked: string | null,
  isMapped: (page: string) => boolean,
): string | null {
  const { sys } = op;
  if (typeof sys === 'bigint') return null;
  if (isSyscall(sys, platform)) return invoked === null ? null : invocationOutOfScope(op, platform, invoked);
  if (!sys.startsWith('@')) return `system call ${sys}`;
  if (PLAIN_ACTIONS.has(sys) || platform.exceptions[sys] !== undefined) return null;
  if (sys === '@FPU' && platform.fpuException !== null) return null;
  const at = actionWords(op)[0];
  if (at === undefined) return `user action ${sys}`;
  if (SHARED_ACTIONS.has(sys) && isShared(at)) return isMapped(String(at).slice(1)) ? null : 'address spaces';
  if (sys !== '@LOAD' && sys !== '@STORE' && sys !== '@JUMP') return `user action ${sys}`;
  return isUnmapped(at, platform) ? null : 'memory of the user program';
}

function invocationOutOfScope({ raw }: TraceOp, platform: Platform, invoked: string): string | null {
  const changesAddressSpace = platform.addressSpaceLabels[invoked]?.includes(Number(raw?.label ?? 0n)) === true;
  return changesAddressSpace ? 'address spaces' : (NOT_MODELLED[invoked] ?? null);
}

/** Scripts write bad addresses as numbers; the program's own memory lies below them. */
function isUnmapped(at: TraceWord, { userTop }: Platform): boolean {
  return typeof at === 'bigint' && at >= 0x1000_0000n && at < userTop;
}
