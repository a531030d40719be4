/**
 * Round trips: a Call to somebody who waits to receive, an answer to somebody who waits for it. Rows drawn one by one hardly ever meet, and what
 * a kernel does most would be tested least.
 */
import type { Cap } from '../../spec/state/caps.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import {
  getEndpoint,
  getNotification,
  getReply,
  getSchedContext,
  getTcb,
  threadState,
} from '../../spec/state/kernel-state.ts';
import { generateCall } from './call-row.ts';
import { lenders, lentTimeRow } from './lent-time.ts';
import { operationIn } from './operations.ts';
import type { CallRow } from './program.ts';
import type { Random } from './random.ts';
import { several } from './random.ts';
import type { Surroundings } from './surroundings.ts';
import { cptrOf, pickNamed } from './surroundings.ts';
import { isAwaited } from './time-message.ts';

/** MCS: whoever calls lends the first receiver the time to answer. */
function isServerWithoutTime(s: KernelState, cap: Cap): boolean {
  if (cap._tag !== 'EndpointCap') return false;
  const endpoint = getEndpoint(s, cap.ref);
  return endpoint._tag === 'RecvEP' && getTcb(s, endpoint.queue[0]).schedContext === null;
}

/** MCS: the running thread has been called, and runs on the time of who called. */
export function isServing(s: KernelState): boolean {
  const { schedContext } = getTcb(s, s.globals.currentThread);
  return schedContext !== null && getSchedContext(s, schedContext).replies.length > 0;
}

/** MCS: an answer through it gives the time back that the running thread has. */
function givesTimeBack(s: KernelState, cap: Cap): boolean {
  if (cap._tag !== 'ReplyObjectCap') return false;
  const { schedContext } = getReply(s, cap.ref);
  return schedContext !== null && schedContext === getTcb(s, s.globals.currentThread).schedContext;
}

/** Somebody waits for the signal, or would take it while waiting for a message. */
function wakesSomebody(s: KernelState, cap: Cap): boolean {
  if (cap._tag !== 'NotificationCap') return false;
  const { state, boundTcb } = getNotification(s, cap.ref);
  if (state._tag === 'WaitingNtfn') return true;
  return state._tag === 'IdleNtfn' && boundTcb !== null && threadState(s, boundTcb)._tag === 'BlockedOnReceive';
}

/** MCS has a fastpath for signals, too. */
function signal(r: Random, around: Surroundings, s: KernelState): CallRow | null {
  const operation = operationIn(s.config, 'Signal');
  const waking = around.byTarget.notification.filter(({ cap }) => wakesSomebody(s, cap));
  return operation === undefined || waking.length === 0 ? null : generateCall(r, operation, around, s, r.pick(waking));
}

/** Null when nobody waits. */
export function rally(r: Random, around: Surroundings, s: KernelState): CallRow | null {
  const waiting = around.byTarget.endpoint.filter(
    ({ cap }) => cap._tag === 'EndpointCap' && getEndpoint(s, cap.ref)._tag === 'RecvEP',
  );
  const isMcs = s.globals.time.schedContext !== null;
  const other =
    (isMcs && r.chance(0.25) ? lentTimeRow(r, around, s) : null) ??
    (isMcs && r.chance(0.2) ? signal(r, around, s) : null);
  if (other !== null) return other;
  const anyAwaited = isMcs ? around.byTarget.reply.filter(({ cap }) => isAwaited(s, cap)) : [];
  const back = anyAwaited.filter(({ cap }) => givesTimeBack(s, cap));
  const awaited = back.length > 0 && r.chance(0.8) ? back : anyAwaited;
  const answers =
    (around.hasCaller || awaited.length > 0) &&
    (waiting.length === 0 || r.chance(back.length > 0 ? 0.6 : isMcs ? 0.45 : 0.6));
  const lent = isMcs && r.chance(0.7) ? waiting.filter(({ cap }) => isServerWithoutTime(s, cap)) : [];
  const lending = answers && isMcs && r.chance(0.15) ? lenders(around, s) : [];
  const wanted = lending.length > 0 ? lending : around.byTarget.endpoint;
  const candidates = answers ? wanted : lent.length > 0 ? lent : waiting;
  if (candidates.length === 0) return null;
  const op = answers ? 'ReplyRecv' : 'Call';
  return {
    op,
    syscall: op,
    cap: cptrOf(r.pick(candidates)),
    label: BigInt(r.below(100)),
    words: several(r.below(6), () => BigInt(r.below(100))),
    caps: r.chance(0.15) ? several(1 + r.below(2), () => cptrOf(r.pick(around.byTarget.any))) : [],
    receive: null,
    irqCountdown: null,
    irq: null,
    ...(isMcs ? { reply: cptrOf(awaited.length > 0 ? r.pick(awaited) : pickNamed(r, around, 'reply')) } : {}),
  };
}
