/**
 * System calls: lookup, decode, perform.
 *
 * @source l4v spec/abstract/Syscall_A.thy `handle_invocation`, `handle_recv`, `handle_reply`, `handle_yield`
 */
import type { SyscallError } from '../abi/error-codes.ts';
import { errorMessage } from '../abi/error-codes.ts';
import type { SyscallName, Word } from '../abi/words.ts';
import { decodeInvocation } from '../decode/decode.ts';
import { lookupCap } from '../lookup/cspace.ts';
import { lookupIpcBuffer } from '../lookup/ipc-buffer.ts';
import { cancelIpc } from '../perform/cancel.ts';
import { receiveIpc } from '../perform/endpoint.ts';
import { handleFault } from '../perform/fault.ts';
import { performInvocation } from '../perform/invocation.ts';
import { getMessageInfo, getMessageRegisters, setBadgeAndInfo, setMessageRegisters } from '../perform/message.ts';
import { receiveSignal } from '../perform/notification.ts';
import type { Preemptible } from '../perform/outcome.ts';
import { doReplyTransfer } from '../perform/reply.ts';
import { deleteCallerCap } from '../perform/reply-cap.ts';
import { lookupExtraCaps } from '../perform/transfer.ts';
import type { Either } from '../prelude.ts';
import { E, left, right, specAssert } from '../prelude.ts';
import type { Cap } from '../state/caps.ts';
import { ALLOW_READ } from '../state/caps.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { TCB_CALLER, getCap, getNotification, getReply, slotAt, threadState } from '../state/kernel-state.ts';
import type { LookupFailure } from '../state/objects.ts';
import { setThreadState } from '../state/ready-queues.ts';
import type { ObjRef } from '../state/refs.ts';
import { getRegister } from '../state/user-context.ts';
import { timePoints } from '../time/variant.ts';

/** How a system call sends: whether it wants an answer, and whether it waits. */
interface Sending {
  readonly isCall: boolean;
  readonly blocking: boolean;
  /** MCS: whether a receiver without time may have the caller's. */
  readonly canDonate?: boolean;
  /** MCS: only the first half of a system call that goes on to receive. */
  readonly isFirstPhase?: boolean;
  /** Register with the capability pointer, if not the usual one. */
  readonly cptr?: number;
}

export function handleClassicSyscall(s: KernelState, syscall: SyscallName): Preemptible {
  const thread = s.globals.currentThread;
  switch (syscall) {
    case 'Send':
      return handleInvocation(s, thread, { isCall: false, blocking: true });
    case 'NBSend':
      return handleInvocation(s, thread, { isCall: false, blocking: false });
    case 'Call':
      return handleInvocation(s, thread, { isCall: true, blocking: true });
    case 'Recv':
      return right(handleRecv(s, thread, true, forgetCaller));
    case 'NBRecv':
      return right(handleRecv(s, thread, false, forgetCaller));
    case 'Reply':
      return right(handleReply(s, thread));
    case 'ReplyRecv':
      return right(handleRecv(handleReply(s, thread), thread, true, forgetCaller));
    case 'Yield':
      return right(timePoints(s).yieldCurrent(s));
    default:
      return absent(syscall);
  }
}

export function handleMcsSyscall(s: KernelState, syscall: SyscallName): Preemptible {
  const thread = s.globals.currentThread;
  switch (syscall) {
    case 'Send':
      return handleInvocation(s, thread, { isCall: false, blocking: true });
    case 'NBSend':
      return handleInvocation(s, thread, { isCall: false, blocking: false });
    case 'Call':
      return handleInvocation(s, thread, { isCall: true, blocking: true, canDonate: true });
    case 'ReplyRecv':
      return sendThenReceive(s, thread, s.config.registers.reply, findReply);
    case 'NBSendRecv':
      return sendThenReceive(s, thread, s.config.registers.sendDest, findReply);
    case 'NBSendWait':
      return sendThenReceive(s, thread, s.config.registers.reply, offerNone);
    case 'Recv':
      return right(handleRecv(s, thread, true, findReply));
    case 'NBRecv':
      return right(handleRecv(s, thread, false, findReply));
    case 'Wait':
      return right(handleRecv(s, thread, true, offerNone));
    case 'NBWait':
      return right(handleRecv(s, thread, false, offerNone));
    case 'Yield':
      return right(timePoints(s).yieldCurrent(s));
    default:
      return absent(syscall);
  }
}

/** MCS: what is sent first is dropped if nobody waits for it, and so are its errors; then the thread receives. */
function sendThenReceive(s: KernelState, thread: ObjRef, cptr: number, begin: BeginReceive): Preemptible {
  const sending = { isCall: false, blocking: false, canDonate: true, isFirstPhase: true, cptr };
  const sent = handleInvocation(s, thread, sending);
  return E.isLeft(sent) ? sent : right(handleRecv(sent.right, thread, true, begin));
}

function absent(syscall: SyscallName): never {
  specAssert(false, `the kernel has a system call ${syscall}`);
}

/**
 * Invokes the capability that the thread names. All capabilities of the message are looked up before any is looked at. While the
 * invocation is performed the caller is in Restart, so that a preempted one is issued again; whoever is in another
 * state afterwards gets no answer.
 */
function handleInvocation(s: KernelState, thread: ObjRef, sending: Sending): Preemptible {
  const { isCall, blocking, canDonate = false, isFirstPhase = false } = sending;
  const info = getMessageInfo(s, thread);
  const cptr = getRegister(s, thread, sending.cptr ?? s.config.registers.cap);
  const refuse = (at: Word, failure: LookupFailure): Preemptible =>
    right(blocking ? capFault(s, thread, at, false, failure) : s);
  const invoked = lookupCap(s, thread, cptr);
  if (E.isLeft(invoked)) return refuse(cptr, invoked.left);
  const buffer = lookupIpcBuffer(s, false, thread);
  const extra = lookupExtraCaps(s, thread, buffer, info.extraCaps);
  if (E.isLeft(extra)) return refuse(extra.left.cptr, extra.left.failure);
  const args = getMessageRegisters(s, thread, buffer, info.length);
  const { cap, slot } = invoked.right;
  if (isFirstPhase && isRefusedFirst(cap)) return right(s);
  const decoded = decodeInvocation(s, { cap, slot, label: info.label, args, extraCaps: extra.right });
  if (E.isLeft(decoded)) return right(isCall ? replyWithError(s, thread, decoded.left) : s);

  const restarting = setThreadState(s, thread, { _tag: 'Restart' });
  const performed = performInvocation(restarting, decoded.right, { thread, blocking, isCall, canDonate });
  if (E.isLeft(performed)) return performed;
  const { state, words } = performed.right;
  if (threadState(state, thread)._tag !== 'Restart') return right(state);
  const answered = isCall ? replyFromKernel(state, thread, 0n, words) : state;
  return right(setThreadState(answered, thread, { _tag: 'Running' }));
}

/** What could delete or change the caller is not invoked in the first half of a system call. */
function isRefusedFirst(cap: Cap): boolean {
  switch (cap._tag) {
    case 'CNodeCap':
    case 'ThreadCap':
    case 'DomainCap':
    case 'SchedContextCap':
    case 'SchedControlCap':
      return true;
    default:
      return false;
  }
}

function replyWithError(s: KernelState, thread: ObjRef, error: SyscallError): KernelState {
  const { code, words } = errorMessage(error);
  return replyFromKernel(s, thread, BigInt(code), words);
}

/** The kernel's own answers carry badge 0. */
function replyFromKernel(s: KernelState, thread: ObjRef, label: Word, words: readonly Word[]): KernelState {
  const { state, length } = setMessageRegisters(s, thread, lookupIpcBuffer(s, true, thread), words);
  return setBadgeAndInfo(state, thread, 0n, { label, capsUnwrapped: 0, extraCaps: 0, length });
}

function capFault(
  s: KernelState,
  thread: ObjRef,
  cptr: Word,
  inReceivePhase: boolean,
  failure: LookupFailure,
): KernelState {
  return handleFault(s, thread, { _tag: 'CapFault', cptr, inReceivePhase, failure });
}

/** Answers the thread that called last, if its reply capability is still there. */
function handleReply(s: KernelState, thread: ObjRef): KernelState {
  const slot = slotAt(thread, TCB_CALLER);
  const cap = getCap(s, slot);
  if (cap._tag === 'NullCap') return s;
  specAssert(cap._tag === 'ReplyCap' && !cap.master, 'the caller slot holds a reply capability or nothing');
  return doReplyTransfer(s, thread, cap.ref, slot, cap.canGrant);
}

/** What receiving from an endpoint begins with: the state after it and the reply object to be offered, or the fault it ends in. */
type BeginReceive = (
  s: KernelState,
  thread: ObjRef,
) => Either<
  { readonly cptr: Word; readonly failure: LookupFailure },
  { readonly state: KernelState; readonly reply: ObjRef | null }
>;

/** A caller not answered yet is forgotten. */
const forgetCaller: BeginReceive = (s, thread) => right({ state: deleteCallerCap(s, thread), reply: null });

const offerNone: BeginReceive = (s) => right({ state: s, reply: null });

/** The reply object that the thread names, taken away from whoever else uses it. */
const findReply: BeginReceive = (s, thread) => {
  const cptr = getRegister(s, thread, s.config.registers.reply);
  const found = lookupCap(s, thread, cptr);
  if (E.isLeft(found)) return left({ cptr, failure: found.left });
  const { cap } = found.right;
  if (cap._tag !== 'ReplyObjectCap') return left({ cptr, failure: MISSING });
  const user = getReply(s, cap.ref).tcb;
  return right({ state: user === null ? s : cancelIpc(s, user), reply: cap.ref });
};

const MISSING: LookupFailure = { _tag: 'MissingCapability', bitsLeft: 0 };

/** Receives from an endpoint or a notification. What it begins with is for endpoints only. */
function handleRecv(s: KernelState, thread: ObjRef, blocking: boolean, begin: BeginReceive): KernelState {
  const cptr = getRegister(s, thread, s.config.registers.cap);
  const found = lookupCap(s, thread, cptr);
  if (E.isLeft(found)) return capFault(s, thread, cptr, true, found.left);
  const { cap } = found.right;
  const refused = (): KernelState => capFault(s, thread, cptr, true, MISSING);
  switch (cap._tag) {
    case 'EndpointCap': {
      if ((cap.rights & ALLOW_READ) === 0) return refused();
      const begun = begin(s, thread);
      if (E.isLeft(begun)) return capFault(s, thread, begun.left.cptr, true, begun.left.failure);
      return receiveIpc(begun.right.state, thread, cap, blocking, begun.right.reply);
    }
    case 'NotificationCap': {
      const { boundTcb } = getNotification(s, cap.ref);
      if ((cap.rights & ALLOW_READ) === 0 || (boundTcb !== null && boundTcb !== thread)) return refused();
      return receiveSignal(s, thread, cap.ref, blocking);
    }
    default:
      return refused();
  }
}
