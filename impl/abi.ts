/**
 * Numbers of the system-call interface, written down a second time on purpose: a number shared with the specification could be wrong in
 * both. A test compares the tables. What the architecture fixes is in `arch/`.
 *
 * @source seL4 libsel4 (generated invocation labels, errors.h, objecttype.h, syscall.h)
 */
// biome-ignore format: packed
export {
  LABEL_TCB_SET_TIMEOUT_ENDPOINT, LABEL_TCB_SET_IPC_BUFFER, LABEL_TCB_SET_SPACE, LABEL_TCB_SUSPEND, LABEL_TCB_RESUME, LABEL_TCB_BIND_NOTIFICATION,
  LABEL_TCB_UNBIND_NOTIFICATION, LABEL_TCB_SET_TLS_BASE, LABEL_TCB_SET_FLAGS, LABEL_CNODE_REVOKE, LABEL_CNODE_DELETE,
  LABEL_CNODE_CANCEL_BADGED_SENDS, LABEL_CNODE_COPY, LABEL_CNODE_MINT, LABEL_CNODE_MOVE, LABEL_CNODE_MUTATE, LABEL_CNODE_ROTATE,
  LABEL_CNODE_SAVE_CALLER, LABEL_CNODE_LAST, LABEL_SCHED_CONTROL_CONFIGURE_FLAGS, LABEL_SCHED_CONTEXT_BIND, LABEL_SCHED_CONTEXT_UNBIND,
  LABEL_SCHED_CONTEXT_UNBIND_OBJECT, LABEL_SCHED_CONTEXT_CONSUMED, LABEL_SCHED_CONTEXT_YIELD_TO,
  SYSCALL_SEND, SYSCALL_NB_SEND, SYSCALL_RECV, SYSCALL_REPLY, SYSCALL_YIELD, SYSCALL_NB_RECV, SYSCALL_NB_SEND_RECV, SYSCALL_NB_SEND_WAIT,
  SYSCALL_WAIT, SYSCALL_NB_WAIT, FAULT_VM, OBJECT_SCHED_CONTEXT, OBJECT_REPLY,
} from './variant.ts';

export const LABEL_UNTYPED_RETYPE = 1;
export const LABEL_TCB_READ_REGISTERS = 2;
export const LABEL_TCB_WRITE_REGISTERS = 3;
export const LABEL_TCB_COPY_REGISTERS = 4;
export const LABEL_TCB_CONFIGURE = 5;
export const LABEL_TCB_SET_PRIORITY = 6;
export const LABEL_TCB_SET_MC_PRIORITY = 7;
export const LABEL_TCB_SET_SCHED_PARAMS = 8;
export const LABEL_IRQ_ISSUE_IRQ_HANDLER = 26;
export const LABEL_IRQ_ACK_IRQ = 27;
export const LABEL_IRQ_SET_IRQ_HANDLER = 28;
export const LABEL_IRQ_CLEAR_IRQ_HANDLER = 29;
export const LABEL_DOMAIN_SET_SET = 30;
export const LABEL_DOMAIN_SCHEDULE_CONFIGURE = 31;
export const LABEL_DOMAIN_SCHEDULE_SET_START = 32;

export const SYSCALL_CALL = -1;
export const SYSCALL_REPLY_RECV = -2;

export const INVALID_ARGUMENT = 1;
export const INVALID_CAPABILITY = 2;
export const ILLEGAL_OPERATION = 3;
export const RANGE_ERROR = 4;
export const ALIGNMENT_ERROR = 5;
export const FAILED_LOOKUP = 6;
export const TRUNCATED_MESSAGE = 7;
export const DELETE_FIRST = 8;
export const REVOKE_FIRST = 9;
export const NOT_ENOUGH_MEMORY = 10;

export const FAILURE_INVALID_ROOT = 1;
export const FAILURE_MISSING_CAPABILITY = 2;
export const FAILURE_DEPTH_MISMATCH = 3;
export const FAILURE_GUARD_MISMATCH = 4;

export const FAULT_NONE = 0;
export const FAULT_CAP = 1;
export const FAULT_UNKNOWN_SYSCALL = 2;
export const FAULT_USER_EXCEPTION = 3;

export const OBJECT_UNTYPED = 0;
export const OBJECT_TCB = 1;
export const OBJECT_ENDPOINT = 2;
export const OBJECT_NOTIFICATION = 3;
export const OBJECT_CAP_TABLE = 4;

export const RIGHT_WRITE = 1;
export const RIGHT_READ = 2;
export const RIGHT_GRANT = 4;
export const RIGHT_GRANT_REPLY = 8;
export const ALL_RIGHTS = 15;
/** A fault message has room for 28 bits of an exception's code. */
export const EXCEPTION_CODE_MASK = 0x0fff_ffff;
/** A domain's slice lasts at most 2^56 - 1 ticks: this is the high half of the longest. */
export const MAX_DURATION_HI = 0xff_ffff;
/** Ends of the addresses that a processor of 48 bits can load: high halves of the first one too large below, and of the first above the gap. */
export const CANONICAL_GAP_START_HI = 0x8000;
export const CANONICAL_GAP_END_HI = 0xffff_8000;
