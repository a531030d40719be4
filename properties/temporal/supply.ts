/**
 * MCS: how much of the processor a scheduling context gets: never more than its budget in a period, and no less if nobody of its priority or above wants
 * to run.
 */
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { isRunnable } from '../../spec/state/kernel-state.ts';
import type { KernelObject, SchedContext } from '../../spec/state/objects.ts';
import type { ObjRef, Word } from '../../spec/state/refs.ts';
import { atContext } from '../invariants/check.ts';
import { contextAt, isActive, leastBudget, tcbAt } from '../invariants/runs.ts';
import type { Violation } from '../property.ts';
import type { TemporalCheck, TimeStep, Watch } from './check.ts';
import { Usage, changedObjects, lateness, runOf } from './check.ts';
import { configuredIn } from './invoked.ts';

/** Without a budget, as only a kernel gone wrong makes them, a context has nothing to wait for. */
const isPeriodic = (context: SchedContext | undefined): context is SchedContext =>
  context !== undefined && isActive(context) && context.period !== 0n && context.budget !== 0n;

/** The context that runs now, unless it is the idle thread's. */
function runningContext(s: KernelState): ObjRef | null {
  const { currentThread, idleThread } = s.globals;
  return currentThread === idleThread ? null : (tcbAt(s, currentThread)?.schedContext ?? null);
}

/** What is remembered of a context while its parameters stay as they are. */
interface Account {
  readonly usage: Usage;
  /** Times at which its whole budget counted from then on, the latest last: when it was given it, and when it woke up after it had not wanted to run. */
  readonly starts: Word[];
}

const MOST_STARTS = 6;

/** A thread that could not run can run now, and does not run yet: its context counts from now on, if it is a sporadic server's. */
function wokeUp({ before, after }: TimeStep, ref: ObjRef): boolean {
  const was = contextAt(before, ref);
  const is = contextAt(after, ref);
  if (was === undefined || is === undefined || was.tcb === null || was.tcb !== is.tcb) return false;
  const [old, now] = [tcbAt(before, was.tcb), tcbAt(after, was.tcb)];
  const isCurrent = ref === before.globals.time.schedContext;
  return old !== undefined && now !== undefined && !isRunnable(old.state) && isRunnable(now.state) && !isCurrent;
}

function sameTerms(was: SchedContext | undefined, is: SchedContext): boolean {
  return (
    was?.budget === is.budget &&
    was.period === is.period &&
    was.refillMax === is.refillMax &&
    was.sporadic === is.sporadic
  );
}

export const BUDGET_IN_WINDOW: TemporalCheck = {
  name: 'budget_in_window',
  kind: 'step',
  statement:
    'Nobody runs who has used up its budget in the period that ends now; a sporadic server may have used it once for each period begun since it woke up. Only the kernel looking late lets more be used, which counts against what follows.',
  l4v: null,
  evidence: ['budget-back-too-soon'],
  requires: ['mcs'],
  start: () => watchBudgets(),
};

function watchBudgets(): Watch {
  const accounts = new Map<ObjRef, Account>();
  const begin = (...starts: Word[]): Account => ({ usage: new Usage(), starts });
  /** The timer was programmed for other terms. */
  let isTimerStale = false;
  return (step, onCase) => {
    const { before, after } = step;
    const now = after.globals.machine.time;
    const run = runOf(step);
    const out: Violation[] = [];
    if (run !== null) {
      const account = accounts.get(run.context) ?? begin();
      accounts.set(run.context, account);
      account.usage.add(run);
      const terms = contextAt(before, run.context);
      if (isPeriodic(terms) && !terms.sporadic && run.late === 0n && !isTimerStale && run.to > run.from) {
        const used = account.usage.within(run.to - terms.period, run.to);
        if (used > terms.budget)
          out.push({
            where: atContext(run.context),
            because: `used ${used} ticks in the ${terms.period} before ${run.to}, of ${terms.budget}`,
          });
      }
    }
    const configured = configuredIn(step);
    for (const ref of accounts.keys()) {
      const was = contextAt(before, ref);
      const is = contextAt(after, ref);
      if (is === undefined) accounts.delete(ref);
      else if (was !== is && !sameTerms(was, is)) accounts.set(ref, begin(now));
      // Whether it was given the same terms anew, or was not because time was up, cannot be told.
      else if (ref === configured) accounts.set(ref, begin());
      else if (isPeriodic(is) && is.sporadic && wokeUp(step, ref)) {
        const { starts } = accounts.get(ref) ?? begin();
        starts.push(now);
        if (starts.length > MOST_STARTS) starts.shift();
      }
    }
    const next = runningContext(after);
    const isProgrammed = before.globals.machine.deadline !== after.globals.machine.deadline;
    isTimerStale = !isProgrammed && next !== null && (next === configured || isTimerStale);
    const broken = next === null ? null : overdrawn(after, next, accounts.get(next), onCase);
    if (broken !== null) out.push(broken);
    return out;
  };
}

/** Why whoever runs now must not. */
function overdrawn(
  s: KernelState,
  ref: ObjRef,
  account: Account | undefined,
  onCase: (name: string) => void,
): Violation | null {
  const context = contextAt(s, ref);
  if (account === undefined || !isPeriodic(context)) return null;
  const now = s.globals.machine.time;
  const { budget, period, sporadic } = context;
  const { usage, starts } = account;
  if (!sporadic) {
    // The next tick is in a window with all ticks but those that are a period old when it is over.
    const used = usage.within(now + 1n - period, now);
    usage.forgetBefore(now - period);
    if (used === 0n) return null;
    onCase('runs again within a period');
    if (used < budget) return null;
    return {
      where: atContext(ref),
      because: `runs at ${now}, and used ${used} of ${budget} ticks in the ${period} before`,
    };
  }
  for (const start of starts) {
    const used = usage.within(start, now);
    if (used === 0n) continue;
    onCase('a sporadic server runs again');
    const periods = (now - start) / period + 1n;
    if (used >= budget * periods)
      return {
        where: atContext(ref),
        because: `runs at ${now}, and used ${used} ticks since ${start}, of ${budget} in each of ${periods} periods`,
      };
  }
  return null;
}

/** A context whose thread wants to run, and that nobody is in the way of. */
interface Window {
  from: Word;
  /** How late the kernel looked while others ran. */
  late: Word;
  used: Word;
}

export const RESERVATION_HONOURED: TemporalCheck = {
  name: 'reservation_honoured',
  kind: 'step',
  statement:
    'A thread that wants to run, and that nobody of its priority or above keeps from it, gets its budget in every period, but for less than the smallest budget and for what the kernel looked late; and unless there was no room for its refills.',
  l4v: null,
  evidence: ['budget-back-too-late'],
  requires: ['mcs'],
  start: () => watchReservations(),
};

function watchReservations(): Watch {
  const windows = new Map<ObjRef, Window>();
  /** From when on the budget is where it would be if the context had never used too much. */
  const clean = new Map<ObjRef, Word>();
  return (step, onCase) => {
    const { before, after } = step;
    const out: Violation[] = [];
    const now = after.globals.machine.time;
    const run = runOf(step);
    const late = lateness(step);
    const spoil = (ref: ObjRef, over: Word, former = 0n): void => {
      const terms = contextAt(after, ref);
      const periods = isPeriodic(terms) ? 1n + (over + terms.budget - 1n) / terms.budget : 0n;
      const owing = clean.get(ref) ?? 0n;
      clean.set(ref, (owing > now ? owing : now) + former + over + periods * (terms?.period ?? 0n));
      windows.delete(ref);
    };
    if (run !== null && run.late > 0n) spoil(run.context, run.late);
    // Where there is no room for another refill, the last one is put off.
    for (const { ref, was, is } of changedObjects(step))
      if (isFull(was) && is?._tag === 'SchedContext' && is.refills !== was.refills) spoil(ref, 0n);
    // The timer may still be programmed for what the budget was.
    const configured = configuredIn(step);
    const ahead = after.globals.machine.deadline - now;
    if (configured !== null) {
      // What was used under the former terms comes back as it would have.
      const former = contextAt(before, configured)?.period ?? 0n;
      spoil(configured, ahead > 0n ? ahead : 0n, former);
    }
    const yielded = step.event._tag === 'SyscallEvent' && step.event.syscall === 'Yield' ? run?.context : undefined;
    const disturbed = [yielded, configured];
    for (const ref of contextsWatched(step, windows)) {
      const context = contextAt(after, ref);
      const isOwn = run?.context === ref;
      const isSame = context !== undefined && isPeriodic(context) && sameTerms(contextAt(before, ref), context);
      if (!isSame || disturbed.includes(ref) || !comesFirst(before, ref) || !comesFirst(after, ref)) {
        windows.delete(ref);
        continue;
      }
      const start = clean.get(ref) ?? 0n;
      const window = windows.get(ref) ?? { from: now > start ? now : start, late: 0n, used: 0n };
      if (!windows.has(ref)) {
        windows.set(ref, window);
        continue;
      }
      if (isOwn && run.to > window.from) window.used += run.to - (run.from > window.from ? run.from : window.from);
      if (!isOwn) window.late += late;
      if (now < window.from + context.period + context.budget + window.late) continue;
      onCase('window');
      windows.delete(ref);
      const owed = context.budget - leastBudget(after.config) - window.late;
      if (window.used < owed)
        out.push({
          where: atContext(ref),
          because: `got ${window.used} ticks from ${window.from} to ${now}, of ${context.budget} in ${context.period}, though nobody was in its way`,
        });
    }
    return out;
  };
}

function isFull(object: KernelObject | undefined): object is SchedContext {
  return object?._tag === 'SchedContext' && object.refills.length >= object.refillMax;
}

/** Contexts that a window may be open for, or opened. */
function contextsWatched({ after }: TimeStep, windows: ReadonlyMap<ObjRef, Window>): readonly ObjRef[] {
  const { currentThread, time } = after.globals;
  const found = [...windows.keys()];
  const add = (thread: ObjRef): void => {
    const context = tcbAt(after, thread)?.schedContext ?? null;
    if (context !== null && context !== time.idleSchedContext && !found.includes(context)) found.push(context);
  };
  add(currentThread);
  time.releaseQueue.forEach(add);
  return found;
}

/** Its thread can run but for its budget, is of the current domain, and whoever runs is of a lower priority, if it is not that thread itself. */
function comesFirst(s: KernelState, ref: ObjRef): boolean {
  const { currentThread, idleThread, currentDomain } = s.globals;
  const thread = contextAt(s, ref)?.tcb ?? null;
  const tcb = thread === null ? undefined : tcbAt(s, thread);
  if (tcb === undefined || !isRunnable(tcb.state) || tcb.domain !== currentDomain) return false;
  if (currentThread === thread || currentThread === idleThread) return true;
  return (tcbAt(s, currentThread)?.priority ?? 0) < tcb.priority;
}
