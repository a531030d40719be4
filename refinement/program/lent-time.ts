/**
 * MCS: rows about time that is lent. A call stack is broken in its middle, or a lent context comes back from where it need not, only after several rows
 * that fit together, which rows drawn one by one hardly ever do.
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
import { isConfigured, isRefillReady } from '../../spec/state/refills.ts';
import { generateCall } from './call-row.ts';
import { operationIn } from './operations.ts';
import type { CallRow } from './program.ts';
import type { Random } from './random.ts';
import type { Named, Surroundings } from './surroundings.ts';
import { takeAway } from './take-away.ts';
import { isAwaited, isOfServer } from './time-message.ts';

/** What lends a scheduling context to whom it wakes. */
export function lenders(around: Surroundings, s: KernelState): readonly Named[] {
  return around.byTarget.notification.filter(
    ({ cap }) => cap._tag === 'NotificationCap' && getNotification(s, cap.ref).schedContext !== null,
  );
}

/** Somebody called who was called himself: what is below the head of a call stack. */
function belowHead(around: Surroundings, s: KernelState): readonly Named[] {
  return around.byTarget.reply.filter(
    ({ cap }) => isAwaited(s, cap) && cap._tag === 'ReplyObjectCap' && getReply(s, cap.ref).schedContext === null,
  );
}

function runsOnLentTime(s: KernelState): boolean {
  const { schedContext } = getTcb(s, s.globals.currentThread);
  return schedContext !== null && getSchedContext(s, schedContext).notification !== null;
}

/** Somebody yielded to it, and has not been told yet what it used. */
function isYieldedTo(s: KernelState, cap: Cap): boolean {
  return cap._tag === 'SchedContextCap' && getSchedContext(s, cap.ref).yieldFrom !== null;
}

/** Somebody waits to tell a fault through it. */
function tellsFault(s: KernelState, cap: Cap): boolean {
  if (cap._tag !== 'EndpointCap') return false;
  const endpoint = getEndpoint(s, cap.ref);
  return endpoint._tag === 'SendEP' && endpoint.queue.some((thread) => getTcb(s, thread).fault !== null);
}

/** Nobody has it, and there is nothing to use yet: whoever is given it has to wait. */
function isUnreleased(s: KernelState, cap: Cap): boolean {
  if (cap._tag !== 'SchedContextCap') return false;
  const context = getSchedContext(s, cap.ref);
  return isConfigured(context) && context.tcb === null && !isRefillReady(context, s.globals.machine.time);
}

/** Somebody waits to send. */
function isSentTo(s: KernelState, cap: Cap): boolean {
  return cap._tag === 'EndpointCap' && getEndpoint(s, cap.ref)._tag === 'SendEP';
}

type Move = readonly [operation: string, targets: readonly Named[]];

/** What can be done about somebody else's time only now, and hardly ever can. */
function rareMoves(around: Surroundings, s: KernelState): readonly Move[] {
  const { endpoint, schedContext } = around.byTarget;
  const yieldedTo = schedContext.filter(({ cap }) => isYieldedTo(s, cap));
  const sentTo = runsOnLentTime(s) ? endpoint.filter(({ cap }) => isSentTo(s, cap)) : [];
  const yields = ['YieldTo', 'Unbind', 'UnbindObject'].map((name): Move => [`SchedContext_${name}`, yieldedTo]);
  const unreleased = schedContext.filter(({ cap }) => isUnreleased(s, cap));
  return [...yields, ['SchedContext_Bind', unreleased], ['Recv', sentTo]];
}

/** Null when nothing of the kind can be done. */
export function rareRow(r: Random, around: Surroundings, s: KernelState): CallRow | null {
  return (r.chance(0.3) ? takeAway(r, around, s, tellsFault) : null) ?? oneOf(r, rareMoves(around, s), around, s);
}

/** Null when nothing is lent. */
export function lentTimeRow(r: Random, around: Surroundings, s: KernelState): CallRow | null {
  const { endpoint, notification, reply, schedContext, tcb } = around.byTarget;
  const moves: Move[] = [['SchedContext_Unbind', schedContext.filter(({ cap }) => isOfServer(s, cap))]];
  const below = belowHead(around, s);
  if (below.length > 0) {
    const waitsForAnswer = tcb.filter(
      ({ cap }) => cap._tag === 'ThreadCap' && threadState(s, cap.ref)._tag === 'BlockedOnReply',
    );
    moves.push(['SendReply', below], ['TCB_Suspend', waitsForAnswer], ['SendReply', reply]);
  }
  if (runsOnLentTime(s)) moves.push(['Poll', notification], ['Wait', notification], ['Send', endpoint]);
  moves.push(['Signal', lenders(around, s)]);
  return oneOf(r, moves, around, s);
}

function oneOf(r: Random, moves: readonly Move[], around: Surroundings, s: KernelState): CallRow | null {
  const possible = moves.filter(([, targets]) => targets.length > 0);
  if (possible.length === 0) return null;
  const [name, targets] = r.pick(possible);
  const operation = operationIn(s.config, name);
  return operation === undefined ? null : generateCall(r, operation, around, s, r.pick(targets));
}
