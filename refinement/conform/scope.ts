/** What of the recordings is not modelled yet, by the reason that `conform` prints. */
import type { TraceOp } from './trace.ts';

const SYSCALLS = new Set(['Call', 'ReplyRecv', 'Send', 'NBSend', 'Recv', 'Reply', 'Yield', 'NBRecv']);

/** Null when the operation can be replayed. */
export function outOfScope({ method = '', sys }: TraceOp): string | null {
  if (/^X86_(?!Page_GetAddress$)/.test(method)) {
    return method.startsWith('X86_IOPort') ? 'I/O ports' : 'address spaces';
  }
  if (method.startsWith('IRQ')) return 'interrupts';
  if (method.startsWith('DomainSet')) return 'domains';
  if (sys === '@LOAD' || sys === '@STORE' || sys === '@JUMP') return 'user memory access';
  if (typeof sys === 'string' && !sys.startsWith('@') && !SYSCALLS.has(sys)) return 'MCS system calls';
  return null;
}
