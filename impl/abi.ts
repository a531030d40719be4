/**
 * Numbers of the system-call interface, written down a second time on purpose: a number shared with the specification could be wrong in
 * both. A test compares the tables. What the architecture fixes is in `arch/`.
 *
 * @source seL4 libsel4 (generated invocation labels, errors.h, objecttype.h, syscall.h)
 */
export const LABEL_UNTYPED_RETYPE = 1;
export const LABEL_TCB_READ_REGISTERS = 2;
export const LABEL_TCB_WRITE_REGISTERS = 3;
export const LABEL_TCB_COPY_REGISTERS = 4;
export const LABEL_TCB_CONFIGURE = 5;
export const LABEL_TCB_SET_PRIORITY = 6;
export const LABEL_TCB_SET_MC_PRIORITY = 7;
export const LABEL_TCB_SET_SCHED_PARAMS = 8;
export const LABEL_TCB_SET_IPC_BUFFER = 9;
export const LABEL_TCB_SET_SPACE = 10;
export const LABEL_TCB_SUSPEND = 11;
export const LABEL_TCB_RESUME = 12;
export const LABEL_TCB_BIND_NOTIFICATION = 13;
export const LABEL_TCB_UNBIND_NOTIFICATION = 14;
export const LABEL_TCB_SET_TLS_BASE = 15;
export const LABEL_TCB_SET_FLAGS = 16;
export const LABEL_CNODE_REVOKE = 17;
export const LABEL_CNODE_DELETE = 18;
export const LABEL_CNODE_CANCEL_BADGED_SENDS = 19;
export const LABEL_CNODE_COPY = 20;
export const LABEL_CNODE_MINT = 21;
export const LABEL_CNODE_MOVE = 22;
export const LABEL_CNODE_MUTATE = 23;
export const LABEL_CNODE_ROTATE = 24;
export const LABEL_CNODE_SAVE_CALLER = 25;
export const LABEL_IRQ_ISSUE_IRQ_HANDLER = 26;
export const LABEL_IRQ_ACK_IRQ = 27;
export const LABEL_IRQ_SET_IRQ_HANDLER = 28;
export const LABEL_IRQ_CLEAR_IRQ_HANDLER = 29;
export const LABEL_DOMAIN_SET_SET = 30;
export const LABEL_DOMAIN_SCHEDULE_CONFIGURE = 31;
export const LABEL_DOMAIN_SCHEDULE_SET_START = 32;

export const SYSCALL_CALL = -1;
export const SYSCALL_REPLY_RECV = -2;
export const SYSCALL_SEND = -3;
export const SYSCALL_NB_SEND = -4;
export const SYSCALL_RECV = -5;
export const SYSCALL_REPLY = -6;
export const SYSCALL_YIELD = -7;
export const SYSCALL_NB_RECV = -8;

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
export const FAULT_VM = 5;

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
