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
  '@STORE32',
  '@RTCARM',
  '@RTCCLR',
  '@COUNT',
  '@JUMP',
  '@SPIN_WHILE',
  '@YIELD_WHILE',
  '@CLONE_VSPACE',
]);

/** Why the operation cannot be replayed; null when it can. */
export function outOfScope({ sys }: TraceOp, platform: Platform): string | null {
  if (typeof sys === 'bigint' || isSyscall(sys, platform)) return null;
  if (!sys.startsWith('@')) return `system call ${sys}`;
  if (ACTIONS.has(sys) || platform.exceptions[sys] !== undefined) return null;
  return sys === '@FPU' && platform.fpuException !== null ? null : `user action ${sys}`;
}
