/** What of the recordings is not modelled yet, by the reason that `conform` prints. */
import type { Platform } from './platform.ts';
import type { TraceOp } from './trace.ts';
import { isSyscall } from './user-program.ts';

/** User actions that are modelled. */
const ACTIONS = new Set([
  '@SPIN',
  '@SPIN_UNTIL',
  '@LOAD',
  '@LOAD32',
  '@STORE',
  '@JUMP',
  '@SPIN_WHILE',
  '@YIELD_WHILE',
  '@CLONE_VSPACE',
]);

/** Capability types whose invocations are not modelled. */
const NOT_MODELLED: Readonly<Record<string, string>> = {
  io_port: 'I/O ports',
  io_port_control: 'I/O ports',
};

/**
 * Why the operation cannot be replayed; null when it can.
 *
 * @param invoked type of the capability that a message is sent to, null when there is none
 */
export function outOfScope(op: TraceOp, platform: Platform, invoked: string | null): string | null {
  const { sys } = op;
  if (typeof sys === 'bigint') return null;
  if (isSyscall(sys, platform)) return invoked === null ? null : (NOT_MODELLED[invoked] ?? null);
  if (!sys.startsWith('@')) return `system call ${sys}`;
  if (ACTIONS.has(sys) || platform.exceptions[sys] !== undefined) return null;
  return sys === '@FPU' && platform.fpuException !== null ? null : `user action ${sys}`;
}
