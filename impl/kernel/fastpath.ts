/**
 * Short messages by Call and ReplyRecv in the classic kernel, from the entry to the exit without the general path: first the conditions, which only read, in the
 * order of the C kernel; then the few writes that are left of the whole event when all of them hold. Nobody is queued and nobody is
 * scheduled: the thread switched to is the one the scheduler would have chosen.
 *
 * The result is that of the slow path to the last bit.
 *
 * @source seL4 src/fastpath/fastpath.c `fastpath_call`, `fastpath_reply_recv`; include/fastpath/fastpath.h `lookup_fp`
 */
import { REG_CAP, REG_MSG_INFO, WORD_BITS } from '#impl-config';
import { SYSCALL_CALL, SYSCALL_REPLY_RECV } from '../abi.ts';
import { W, addressOf, index, load, store } from '../memory/heap.ts';
import {
  CAP_CNODE,
  CAP_ENDPOINT,
  CAP_REPLY,
  CTE_BYTES,
  CTE_META,
  CTE_NEXT,
  CTE_PREV,
  EP_HEAD,
  EP_IDLE,
  EP_RECV,
  EP_SEND,
  EP_STATE,
  EP_TAIL,
  KS_CUR_DOMAIN,
  KS_CUR_THREAD,
  NTFN_ACTIVE,
  NTFN_STATE,
  STATE_BLOCKED_ON_RECEIVE,
  STATE_BLOCKED_ON_REPLY,
  STATE_RUNNING,
  TCB_BLOCKING_FLAGS,
  TCB_BLOCKING_OBJECT,
  TCB_BOUND_NOTIFICATION,
  TCB_DOMAIN,
  TCB_EP_NEXT,
  TCB_EP_PREV,
  TCB_FAULT,
  TCB_PRIORITY,
  TCB_SLOT_CALLER,
  TCB_SLOT_CTABLE,
  TCB_SLOT_REPLY,
  TCB_STATE,
  BLOCKING_CAN_GRANT,
} from '../memory/layout.ts';
import { lazyFpuRestore } from './fpu.ts';
import { MESSAGE_REGISTERS, copyMessageRegisters, registerHi, registerLo, setInfo } from './message.ts';
import { isHighestPriority } from './ready-queues.ts';
import { currentThread } from './scheduler.ts';
import { installVMRoot, vspaceRoot } from './vspace.ts';
import { queueAppend } from './wait-queue.ts';

const CTE_WORDS = CTE_BYTES / 4;

/** Whether the system call was handled; if not, nothing has been written. */
export function fastpath(number: number): boolean {
  switch (number) {
    case SYSCALL_CALL:
      return fastpathCall(currentThread());
    case SYSCALL_REPLY_RECV:
      return fastpathReplyRecv(currentThread());
    default:
      return false;
  }
}

function fastpathCall(caller: number): boolean {
  const info = registerLo(caller, REG_MSG_INFO);
  if (!fitsRegisters(info) || load(caller + TCB_FAULT) !== 0) return false;
  const slot = lookupFp(caller, REG_CAP);
  if (slot === 0) return false;
  const cap = load(slot + CTE_META);
  if (cap >>> 27 !== CAP_ENDPOINT || (cap & CAN_SEND) === 0) return false;
  const endpoint = load(slot);
  if (load(endpoint + EP_STATE) !== EP_RECV) return false;
  const receiver = load(endpoint + EP_HEAD);
  const root = vspaceRoot(receiver);
  if (root === 0) return false;
  const domain = load(KS_CUR_DOMAIN);
  const priority = load(receiver + TCB_PRIORITY);
  if (priority < load(caller + TCB_PRIORITY) && !isHighestPriority(domain, priority)) return false;
  if ((cap & (CAN_GRANT | CAN_GRANT_REPLY)) === 0) return false;
  if (load(receiver + TCB_DOMAIN) !== domain) return false;

  takeFirst(endpoint, receiver);
  store(caller + TCB_STATE, STATE_BLOCKED_ON_REPLY);
  giveReplyCap(caller, receiver, load(receiver + TCB_BLOCKING_FLAGS) & BLOCKING_CAN_GRANT);
  store(receiver + TCB_BLOCKING_OBJECT, 0);
  store(receiver + TCB_BLOCKING_FLAGS, 0);
  const i = index(slot);
  switchTo(receiver, root, caller, info, W[i + 2]!, W[i + 3]!);
  return true;
}

/** The endpoint's first receiver waits no more. */
export function takeFirst(endpoint: number, receiver: number): void {
  const next = load(receiver + TCB_EP_NEXT);
  store(endpoint + EP_HEAD, next);
  if (next === 0) {
    store(endpoint + EP_TAIL, 0);
    store(endpoint + EP_STATE, EP_IDLE);
  } else {
    store(next + TCB_EP_PREV, 0);
    store(receiver + TCB_EP_NEXT, 0);
  }
}

function fastpathReplyRecv(replier: number): boolean {
  const info = registerLo(replier, REG_MSG_INFO);
  if (!fitsRegisters(info) || load(replier + TCB_FAULT) !== 0) return false;
  const slot = lookupFp(replier, REG_CAP);
  if (slot === 0) return false;
  const cap = load(slot + CTE_META);
  if (cap >>> 27 !== CAP_ENDPOINT || (cap & CAN_RECEIVE) === 0) return false;
  const bound = load(replier + TCB_BOUND_NOTIFICATION);
  if (bound !== 0 && load(bound + NTFN_STATE) === NTFN_ACTIVE) return false;
  const endpoint = load(slot);
  if (load(endpoint + EP_STATE) === EP_SEND) return false;
  const reply = replier + TCB_SLOT_CALLER * CTE_BYTES;
  if (load(reply + CTE_META) >>> 27 !== CAP_REPLY) return false;
  const caller = load(reply);
  if (load(caller + TCB_FAULT) !== 0) return false;
  const root = vspaceRoot(caller);
  if (root === 0) return false;
  const domain = load(KS_CUR_DOMAIN);
  if (!isHighestPriority(domain, load(caller + TCB_PRIORITY))) return false;
  if (load(caller + TCB_DOMAIN) !== domain) return false;

  store(replier + TCB_STATE, STATE_BLOCKED_ON_RECEIVE);
  store(replier + TCB_BLOCKING_OBJECT, endpoint);
  store(replier + TCB_BLOCKING_FLAGS, (cap & CAN_GRANT) === 0 ? 0 : BLOCKING_CAN_GRANT);
  store(endpoint + EP_STATE, EP_RECV);
  queueAppend(endpoint, replier);
  takeReplyCap(reply);
  switchTo(caller, root, replier, info, 0, 0);
  return true;
}

/** Rights of an endpoint capability, where they are in its `meta` word. */
export const CAN_SEND = 1 << 16;
export const CAN_RECEIVE = 1 << 17;
export const CAN_GRANT = 1 << 18;
export const CAN_GRANT_REPLY = 1 << 19;

/** No extra capabilities, and a length that needs no IPC buffer: one comparison of both fields. */
export function fitsRegisters(info: number): boolean {
  return (info & 0x1ff) <= MESSAGE_REGISTERS;
}

/**
 * The entry that a register of the thread names; 0 when there is none. Never fails with a reason: the slow path finds it again. A pointer
 * is kept shifted so that the bits of the next level are its top ones; whether all levels together are too deep is asked once, at the
 * end, for reading an entry too much does no harm.
 */
export function lookupFp(tcb: number, register: number): number {
  // As signed numbers, like what is shifted below: a variable that holds either would be a floating-point number to the engine.
  let lo = registerLo(tcb, register) | 0;
  let hi = registerHi(tcb, register) | 0;
  let i = index(tcb + TCB_SLOT_CTABLE * CTE_BYTES);
  let meta = W[i + 1]!;
  if (meta >>> 27 !== CAP_CNODE) return 0;
  let bits = 0;
  do {
    const guardBits = (meta >>> 16) & 63;
    const radix = (meta >>> 22) & 31;
    if (guardBits > 32) {
      const guardHi = hi >>> (64 - guardBits);
      const guardLo = ((hi << (guardBits - 32)) | (lo >>> (64 - guardBits))) >>> 0;
      if (guardLo !== W[i + 2] || guardHi !== W[i + 3]) return 0;
      hi = lo << (guardBits - 32);
      lo = 0;
    } else if (guardBits === 32) {
      if (hi >>> 0 !== W[i + 2] || W[i + 3] !== 0) return 0;
      hi = lo;
      lo = 0;
    } else if (guardBits > 0) {
      if (hi >>> (32 - guardBits) !== W[i + 2] || W[i + 3] !== 0) return 0;
      hi = (hi << guardBits) | (lo >>> (32 - guardBits));
      lo <<= guardBits;
    }
    // Kept to 32 bits, or the engine computes it as a floating-point number.
    i = (index(W[i]!) + (hi >>> (32 - radix)) * CTE_WORDS) | 0;
    hi = (hi << radix) | (lo >>> (32 - radix));
    lo <<= radix;
    bits += guardBits + radix;
    meta = W[i + 1]!;
  } while (bits < WORD_BITS && meta >>> 27 === CAP_CNODE);
  return bits > WORD_BITS ? 0 : addressOf(i);
}

/** The caller runs, so nobody holds a capability to answer it yet: its master capability has no other child. */
function giveReplyCap(caller: number, receiver: number, canGrant: number): void {
  const master = caller + TCB_SLOT_REPLY * CTE_BYTES;
  const reply = receiver + TCB_SLOT_CALLER * CTE_BYTES;
  const i = index(reply);
  W[i] = caller;
  W[i + 1] = (CAP_REPLY << 27) | (canGrant << 17);
  W[i + CTE_PREV / 4] = master;
  store(master + CTE_NEXT, reply);
}

/** Undoes what `giveReplyCap` does: the master capability is the one before, and there is none behind. */
function takeReplyCap(reply: number): void {
  const i = index(reply);
  store(W[i + CTE_PREV / 4]! + CTE_NEXT, 0);
  W[i] = 0;
  W[i + 1] = 0;
  W[i + CTE_PREV / 4] = 0;
}

/** The receiver of the message runs; the label goes through as it is, and no capability was unwrapped. */
export function switchTo(
  receiver: number,
  root: number,
  sender: number,
  info: number,
  badgeLo: number,
  badgeHi: number,
): void {
  copyMessageRegisters(sender, receiver, info & 0x7f);
  setInfo(receiver, badgeLo, badgeHi, info & ~0xe00, registerHi(sender, REG_MSG_INFO));
  store(receiver + TCB_STATE, STATE_RUNNING);
  installVMRoot(receiver, root);
  lazyFpuRestore(receiver);
  store(KS_CUR_THREAD, receiver);
}
