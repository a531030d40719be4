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
import { deleteCallerCap } from '../perform/cancel.ts';
import { receiveIpc } from '../perform/endpoint.ts';
import { handleFault } from '../perform/fault.ts';
import { performInvocation } from '../perform/invocation.ts';
import { getMessageInfo, getMessageRegisters, setBadgeAndInfo, setMessageRegisters } from '../perform/message.ts';
import { receiveSignal } from '../perform/notification.ts';
import type { Preemptible } from '../perform/outcome.ts';
import { doReplyTransfer } from '../perform/reply.ts';
import { lookupExtraCaps } from '../perform/transfer.ts';
import { E, right, specAssert } from '../prelude.ts';
import { ALLOW_READ } from '../state/caps.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { TCB_CALLER, getCap, getNotification, slotAt, threadState } from '../state/kernel-state.ts';
import type { LookupFailure } from '../state/objects.ts';
import { rescheduleRequired, schedAppend, schedDequeue, setThreadState } from '../state/ready-queues.ts';
import type { ObjRef } from '../state/refs.ts';
import { getRegister } from '../state/user-context.ts';

export function handleSyscall(s: KernelState, syscall: SyscallName): Preemptible {
  const thread = s.globals.currentThread;
  switch (syscall) {
    case 'Send':
      return handleInvocation(s, thread, false, true);
    case 'NBSend':
      return handleInvocation(s, thread, false, false);
    case 'Call':
      return handleInvocation(s, thread, true, true);
    case 'Recv':
      return right(handleRecv(s, thread, true));
    case 'NBRecv':
      return right(handleRecv(s, thread, false));
    case 'Reply':
      return right(handleReply(s, thread));
    case 'ReplyRecv':
      return right(handleRecv(handleReply(s, thread), thread, true));
    case 'Yield':
      return right(rescheduleRequired(schedAppend(schedDequeue(s, thread), thread)));
  }
}

/**
 * Invokes the capability that the thread names. All capabilities of the message are looked up before any is looked at. While the
 * invocation is performed the caller is in Restart, so that a preempted one is issued again; whoever is in another
 * state afterwards gets no answer.
 */
function handleInvocation(s: KernelState, thread: ObjRef, isCall: boolean, blocking: boolean): Preemptible {
  const info = getMessageInfo(s, thread);
  const cptr = getRegister(s, thread, s.config.registers.cap);
  const refuse = (at: Word, failure: LookupFailure): Preemptible =>
    right(blocking ? capFault(s, thread, at, false, failure) : s);
  const invoked = lookupCap(s, thread, cptr);
  if (E.isLeft(invoked)) return refuse(cptr, invoked.left);
  const buffer = lookupIpcBuffer(s, false, thread);
  const extra = lookupExtraCaps(s, thread, buffer, info.extraCaps);
  if (E.isLeft(extra)) return refuse(extra.left.cptr, extra.left.failure);
  const args = getMessageRegisters(s, thread, buffer, info.length);
  const { cap, slot } = invoked.right;
  const decoded = decodeInvocation(s, { cap, slot, label: info.label, args, extraCaps: extra.right });
  if (E.isLeft(decoded)) return right(isCall ? replyWithError(s, thread, decoded.left) : s);

  const restarting = setThreadState(s, thread, { _tag: 'Restart' });
  const performed = performInvocation(restarting, decoded.right, { thread, blocking, isCall });
  if (E.isLeft(performed)) return performed;
  const { state, words } = performed.right;
  if (threadState(state, thread)._tag !== 'Restart') return right(state);
  const answered = isCall ? replyFromKernel(state, thread, 0n, words) : state;
  return right(setThreadState(answered, thread, { _tag: 'Running' }));
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

/** Receives from an endpoint or a notification. A caller not yet answered is forgotten, but only when receiving from an endpoint. */
function handleRecv(s: KernelState, thread: ObjRef, blocking: boolean): KernelState {
  const cptr = getRegister(s, thread, s.config.registers.cap);
  const found = lookupCap(s, thread, cptr);
  if (E.isLeft(found)) return capFault(s, thread, cptr, true, found.left);
  const { cap } = found.right;
  const refused = (): KernelState => capFault(s, thread, cptr, true, { _tag: 'MissingCapability', bitsLeft: 0 });
  switch (cap._tag) {
    case 'EndpointCap':
      if ((cap.rights & ALLOW_READ) === 0) return refused();
      return receiveIpc(deleteCallerCap(s, thread), thread, cap, blocking);
    case 'NotificationCap': {
      const { boundTcb } = getNotification(s, cap.ref);
      if ((cap.rights & ALLOW_READ) === 0 || (boundTcb !== null && boundTcb !== thread)) return refused();
      return receiveSignal(s, thread, cap.ref, blocking);
    }
    default:
      return refused();
  }
}
