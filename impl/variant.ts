/**
 * Points of difference between the two kernels that are numbers: of the interface and of the layout. (Numbers of an architecture follow those that
 * all have, so `arch/*-mcs.ts` have their own.) What the kernel does differently is in
 * `kernel/variant.ts`; nothing else may ask which kernel it is.
 *
 * @source seL4 libsel4 (generated invocation labels, objecttype.h, syscall.h, faults.h) and structures.h, with and without CONFIG_KERNEL_MCS
 */
import { MCS } from '#impl-config';

/** What a kernel does not have: no label, object type or system call is this number. */
const ABSENT_LABEL = -1;
const ABSENT_TYPE = -1;
const ABSENT_SYSCALL = 1;

export const LABEL_TCB_SET_TIMEOUT_ENDPOINT = MCS ? 9 : ABSENT_LABEL;
export const LABEL_TCB_SET_IPC_BUFFER = MCS ? 10 : 9;
export const LABEL_TCB_SET_SPACE = MCS ? 11 : 10;
export const LABEL_TCB_SUSPEND = MCS ? 12 : 11;
export const LABEL_TCB_RESUME = MCS ? 13 : 12;
export const LABEL_TCB_BIND_NOTIFICATION = MCS ? 14 : 13;
export const LABEL_TCB_UNBIND_NOTIFICATION = MCS ? 15 : 14;
export const LABEL_TCB_SET_TLS_BASE = MCS ? 16 : 15;
export const LABEL_TCB_SET_FLAGS = MCS ? 17 : 16;
export const LABEL_CNODE_REVOKE = MCS ? 18 : 17;
export const LABEL_CNODE_DELETE = MCS ? 19 : 18;
export const LABEL_CNODE_CANCEL_BADGED_SENDS = MCS ? 20 : 19;
export const LABEL_CNODE_COPY = MCS ? 21 : 20;
export const LABEL_CNODE_MINT = MCS ? 22 : 21;
export const LABEL_CNODE_MOVE = MCS ? 23 : 22;
export const LABEL_CNODE_MUTATE = MCS ? 24 : 23;
export const LABEL_CNODE_ROTATE = MCS ? 25 : 24;
export const LABEL_CNODE_SAVE_CALLER = MCS ? ABSENT_LABEL : 25;
export const LABEL_CNODE_LAST = 25;
export const LABEL_SCHED_CONTROL_CONFIGURE_FLAGS = MCS ? 33 : ABSENT_LABEL;
export const LABEL_SCHED_CONTEXT_BIND = MCS ? 34 : ABSENT_LABEL;
export const LABEL_SCHED_CONTEXT_UNBIND = MCS ? 35 : ABSENT_LABEL;
export const LABEL_SCHED_CONTEXT_UNBIND_OBJECT = MCS ? 36 : ABSENT_LABEL;
export const LABEL_SCHED_CONTEXT_CONSUMED = MCS ? 37 : ABSENT_LABEL;
export const LABEL_SCHED_CONTEXT_YIELD_TO = MCS ? 38 : ABSENT_LABEL;

export const SYSCALL_SEND = MCS ? -5 : -3;
export const SYSCALL_NB_SEND = MCS ? -6 : -4;
export const SYSCALL_RECV = MCS ? -7 : -5;
export const SYSCALL_REPLY = MCS ? ABSENT_SYSCALL : -6;
export const SYSCALL_YIELD = MCS ? -11 : -7;
export const SYSCALL_NB_RECV = -8;
export const SYSCALL_NB_SEND_RECV = MCS ? -3 : ABSENT_SYSCALL;
export const SYSCALL_NB_SEND_WAIT = MCS ? -4 : ABSENT_SYSCALL;
export const SYSCALL_WAIT = MCS ? -9 : ABSENT_SYSCALL;
export const SYSCALL_NB_WAIT = MCS ? -10 : ABSENT_SYSCALL;

export const FAULT_TIMEOUT = MCS ? 5 : -1;
export const FAULT_VM = MCS ? 6 : 5;

export const OBJECT_SCHED_CONTEXT = MCS ? 5 : ABSENT_TYPE;
export const OBJECT_REPLY = MCS ? 6 : ABSENT_TYPE;

/** Index of the entry of the TCB that holds the frame of the IPC buffer. */
export const TCB_SLOT_BUFFER = MCS ? 2 : 4;
/** Words of TCB_Configure before those of the spaces: the pointer to the fault handler. */
export const CONFIGURE_HANDLER_WORDS = MCS ? 0 : 1;
/** Threads run on scheduling contexts, whose budgets are used up by time and come again. */
export const TIME_IS_BUDGETED = MCS;
export const TCB_SLOT_TIMEOUT_HANDLER = 4;
/** TCB_SetSpace: extra capabilities, those before the roots, and words before those of the roots. */
export const SET_SPACE_CAPS = MCS ? 3 : 2;
export const SET_SPACE_HANDLER_CAPS = MCS ? 1 : 0;
/** The kernel's own scheduling context. */
export const IDLE_SCHED_CONTEXT_BYTES = MCS ? 128 : 0;
