/**
 * Scheduling contexts, the release queue and the clock of the MCS kernel. The list of refills is the part of the circular buffer from head to tail;
 * the implementation stores no budget, which is what the refills are together. What is outside the buffer's used part means nothing.
 *
 * @source l4v branch rt proof/refine/StateRelation.thy `sc_relation`, `refills_map`, `sc_replies_relation`, `release_queue_relation`
 */
import type { Globals, TimeState } from '../../spec/state/kernel-state.ts';
import type { Refill, SchedContext } from '../../spec/state/objects.ts';
import { refillAbsoluteMax } from '../../spec/state/refills.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import type { Difference, Image } from './image.ts';
import { compareNumber, compareReference, compareWord, differ, hex, load, load64, reference } from './image.ts';
import { compareQueue } from './queue.ts';

export function compareSchedContext(m: Image, ref: ObjRef, context: SchedContext, out: Difference[]): void {
  const { layout: L } = m;
  const where = 'scheduling context';
  compareReference(m, ref + L.SCHED_CONTEXT_TCB, context.tcb, where, ref, 'thread', out);
  compareReference(m, ref + L.SCHED_CONTEXT_NOTIFICATION, context.notification, where, ref, 'notification', out);
  compareReference(m, ref + L.SCHED_CONTEXT_YIELD_FROM, context.yieldFrom, where, ref, 'thread that yielded', out);
  compareWord(m, ref + L.SCHED_CONTEXT_PERIOD_LO, context.period, where, ref, 'period', out);
  compareWord(m, ref + L.SCHED_CONTEXT_CONSUMED_LO, context.consumed, where, ref, 'consumed time', out);
  compareWord(m, ref + L.SCHED_CONTEXT_BADGE_LO, context.badge, where, ref, 'badge', out);
  compareNumber(m, ref + L.SCHED_CONTEXT_SPORADIC, context.sporadic ? 1 : 0, where, ref, 'sporadic', out);
  compareNumber(m, ref + L.SCHED_CONTEXT_REFILL_MAX, context.refillMax, where, ref, 'most refills', out);
  for (let at = ref + L.SCHED_CONTEXT_TCB + 4; at < ref + L.SCHED_CONTEXT_PERIOD_LO; at += 4)
    compareNumber(m, at, 0, where, ref, 'padding', out);
  for (let at = ref + L.SCHED_CONTEXT_SPORADIC + 4; at < ref + L.SCHED_CONTEXT_CORE_BYTES; at += 4)
    compareNumber(m, at, 0, where, ref, 'padding', out);
  compareCallStack(m, ref, context.replies, out);
  if (context.refillMax === 0) return;
  const refills = readRefills(m, ref, context.sizeBits);
  const isSame =
    refills.length === context.refills.length &&
    refills.every(({ time, amount }, n) => time === context.refills[n]?.time && amount === context.refills[n].amount);
  if (!isSame) differ(out, `${where} ${hex(ref)}`, 'refills', render(context.refills), render(refills));
  const budget = refills.reduce((sum, { amount }) => sum + amount, 0n);
  if (budget !== context.budget)
    differ(out, `${where} ${hex(ref)}`, 'budget', String(context.budget), `${budget} in its refills`);
}

const render = (refills: readonly Refill[]): string =>
  refills.map(({ time, amount }) => `${amount} at ${time}`).join(', ') || 'none';

/**
 * The refills from head to tail; none where one of these lies outside of the buffer, or the buffer outside of the scheduling context.
 */
export function readRefills(m: Image, ref: ObjRef, sizeBits: number): readonly Refill[] {
  const { layout: L } = m;
  const max = load(m, ref + L.SCHED_CONTEXT_REFILL_MAX);
  if (max > refillAbsoluteMax(m.config, sizeBits)) return [];
  const tail = load(m, ref + L.SCHED_CONTEXT_REFILL_TAIL);
  const refills: Refill[] = [];
  if (tail >= max) return refills;
  for (let n = load(m, ref + L.SCHED_CONTEXT_REFILL_HEAD); n < max && refills.length < max; n = (n + 1) % max) {
    const at = ref + L.SCHED_CONTEXT_CORE_BYTES + n * L.REFILL_BYTES;
    refills.push({ time: load64(m, at + L.REFILL_TIME_LO), amount: load64(m, at + L.REFILL_AMOUNT_LO) });
    if (n === tail) break;
  }
  return refills;
}

/** Walks both at once, so that a stack that loops or is too long is found at the first reply object too many. */
export function compareCallStack(m: Image, ref: ObjRef, replies: readonly ObjRef[], out: Difference[]): void {
  const { layout: L } = m;
  let above: number = ref;
  let link = ref + L.SCHED_CONTEXT_REPLY;
  for (const expected of replies) {
    const reply = load(m, link);
    const leadsBack =
      load(m, reply + L.REPLY_NEXT) === above && load(m, reply + L.REPLY_IS_HEAD) === Number(above === ref);
    if (reply !== expected || !leadsBack) break;
    above = reply;
    link = reply + L.REPLY_PREV;
  }
  if (above === (replies.at(-1) ?? ref) && load(m, link) === 0) return;
  const names = replies.map(hex).join(' ') || 'empty';
  const then = load(m, link);
  differ(out, `scheduling context ${hex(ref)}`, 'call stack', names, `after ${hex(above)} comes ${reference(then)}`);
}

/** The kernel's clock and the timer. All at rest in the classic kernel. */
export function compareTime(m: Image, { time, machine }: Globals, out: Difference[]): void {
  const { layout: L } = m;
  const word = (at: number, spec: bigint, field: string): void => {
    compareWord(m, at, spec, 'globals', m.base, field, out);
  };
  word(L.KS_CUR_TIME_LO, time.now, 'current time');
  word(L.KS_CONSUMED_LO, time.consumed, 'consumed time');
  word(L.HW_TIME_LO, machine.time, 'time of the timer');
  word(L.HW_LOOK_TICKS_LO, machine.lookTicks, 'ticks between looks');
  word(L.HW_DEADLINE_LO, machine.deadline, 'deadline of the timer');
  if (time.idleSchedContext !== null && time.idleSchedContext !== L.IDLE_SCHED_CONTEXT)
    differ(
      out,
      `globals ${hex(m.base)}`,
      'idle scheduling context',
      hex(time.idleSchedContext),
      hex(L.IDLE_SCHED_CONTEXT),
    );
  compareReference(m, L.KS_CUR_SC, time.schedContext, 'globals', m.base, 'current scheduling context', out);
  compareNumber(m, L.KS_REPROGRAM, time.reprogram ? 1 : 0, 'globals', m.base, 'timer to be programmed', out);
  compareReleaseQueue(m, time, out);
}

function compareReleaseQueue(m: Image, { releaseQueue }: TimeState, out: Difference[]): void {
  const { KS_RELEASE_HEAD, TCB_SCHED_NEXT, TCB_SCHED_PREV } = m.layout;
  compareQueue(m, KS_RELEASE_HEAD, TCB_SCHED_NEXT, TCB_SCHED_PREV, releaseQueue, 'release queue', m.base, out);
}
