/** MCS: messages about time that mostly make sense: parameters of scheduling contexts, who holds them, and handlers of faults. */
import { isFaultHandler } from '../../spec/state/cap-rules.ts';
import type { Cap } from '../../spec/state/caps.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import {
  getEndpoint,
  getNotification,
  getReply,
  getSchedContext,
  getTcb,
  isRunnable,
  threadState,
} from '../../spec/state/kernel-state.ts';
import type { SchedContext } from '../../spec/state/objects.ts';
import { MIN_REFILLS, isConfigured, refillAbsoluteMax } from '../../spec/state/refills.ts';
import { edge } from './edge.ts';
import type { Operation, Target } from './operations.ts';
import type { Random } from './random.ts';
import type { Named, Surroundings } from './surroundings.ts';
import { cptrOf, pickNamed } from './surroundings.ts';

interface Message {
  readonly words: readonly bigint[];
  readonly caps: readonly bigint[];
}

/** One of those that the operation can be made on now, if there is any; mostly. Undefined for any that there is. */
export function likelyTarget(r: Random, { name }: Operation, around: Surroundings, s: KernelState): Named | undefined {
  const wanted = WANTED[name];
  if (wanted === undefined || !r.chance(0.85)) return undefined;
  const contexts = around.byTarget.schedContext;
  const servers =
    name.startsWith('SchedContext_Unbind') && r.chance(0.5)
      ? pickWhere(r, contexts, ({ cap }) => isOfServer(s, cap))
      : undefined;
  return servers ?? pickWhere(r, contexts, ({ cap }) => wanted(contextOf(s, cap), s));
}

/** Its thread waits to receive, and offers to answer: without a context of its own it has its callers'. */
export function isOfServer(s: KernelState, cap: Cap): boolean {
  const context = contextOf(s, cap);
  if (context?.tcb == null) return false;
  const state = threadState(s, context.tcb);
  return state._tag === 'BlockedOnReceive' && state.reply !== undefined;
}

function contextOf(s: KernelState, cap: Cap): SchedContext | null {
  return cap._tag === 'SchedContextCap' ? getSchedContext(s, cap.ref) : null;
}

const WANTED: Readonly<Record<string, (context: SchedContext | null, s: KernelState) => boolean>> = {
  SchedContext_Bind: (context) => context !== null && (context.tcb === null || context.notification === null),
  SchedContext_Unbind: (context, s) => context !== null && isHeldByAnother(context, s),
  SchedContext_UnbindObject: (context, s) =>
    context !== null && (context.notification !== null || isHeldByAnother(context, s)),
  SchedContext_YieldTo: (context, s) => {
    if (context?.tcb == null || !isHeldByAnother(context, s)) return false;
    const { priority, state } = getTcb(s, context.tcb);
    const { priority: own, mcp } = getTcb(s, s.globals.currentThread);
    return priority <= mcp && priority >= own && state._tag === 'Running';
  },
};

function isHeldByAnother({ tcb }: SchedContext, { globals }: KernelState): boolean {
  return tcb !== null && tcb !== globals.currentThread;
}

/** Null when it would make no sense now; undefined when the operation is about something else. */
export function timeMessage(
  r: Random,
  { name }: Operation,
  invoked: Cap | null,
  around: Surroundings,
  s: KernelState,
): Message | null | undefined {
  switch (name) {
    case 'SchedControl_ConfigureFlags':
      return configure(r, around, s);
    case 'SchedContext_Bind':
    case 'SchedContext_UnbindObject':
      return heldBy(r, name === 'SchedContext_Bind', invoked, around, s);
    case 'DomainSet_Set':
      return intoScheduledDomain(r, around, s);
    case 'TCB_SetTimeoutEndpoint':
      return { words: [], caps: [handler(r, around)] };
    default:
      return undefined;
  }
}

/** In another domain a thread never runs again. Undefined in the classic kernel, which has its programs. */
function intoScheduledDomain(r: Random, around: Surroundings, s: KernelState): Message | undefined {
  const scheduled = s.globals.domainSchedule.filter(({ duration }) => duration > 0n);
  const thread = pickNamed(r, around, 'tcb');
  if (s.globals.time.schedContext === null || thread === undefined || r.chance(0.15)) return undefined;
  return { words: [BigInt(r.pick(scheduled).domain)], caps: [cptrOf(thread)] };
}

function configure(r: Random, around: Surroundings, s: KernelState): Message | null {
  const inUse = pickWhere(r, around.byTarget.schedContext, ({ cap }) => contextOf(s, cap)?.tcb != null);
  const target = (r.chance(0.5) ? inUse : undefined) ?? pickNamed(r, around, 'schedContext');
  if (target === undefined) return null;
  const most =
    target.cap._tag === 'SchedContextCap' ? refillAbsoluteMax(s.config, target.cap.sizeBits) - MIN_REFILLS : 0;
  const refills = r.chance(0.93) ? r.below(Math.min(most, 4) + 1) : r.pick([most, most + 1, r.below(70)]);
  const period = microseconds(r, s);
  const budget = r.chance(0.2) ? period : microseconds(r, s);
  const [less, more] = budget > period && r.chance(0.95) ? [period, budget] : [budget, period];
  const badge = r.chance(0.9) ? BigInt(r.below(4)) : edge(r);
  return { words: [less, more, BigInt(refills), badge, BigInt(r.below(4))], caps: [cptrOf(target)] };
}

/** Budgets and periods near the smallest, so that they run out; some at the ends of what there can be. */
function microseconds(r: Random, { config }: KernelState): bigint {
  const least = 2 * Number(config.kernelWcetUs);
  if (r.chance(0.05)) {
    const long = config.maxPeriodUs;
    return r.pick([
      0n,
      BigInt(least - 1),
      BigInt(least),
      long - 1n,
      long,
      long + 1n,
      2n ** 32n / config.ticksPerUs,
      edge(r),
    ]);
  }
  return BigInt(least * (1 + r.below(r.chance(0.7) ? 6 : 30)) + (r.chance(0.7) ? 0 : r.below(least)));
}

/** A thread or a notification: to unbind, mostly the one that has it; to bind, mostly one that has none. */
function heldBy(r: Random, binds: boolean, invoked: Cap | null, around: Surroundings, s: KernelState): Message | null {
  const context = invoked === null ? null : contextOf(s, invoked);
  const candidates = [...around.byTarget.tcb, ...around.byTarget.notification];
  const starving =
    binds && context?.tcb === null && r.chance(0.6)
      ? pickWhere(r, candidates, ({ cap }) => cap._tag === 'ThreadCap' && isStarving(s, cap.ref))
      : undefined;
  if (starving !== undefined) return { words: [], caps: [cptrOf(starving)] };
  const likely = pickWhere(r, candidates, ({ cap }) => {
    if (context === null) return true;
    if (cap._tag === 'ThreadCap')
      return binds ? context.tcb === null && getTcb(s, cap.ref).schedContext === null : context.tcb === cap.ref;
    if (cap._tag !== 'NotificationCap') return false;
    const lent = getNotification(s, cap.ref).schedContext;
    return binds ? context.notification === null && lent === null : context.notification === cap.ref;
  });
  const named = (r.chance(0.9) ? likely : undefined) ?? pickNamed(r, around, r.pick(['tcb', 'notification']));
  return named === undefined ? null : { words: [], caps: [cptrOf(named)] };
}

/** It would run if it had time to. */
function isStarving(s: KernelState, thread: number): boolean {
  const { state, schedContext } = getTcb(s, thread);
  return isRunnable(state) && schedContext === null;
}

/** Extra capabilities that the operation wants of a kind; null when there is none such. */
export function timeCap(
  r: Random,
  { name }: Operation,
  target: Target,
  invoked: Cap | null,
  around: Surroundings,
  s: KernelState,
): bigint | undefined {
  if (target === 'endpoint') return handler(r, around);
  if (target !== 'schedContext' || name !== 'TCB_SetSchedParams' || invoked?._tag !== 'ThreadCap') return undefined;
  if (r.chance(0.15)) return 0n;
  const { schedContext: own } = getTcb(s, invoked.ref);
  const named = pickWhere(
    r,
    around.byTarget.schedContext,
    ({ cap }) => cap._tag === 'SchedContextCap' && (own === null ? contextOf(s, cap)?.tcb === null : cap.ref === own),
  );
  return cptrOf(named ?? pickNamed(r, around, 'schedContext'));
}

/** An endpoint that can handle faults, mostly; none takes away the handler that there is. */
function handler(r: Random, around: Surroundings): bigint {
  if (r.chance(0.2)) return 0n;
  const usable = r.chance(0.85) ? pickWhere(r, around.byTarget.endpoint, ({ cap }) => isFaultHandler(cap)) : undefined;
  return cptrOf(usable ?? pickNamed(r, around, 'endpoint'));
}

function pickWhere(r: Random, from: readonly Named[], wanted: (named: Named) => boolean): Named | undefined {
  const found = from.filter(wanted);
  return found.length === 0 ? undefined : r.pick(found);
}

/** Ways to get a thread going that cannot run for want of time, or of an answer. */
export const WAKING = ['SchedContext_Bind', 'SchedControl_ConfigureFlags', 'NBRecv', 'SendReply'] as const;

/** Whether making the operation on it may get a thread going. */
export function wakes(s: KernelState, operation: string, cap: Cap): boolean {
  switch (operation) {
    case 'SchedContext_Bind': {
      const context = contextOf(s, cap);
      return context !== null && isConfigured(context) && context.tcb === null;
    }
    case 'SchedControl_ConfigureFlags':
      return true;
    case 'NBRecv':
      return cap._tag === 'EndpointCap' && getEndpoint(s, cap.ref)._tag === 'SendEP';
    default:
      return isAwaited(s, cap);
  }
}

/** Somebody waits to be answered through the reply object. */
export function isAwaited(s: KernelState, cap: Cap): boolean {
  if (cap._tag !== 'ReplyObjectCap') return false;
  const { tcb } = getReply(s, cap.ref);
  return tcb !== null && threadState(s, tcb)._tag === 'BlockedOnReply';
}
