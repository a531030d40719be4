/**
 * The fastpaths of the MCS kernel: short messages by Call and ReplyRecv along which a scheduling context goes down a call and back, and signals that
 * let the running thread run on. As in `fastpath.ts`, first the conditions, which only read, then the few writes that are left of the whole
 * event; and the result is that of the slow path to the last bit.
 *
 * The C kernel does not look at the time on these paths. Here it has been read when they begin, as on every way in, so they ask that nothing
 * follows from it: the budget and the domain's slice last, and nobody's release has come. The current scheduling context stays the current one
 * whoever has it, so that nothing is charged and the timer is left alone.
 *
 * @source seL4 src/fastpath/fastpath.c `fastpath_call`, `fastpath_reply_recv`, `fastpath_signal`
 */
import { REG_CAP, REG_MSG_INFO, REG_REPLY } from '#impl-config';
import { SYSCALL_CALL, SYSCALL_REPLY_RECV, SYSCALL_SEND } from '../abi.ts';
import { W, index, load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  BLOCKING_CAN_GRANT, CAP_ENDPOINT, CAP_NOTIFICATION, CAP_REPLY_OBJECT, CTE_META, EP_HEAD, EP_IDLE, EP_RECV, EP_SEND, EP_STATE, KS_CUR_DOMAIN,
  KS_CUR_SC, KS_RELEASE_HEAD, NTFN_ACTIVE, NTFN_BADGE_HI, NTFN_BADGE_LO, NTFN_BOUND_TCB, NTFN_HEAD, NTFN_IDLE, NTFN_SCHED_CONTEXT, NTFN_STATE,
  NTFN_WAITING, REPLY_IS_HEAD, REPLY_NEXT, REPLY_PREV, REPLY_TCB, SCHED_CONTEXT_REPLY, SCHED_CONTEXT_SPORADIC, SCHED_CONTEXT_TCB,
  STATE_BLOCKED_ON_RECEIVE, STATE_BLOCKED_ON_REPLY, STATE_RUNNING, TCB_BLOCKING_FLAGS, TCB_BLOCKING_OBJECT, TCB_BOUND_NOTIFICATION, TCB_DOMAIN,
  TCB_FAULT, TCB_PRIORITY, TCB_REPLY_OBJECT, TCB_SCHED_CONTEXT, TCB_STATE,
} from '../memory/layout.ts';
// biome-ignore format: packed
import {
  CAN_GRANT, CAN_GRANT_REPLY, CAN_RECEIVE, CAN_SEND, fitsRegisters, lookupFp, switchTo, takeFirst,
} from './fastpath.ts';
import { hasBudgetLeft } from './clock.ts';
import { lazyFpuRestore } from './fpu.ts';
import { registerLo, setBadge } from './message.ts';
import { isHighestPriority, schedAppend, schedEnqueue } from './ready-queues.ts';
import { isConfigured, isReady, isReadyAndSufficient } from './refills.ts';
import { currentThread } from './thread-state.ts';
import { setVMRoot, vspaceRoot } from './vspace.ts';
import { queueInsert, queueRemove } from './wait-queue.ts';

/** Whether the system call was handled; if not, nothing has been written. */
export function fastpathWithTime(number: number): boolean {
  switch (number) {
    case SYSCALL_CALL:
      return isTimeQuiet() && fastpathCall(currentThread());
    case SYSCALL_REPLY_RECV:
      return isTimeQuiet() && fastpathReplyRecv(currentThread());
    case SYSCALL_SEND:
      return isTimeQuiet() && fastpathSignal(currentThread());
    default:
      return false;
  }
}

/** The running thread may do what it came for, and nobody else wakes up. */
function isTimeQuiet(): boolean {
  if (!hasBudgetLeft()) return false;
  const first = load(KS_RELEASE_HEAD);
  return first === 0 || !isReady(load(first + TCB_SCHED_CONTEXT));
}

/**
 * Conditions, in order: no extra capabilities and at most four words; no fault; an endpoint capability that may send; somebody waits to receive, has
 * an address space, and comes first in the domain; the capability may grant or grant replies; the receiver is of the current domain, has no
 * scheduling context and has offered a reply object.
 */
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
  // Even where the receiver has the caller's priority: somebody above both may have been put into the domain, and lending time makes the slow path look.
  if (!isHighestPriority(domain, load(receiver + TCB_PRIORITY))) return false;
  if ((cap & (CAN_GRANT | CAN_GRANT_REPLY)) === 0) return false;
  if (load(receiver + TCB_DOMAIN) !== domain) return false;
  if (load(receiver + TCB_SCHED_CONTEXT) !== 0) return false;
  const reply = load(receiver + TCB_REPLY_OBJECT);
  if (reply === 0) return false;

  takeFirst(endpoint, receiver);
  forgetBlocking(receiver);
  store(caller + TCB_STATE, STATE_BLOCKED_ON_REPLY);
  store(caller + TCB_REPLY_OBJECT, reply);
  store(reply + REPLY_TCB, caller);
  const context = load(caller + TCB_SCHED_CONTEXT);
  const before = load(context + SCHED_CONTEXT_REPLY);
  store(reply + REPLY_PREV, before);
  if (before !== 0) {
    store(before + REPLY_NEXT, reply);
    store(before + REPLY_IS_HEAD, 0);
  }
  setHead(context, reply);
  moveContext(context, caller, receiver);
  const i = index(slot);
  switchTo(receiver, root, caller, info, W[i + 2]!, W[i + 3]!);
  return true;
}

/**
 * Conditions, in order: no extra capabilities and at most four words; no fault; an endpoint capability that may receive; a capability to a reply
 * object; no signal waits in the bound notification; nobody waits to send; through the reply object the current scheduling context goes
 * back to a caller, which has no fault, has an address space, comes first in the domain, is of it, and has no scheduling context.
 */
function fastpathReplyRecv(replier: number): boolean {
  const info = registerLo(replier, REG_MSG_INFO);
  if (!fitsRegisters(info) || load(replier + TCB_FAULT) !== 0) return false;
  const slot = lookupFp(replier, REG_CAP);
  if (slot === 0) return false;
  const cap = load(slot + CTE_META);
  if (cap >>> 27 !== CAP_ENDPOINT || (cap & CAN_RECEIVE) === 0) return false;
  const replySlot = lookupFp(replier, REG_REPLY);
  if (replySlot === 0 || load(replySlot + CTE_META) >>> 27 !== CAP_REPLY_OBJECT) return false;
  const bound = load(replier + TCB_BOUND_NOTIFICATION);
  if (bound !== 0 && load(bound + NTFN_STATE) === NTFN_ACTIVE) return false;
  const endpoint = load(slot);
  if (load(endpoint + EP_STATE) === EP_SEND) return false;
  const reply = load(replySlot);
  const caller = load(reply + REPLY_TCB);
  const context = load(KS_CUR_SC);
  if (caller === 0 || load(reply + REPLY_IS_HEAD) === 0 || load(reply + REPLY_NEXT) !== context) return false;
  if (load(caller + TCB_FAULT) !== 0) return false;
  const root = vspaceRoot(caller);
  if (root === 0) return false;
  const domain = load(KS_CUR_DOMAIN);
  if (!isHighestPriority(domain, load(caller + TCB_PRIORITY))) return false;
  if (load(caller + TCB_DOMAIN) !== domain) return false;
  if (load(caller + TCB_SCHED_CONTEXT) !== 0) return false;

  setHead(context, load(reply + REPLY_PREV));
  store(reply + REPLY_PREV, 0);
  store(reply + REPLY_NEXT, 0);
  store(reply + REPLY_IS_HEAD, 0);
  moveContext(context, replier, caller);
  store(caller + TCB_REPLY_OBJECT, 0);
  store(replier + TCB_STATE, STATE_BLOCKED_ON_RECEIVE);
  store(replier + TCB_BLOCKING_OBJECT, endpoint);
  store(replier + TCB_BLOCKING_FLAGS, (cap & CAN_GRANT) === 0 ? 0 : BLOCKING_CAN_GRANT);
  store(replier + TCB_REPLY_OBJECT, reply);
  store(reply + REPLY_TCB, replier);
  store(endpoint + EP_STATE, EP_RECV);
  queueInsert(endpoint, replier);
  switchTo(caller, root, replier, info, 0, 0);
  return true;
}

/**
 * Conditions, in order: no extra capabilities; no fault; a notification capability that may send. With that a badge is added or the notification becomes
 * active, unless somebody waits for it, or waits to receive and is bound to it. That one must have a scheduling context, or be lent that of
 * the notification, which nobody else has; its priority must be no higher than the running thread's, above which nobody may be ready in the domain
 * if it is of it; and the scheduling context must be configured, have come, suffice, and be no sporadic server's, whose refills would have
 * to be looked at.
 */
function fastpathSignal(thread: number): boolean {
  if ((registerLo(thread, REG_MSG_INFO) & EXTRA_CAPS) !== 0 || load(thread + TCB_FAULT) !== 0) return false;
  const slot = lookupFp(thread, REG_CAP);
  if (slot === 0) return false;
  const cap = load(slot + CTE_META);
  if (cap >>> 27 !== CAP_NOTIFICATION || (cap & CAN_SEND) === 0) return false;
  const i = index(slot);
  const badgeLo = W[i + 2]!;
  const badgeHi = W[i + 3]!;
  const notification = W[i]!;
  const state = load(notification + NTFN_STATE);
  if (state === NTFN_ACTIVE) {
    store(notification + NTFN_BADGE_LO, load(notification + NTFN_BADGE_LO) | badgeLo);
    store(notification + NTFN_BADGE_HI, load(notification + NTFN_BADGE_HI) | badgeHi);
    return true;
  }
  const woken = load(notification + (state === NTFN_WAITING ? NTFN_HEAD : NTFN_BOUND_TCB));
  if (woken === 0 || (state === NTFN_IDLE && load(woken + TCB_STATE) !== STATE_BLOCKED_ON_RECEIVE)) {
    store(notification + NTFN_STATE, NTFN_ACTIVE);
    store(notification + NTFN_BADGE_LO, badgeLo);
    store(notification + NTFN_BADGE_HI, badgeHi);
    return true;
  }
  const own = load(woken + TCB_SCHED_CONTEXT);
  const context = own === 0 ? load(notification + NTFN_SCHED_CONTEXT) : own;
  if (context === 0 || (own === 0 && load(context + SCHED_CONTEXT_TCB) !== 0)) return false;
  const priority = load(woken + TCB_PRIORITY);
  const current = load(thread + TCB_PRIORITY);
  if (priority > current) return false;
  // Somebody above the running thread may have been put into the domain; to wake up a thread of it makes the slow path look.
  const domain = load(KS_CUR_DOMAIN);
  const isNear = load(woken + TCB_DOMAIN) === domain;
  if (isNear && !isHighestPriority(domain, current)) return false;
  if (!isConfigured(context) || !isReadyAndSufficient(context) || load(context + SCHED_CONTEXT_SPORADIC) === 1)
    return false;

  if (state === NTFN_WAITING) {
    queueRemove(notification, woken);
    if (load(notification + NTFN_HEAD) === 0) store(notification + NTFN_STATE, NTFN_IDLE);
  } else {
    stopReceiving(woken);
  }
  forgetBlocking(woken);
  store(woken + TCB_STATE, STATE_RUNNING);
  setBadge(woken, badgeLo, badgeHi);
  if (own === 0) {
    store(context + SCHED_CONTEXT_TCB, woken);
    store(woken + TCB_SCHED_CONTEXT, context);
  }
  if (!isNear) {
    schedEnqueue(woken);
    return true;
  }
  // The scheduler would have found that the running thread runs on, and switched to it.
  if (priority < current) schedEnqueue(woken);
  else schedAppend(woken);
  setVMRoot(thread);
  lazyFpuRestore(thread);
  return true;
}

/** Where a message info says how many extra capabilities there are. */
const EXTRA_CAPS = 3 << 7;

/** The endpoint and the reply object know the receiver no more. */
function stopReceiving(tcb: number): void {
  const endpoint = load(tcb + TCB_BLOCKING_OBJECT);
  queueRemove(endpoint, tcb);
  if (load(endpoint + EP_HEAD) === 0) store(endpoint + EP_STATE, EP_IDLE);
  const reply = load(tcb + TCB_REPLY_OBJECT);
  if (reply !== 0) store(reply + REPLY_TCB, 0);
}

/** What a receiver was blocked with. */
function forgetBlocking(tcb: number): void {
  store(tcb + TCB_BLOCKING_OBJECT, 0);
  store(tcb + TCB_REPLY_OBJECT, 0);
  store(tcb + TCB_BLOCKING_FLAGS, 0);
}

function setHead(context: number, reply: number): void {
  store(context + SCHED_CONTEXT_REPLY, reply);
  if (reply === 0) return;
  store(reply + REPLY_NEXT, context);
  store(reply + REPLY_IS_HEAD, 1);
}

function moveContext(context: number, from: number, to: number): void {
  store(from + TCB_SCHED_CONTEXT, 0);
  store(to + TCB_SCHED_CONTEXT, context);
  store(context + SCHED_CONTEXT_TCB, to);
}
