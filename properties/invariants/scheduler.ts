/** Who runs, who waits to run, and the domains: l4v's `valid_sched`, and what holds when the kernel is left. */
import type { DomainEntry, KernelState } from '../../spec/state/kernel-state.ts';
import { isRunnable } from '../../spec/state/kernel-state.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import type { StateInvariant, Violation } from '../property.ts';
import { propertyPoints } from '../variant.ts';
import { DET_SCHED, atThread, countObjects, hex, l4v, perKind, perQueue, perState } from './check.ts';
import { ownQueue, tcbAt } from './runs.ts';

export const atQueue = (s: KernelState, key: number): string =>
  `ready queue of domain ${Math.floor(key / s.config.priorities)}, priority ${key % s.config.priorities}`;

export const validQueues: StateInvariant = {
  name: 'valid_queues',
  kind: 'state',
  statement: 'A ready queue holds different runnable threads of its own domain and priority.',
  l4v: l4v(DET_SCHED, 'valid_queues', 'an empty queue is absent'),
  evidence: ['spec-priority-set-while-queued'],
  requires: ['classic'],
  ...perQueue(checkReadyQueue),
  exercised: countReady,
};

/** What ready queues are like in both kernels. */
export function checkReadyQueue(s: KernelState, key: number, queue: readonly ObjRef[], out: Violation[]): void {
  if (queue.length === 0)
    out.push({
      where: atQueue(s, key),
      because: 'an empty queue is present',
    });
  for (let i = 0; i < queue.length; i++) {
    const thread = queue[i];
    if (thread === undefined) continue;
    const tcb = tcbAt(s, thread);
    if (tcb === undefined)
      out.push({
        where: atQueue(s, key),
        because: `${hex(thread)} is not a thread`,
      });
    else if (tcb.domain * s.config.priorities + tcb.priority !== key) {
      out.push({
        where: atQueue(s, key),
        because: `${hex(thread)} belongs to domain ${tcb.domain}, priority ${tcb.priority}`,
      });
    } else if (!isRunnable(tcb.state))
      out.push({
        where: atQueue(s, key),
        because: `${hex(thread)} is ${tcb.state._tag}`,
      });
    if (queue.indexOf(thread) !== i)
      out.push({
        where: atQueue(s, key),
        because: `${hex(thread)} is in it twice`,
      });
  }
}

export function countReady(s: KernelState): number {
  let count = 0;
  PMap.forEach(s.queues, (queue) => {
    count += queue.length;
  });
  return count;
}

const isResume = (s: KernelState): boolean => s.globals.schedulerAction._tag === 'ResumeCurrentThread';

export const ctNotInQ: StateInvariant = {
  name: 'ct_not_in_q',
  kind: 'state',
  statement: 'A current thread that goes on running is in no ready queue.',
  l4v: l4v(DET_SCHED, 'ct_not_in_q'),
  evidence: ['spec-current-thread-queued'],
  scope: 'local',
  violations: (s) => {
    const { currentThread } = s.globals;
    let inside = -1;
    PMap.forEach(s.queues, (queue, key) => {
      if (queue.includes(currentThread)) inside = key;
    });
    return inside < 0 || !isResume(s)
      ? []
      : [
          {
            where: atThread(currentThread),
            because: `current, and in the ${atQueue(s, inside)}`,
          },
        ];
  },
  localViolations: (s) => {
    const { currentThread } = s.globals;
    const tcb = tcbAt(s, currentThread);
    if (!isResume(s) || tcb === undefined || ownQueue(s, tcb)?.includes(currentThread) !== true) return [];
    return [
      {
        where: atThread(currentThread),
        because: 'current, and in its ready queue',
      },
    ];
  },
  exercised: (s) => (isResume(s) ? 1 : 0),
};

export const validSchedAction: StateInvariant = {
  name: 'valid_sched_action',
  kind: 'state',
  statement:
    'The thread that goes on running is runnable or idle; one to switch to is runnable and of the current domain, and in the MCS kernel its budget has come.',
  l4v: l4v(DET_SCHED, 'valid_sched_action'),
  evidence: ['spec-activated-thread-stops'],
  ...perState((s, out) => {
    const { schedulerAction: action, currentThread, currentDomain } = s.globals;
    if (action._tag === 'ResumeCurrentThread') {
      const state = tcbAt(s, currentThread)?.state;
      if (state === undefined || !(isRunnable(state) || state._tag === 'IdleThreadState')) {
        out.push({
          where: atThread(currentThread),
          because: `goes on running, but is ${state?._tag ?? 'no thread'}`,
        });
      }
    } else if (action._tag === 'SwitchToThread') {
      const tcb = tcbAt(s, action.thread);
      if (tcb === undefined || !isRunnable(tcb.state))
        out.push({
          where: atThread(action.thread),
          because: `to be switched to, but ${tcb?.state._tag ?? 'no thread'}`,
        });
      else if (tcb.domain !== currentDomain)
        out.push({
          where: atThread(action.thread),
          because: `to be switched to, but of domain ${tcb.domain}`,
        });
      else {
        const because = propertyPoints(s).targetFault(s, action.thread, tcb);
        if (because !== null) out.push({ where: atThread(action.thread), because: `to be switched to ${because}` });
      }
    }
  }),
  exercised: (s) => (s.globals.schedulerAction._tag === 'ChooseNewThread' ? 0 : 1),
};

export const ctInCurDomain: StateInvariant = {
  name: 'ct_in_cur_domain',
  kind: 'state',
  statement: 'The thread that goes on running is of the current domain, or the idle thread.',
  l4v: l4v(DET_SCHED, 'ct_in_cur_domain'),
  evidence: ['spec-own-domain-change-runs-on'],
  ...perState((s, out) => {
    const { currentThread, idleThread, currentDomain } = s.globals;
    if (!isResume(s) || currentThread === idleThread) return;
    const tcb = tcbAt(s, currentThread);
    if (tcb !== undefined && tcb.domain !== currentDomain) {
      out.push({
        where: atThread(currentThread),
        because: `of domain ${tcb.domain}, running in domain ${currentDomain}`,
      });
    }
  }),
  exercised: (s) => (isResume(s) && s.globals.currentThread !== s.globals.idleThread ? 1 : 0),
};

export const validBlocked: StateInvariant = {
  name: 'valid_blocked',
  kind: 'state',
  statement:
    'A runnable thread that is neither current nor to be switched to is in its ready queue; in the MCS kernel, if it has time at all, there or in the release queue.',
  l4v: l4v(DET_SCHED, 'valid_blocked'),
  evidence: ['spec-preempted-thread-lost'],
  ...perKind(['Tcb'], (s, ref, value, out) => {
    if (!isRunnable(value.state)) return;
    const { currentThread, schedulerAction: action } = s.globals;
    if (ref === currentThread || (action._tag === 'SwitchToThread' && action.thread === ref)) return;
    if (!propertyPoints(s).isKept(s, ref, value))
      out.push({
        where: atThread(ref),
        because: `${value.state._tag}, but in no queue of those who are going to run`,
      });
  }),
  exercised: (s) =>
    countObjects(s, (value, ref) => value._tag === 'Tcb' && isRunnable(value.state) && ref !== s.globals.currentThread),
};

const DEFAULT_DOMAIN = 0;

export const validIdleEtcb: StateInvariant = {
  name: 'valid_idle_etcb',
  kind: 'state',
  statement: "The idle thread's domain is the default one.",
  l4v: l4v(DET_SCHED, 'valid_idle_etcb'),
  evidence: ['spec-idle-thread-in-last-domain'],
  ...perState((s, out) => {
    const { idleThread } = s.globals;
    const domain = tcbAt(s, idleThread)?.domain ?? DEFAULT_DOMAIN;
    if (domain !== DEFAULT_DOMAIN)
      out.push({
        where: atThread(idleThread),
        because: `the idle thread is of domain ${domain}`,
      });
  }),
  exercised: () => 1,
};

const SCHEDULE = 'domain schedule';
/** The schedule hardly ever changes, and is looked at in every step. */
let lastGoodSchedule: readonly DomainEntry[] | null = null;

function checkEntries(s: KernelState, schedule: readonly DomainEntry[], out: Violation[]): void {
  const before = out.length;
  if (schedule.length < 2) out.push({ where: SCHEDULE, because: `has ${schedule.length} entries` });
  for (let i = 0; i < schedule.length; i++) {
    const entry = schedule[i];
    if (entry === undefined) continue;
    if (entry.duration === 0n && entry.domain !== 0)
      out.push({
        where: SCHEDULE,
        because: `entry ${i} gives domain ${entry.domain} no time`,
      });
    if (entry.domain < 0 || entry.domain >= s.config.domains)
      out.push({
        where: SCHEDULE,
        because: `entry ${i} names domain ${entry.domain}`,
      });
  }
  if ((schedule.at(-1)?.duration ?? 0n) !== 0n)
    out.push({
      where: SCHEDULE,
      because: 'its last entry is not an end marker',
    });
  if (out.length === before) lastGoodSchedule = schedule;
}

export const validDomainList: StateInvariant = {
  name: 'valid_domain_list',
  kind: 'state',
  statement:
    'The domain schedule ends with an end marker, starts at an entry that is none, has time in every other entry, and the current entry is not the last.',
  l4v: l4v(
    'proof/invariant-abstract/DetSchedDomainTime_AI.thy',
    'valid_domain_list',
    'also that every domain named exists',
  ),
  evidence: ['spec-schedule-without-end'],
  ...perState((s, out) => {
    const { domainSchedule: schedule, domainStart, domainIndex } = s.globals;
    if (schedule !== lastGoodSchedule) checkEntries(s, schedule, out);
    const start = schedule[domainStart];
    if (start === undefined || start.duration === 0n)
      out.push({
        where: SCHEDULE,
        because: `starts at entry ${domainStart}, which is no slice`,
      });
    if (domainIndex < 0 || domainIndex >= schedule.length - 1) {
      out.push({
        where: SCHEDULE,
        because: `the current entry is ${domainIndex} of ${schedule.length}`,
      });
    }
  }),
  exercised: (s) => s.globals.domainSchedule.filter(({ duration }) => duration > 0n).length,
};

export const domainTimeInv: StateInvariant = {
  name: 'domain_time_inv',
  kind: 'state',
  statement: 'When the kernel is left, the current domain has time left.',
  l4v: l4v(
    'proof/invariant-abstract/DetSchedDomainTime_AI.thy',
    'call_kernel_domain_time_inv_det_ext',
    'a theorem there, without a name for the predicate',
  ),
  evidence: ['spec-slice-ends-late'],
  ...perState((s, out) => {
    if (s.globals.domainTime <= 0n)
      out.push({
        where: `domain ${s.globals.currentDomain}`,
        because: `runs with ${s.globals.domainTime} ticks left`,
      });
  }),
  exercised: (s) => (s.config.domains > 1 ? 1 : 0),
};

export const schactIsRct: StateInvariant = {
  name: 'schact_is_rct',
  kind: 'state',
  statement: 'When the kernel is left, who runs next is decided.',
  l4v: l4v(DET_SCHED, 'schact_is_rct', 'when the kernel is left only'),
  evidence: ['spec-action-not-reset'],
  ...perState((s, out) => {
    const action = s.globals.schedulerAction;
    if (action._tag !== 'ResumeCurrentThread')
      out.push({
        where: 'scheduler action',
        because: `${action._tag} when the kernel is left`,
      });
  }),
  exercised: () => 1,
};

export const ctRunningOrIdle: StateInvariant = {
  name: 'ct_running_or_ct_idle',
  kind: 'state',
  statement: 'When the kernel is left, the current thread is running, or it is the idle thread.',
  l4v: l4v(
    'proof/invariant-abstract/AInvs.thy',
    'akernel_invs',
    'the disjunction of ct_running and ct_idle that the theorem ends with',
  ),
  evidence: ['spec-activated-thread-not-running'],
  ...perState((s, out) => {
    const { currentThread } = s.globals;
    const state = tcbAt(s, currentThread)?.state;
    if (state?._tag !== 'Running' && state?._tag !== 'IdleThreadState') {
      out.push({
        where: atThread(currentThread),
        because: `current, but ${state?._tag ?? 'no thread'}`,
      });
    }
  }),
  exercised: () => 1,
};
