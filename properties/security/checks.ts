/** The security properties of single runs, each as a check of one step of a labelled system. Those of pairs of runs are in `pairs.ts`. */
import { atObject, atSlot, atThread, hex } from '../invariants/check.ts';
import { labelName } from '../../spec/abi/variant.ts';
import type { Event } from '../../spec/api/event.ts';
import { lookupIpcBuffer } from '../../spec/lookup/ipc-buffer.ts';
import { lookupCap, lookupTargetSlot } from '../../spec/lookup/cspace.ts';
import { getMessageInfo, getMessageRegisters } from '../../spec/perform/message.ts';
import { E } from '../../spec/prelude.ts';
import { isRunnable } from '../../spec/state/kernel-state.ts';
import { capRange } from '../../spec/state/cap-rules.ts';
import type { Cap } from '../../spec/state/caps.ts';
import type { Globals, KernelState } from '../../spec/state/kernel-state.ts';
import { getCap, object as objectAt, slotKey, threadState } from '../../spec/state/kernel-state.ts';
import * as PMap from '../../spec/state/pmap.ts';
import { getRegister } from '../../spec/state/user-context.ts';
import type { StepProperty, Violation } from '../property.ts';
import { READ, WRITE, authorityNames, has } from './authority.ts';
import type { VisitEdge } from './edges.ts';
import { edgesOfObject, edgesOfSlot, labelOfSlot } from './edges.ts';
import { INTEGRITY_CASES, integrityViolations } from './integrity.ts';
import type { Policy } from './policy.ts';
import type { Rules } from './subject.ts';
import { subjectOf } from './subject.ts';

/** What a system's checks go by. */
export interface SystemRules extends Rules {
  /** The least policy that the system satisfied when it was booted, with what follows from it. */
  readonly least: Policy;
  /** By label, the highest priority that its threads could give when it was booted. */
  readonly highestPriorities: readonly number[];
}

export interface SystemStep {
  /** The state in which the kernel was entered: the user's own step is in it. */
  readonly entered: KernelState;
  readonly event: Event;
  readonly after: KernelState;
}

export interface SecurityCheck extends StepProperty {
  /** @param onCase called for every interesting case, by its name */
  readonly violations: (rules: SystemRules, step: SystemStep, onCase: (name: string) => void) => readonly Violation[];
}

export const INTEGRITY: SecurityCheck = {
  name: 'integrity',
  kind: 'step',
  statement: 'Whatever an event changed belongs to the label it was made for, or is a change that the policy allows.',
  l4v: {
    theory: 'proof/access-control/Syscall_AC.thy',
    constant: 'call_kernel_integrity',
    difference:
      'checked of each step; on x86-64, for which it is not proved; ready queues of foreign domains keep their order, which is assumed away there',
  },
  evidence: ['priority-of-sender'],
  requires: ['labels'],
  cases: INTEGRITY_CASES,
  violations: (rules, { entered, event, after }, onCase) =>
    integrityViolations(rules, subjectOf(rules, entered, event), entered, event, after, onCase),
};

/** The new edges of a step that exceed a policy. */
function exceeding(
  { labelling }: SystemRules,
  policy: Policy,
  { entered, after }: SystemStep,
  onCase: (name: string) => void,
): readonly Violation[] {
  const out: Violation[] = [];
  const { names } = labelling;
  const judge =
    (where: string): VisitEdge =>
    (from, to, authority, why) => {
      if (from === to) return;
      onCase('foreign');
      const more = authority & ~policy.over(from, to);
      if (more === 0) return;
      const what = authorityNames(more).join(' and ');
      out.push({
        where,
        because: `${names[from] ?? ''} has ${what} over ${names[to] ?? ''} by ${why}, and the policy does not`,
      });
    };
  const slots = new Set<number>();
  PMap.diff(entered.caps, after.caps, (key) => slots.add(key * 32));
  PMap.diff(entered.cdt, after.cdt, (key, was, is) => {
    if (was?.parent !== is?.parent) slots.add(key * 32);
  });
  for (const slot of slots) {
    const cap = PMap.get(after.caps, slotKey(slot));
    if (cap !== undefined) edgesOfSlot(after, labelling, slot, cap, judge(atSlot(slot)));
  }
  PMap.diff(entered.heap, after.heap, (key, was, is) => {
    const ref = key * 16;
    if (is === undefined) return;
    edgesOfObject(labelling, ref, is, judge(atObject(ref)));
    if (is._tag !== 'Tcb' || ref === after.globals.idleThread) return;
    if (was?._tag === 'Tcb' && was.domain === is.domain) return;
    const label = labelling.labelOf(ref);
    if (!has(labelling.domainLabels[is.domain] ?? 0, label))
      out.push({
        where: atThread(ref),
        because: `it is ${names[label] ?? ''}'s and in domain ${is.domain}, where that has no place`,
      });
  });
  return out;
}

export const PAS_REFINED: SecurityCheck = {
  name: 'pas_refined',
  kind: 'step',
  statement:
    'After every event the policy covers all authority in capabilities, waiting threads, bindings, derivation and page tables.',
  l4v: {
    theory: 'proof/access-control/Syscall_AC.thy',
    constant: 'call_kernel_pas_refined',
    difference: 'checked of what a step changed; labels that control each other count as one',
  },
  evidence: ['receive-without-right'],
  requires: ['labels'],
  violations: (rules, step, onCase) => exceeding(rules, rules.policy, step, onCase),
};

export const ISLAND_CONFINEMENT: SecurityCheck = {
  name: 'take_grant_isolation',
  kind: 'step',
  statement:
    'Authority never leaves the island of labels that could take it from each other or grant it when the system was booted.',
  l4v: {
    theory: 'spec/take-grant/Islands_S.thy',
    constant: 'island_caps_dest',
    difference:
      'of the kernel and not of an abstract model; what an island could come to hold is worked out from the booted state, whatever the policy says',
  },
  evidence: ['grant-not-checked'],
  requires: ['labels'],
  violations: (rules, step, onCase) => exceeding(rules, rules.least, step, onCase),
};

/** The slot whose descendants a successful revocation took away; null for anything else, and for one that goes on later. */
function revoked({ entered, event, after }: SystemStep): { readonly slot: number; readonly cap: Cap } | null {
  if (event._tag !== 'SyscallEvent' || event.syscall !== 'Call') return null;
  const thread = entered.globals.currentThread;
  const info = getMessageInfo(entered, thread);
  if (labelName(entered.config, info.label) !== 'CNodeRevoke') return null;
  const { cap: register } = entered.config.registers;
  const invoked = lookupCap(entered, thread, getRegister(entered, thread, register));
  if (E.isLeft(invoked) || invoked.right.cap._tag !== 'CNodeCap') return null;
  const [index, depth] = getMessageRegisters(entered, thread, lookupIpcBuffer(entered, false, thread), info.length);
  if (index === undefined || depth === undefined) return null;
  const slot = lookupTargetSlot(entered, invoked.right.cap, index, depth);
  if (E.isLeft(slot)) return null;
  const tcb = objectAt(after, thread);
  if (tcb?._tag !== 'Tcb' || !isRunnable(tcb.state) || getMessageInfo(after, thread).label !== 0n) return null;
  return { slot: slot.right, cap: getCap(entered, slot.right) };
}

/** Whether a capability was made from what is in another slot, or from what was made of that. */
function isAncestor(s: KernelState, ancestor: number, slot: number): boolean {
  for (
    let at = PMap.get(s.cdt, slotKey(slot))?.parent ?? null;
    at !== null;
    at = PMap.get(s.cdt, slotKey(at))?.parent ?? null
  )
    if (at === ancestor) return true;
  return false;
}

/** Every entry that an identifier leads to. What address spaces without one hold translates nothing, and is not tidied up. */
function forEachMapping(s: KernelState, visit: (table: number, index: number, ref: number) => void): void {
  const walk = (table: number): void => {
    const found = objectAt(s, table);
    if (found?._tag !== 'PageTable') return;
    PMap.forEach(found.entries, (pte, index) => {
      visit(table, index, pte.ref);
      if (pte._tag === 'PageTablePTE') walk(pte.ref);
    });
  };
  for (const pool of s.globals.asidTable) {
    const found = pool === null ? undefined : objectAt(s, pool);
    if (found?._tag !== 'ASIDPool' || pool === null) continue;
    PMap.forEach(found.entries, (root, index) => {
      visit(pool, index, root);
      walk(root);
    });
  }
}

export const REVOKE_LEAVES_NOTHING: SecurityCheck = {
  name: 'revoke_leaves_nothing',
  kind: 'step',
  statement:
    'After a revocation no capability, mapping or wait that came from the revoked capability is left anywhere.',
  l4v: {
    theory: 'proof/invariant-abstract/CSpace_AI.thy',
    constant: 'cap_revoke_no_descendants',
    difference:
      'decided by what capabilities stand for, and not by the derivation tree alone: whatever meets revoked untyped memory, and every other capability to the object of an original one without a badge',
  },
  evidence: ['revoke-stops-early'],
  requires: ['labels'],
  violations: (_, step, onCase) => {
    const found = revoked(step);
    if (found === null || found.cap._tag === 'NullCap') return [];
    const { after, entered } = step;
    const { slot, cap } = found;
    const out: Violation[] = [];
    const was = PMap.get(entered.cdt, slotKey(slot));
    if (was !== undefined && was.children.length > 0) onCase('descendants');
    const left = PMap.get(after.cdt, slotKey(slot))?.children ?? [];
    if (left.length > 0)
      out.push({
        where: atSlot(slot),
        because: `${left.map(hex).join(' ')} still derived from it after it was revoked`,
      });
    // A capability in what it revokes is taken away with it; what was left then has lost its origin.
    if (getCap(after, slot)._tag !== cap._tag) return out;
    const range = capRange(after.config, cap);
    const isBadged = (cap._tag === 'EndpointCap' || cap._tag === 'NotificationCap') && cap.badge !== 0n;
    if (range === null || was?.original !== true || isBadged) return out;
    const meets = (start: number, size: number): boolean =>
      start < range.start + range.size && range.start < start + size;
    PMap.forEach(after.caps, (other, key) => {
      const at = key * 32;
      const its = capRange(after.config, other);
      if (at === slot || its === null || !meets(its.start, its.size)) return;
      if (other._tag === 'UntypedCap' && isAncestor(entered, at, slot)) return;
      out.push({ where: atSlot(at), because: `its ${other._tag} leads to what was revoked` });
    });
    if (cap._tag !== 'UntypedCap') return out;
    forEachMapping(after, (table, index, ref) => {
      if (meets(ref, 1)) out.push({ where: atObject(table), because: `entry ${index} leads to revoked memory` });
    });
    PMap.forEach(after.heap, (one, key) => {
      const at = key * 16;
      if (one._tag === 'Tcb' && !meets(at, 1) && one.boundNotification !== null && meets(one.boundNotification, 1))
        out.push({ where: atThread(at), because: 'bound to a notification that was revoked' });
    });
    return out;
  },
};

export const UNTYPED_ISOLATION: SecurityCheck = {
  name: 'untyped_isolation',
  kind: 'step',
  statement: 'Nobody uses up or takes back memory that another label has to make objects of.',
  l4v: null,
  evidence: ['retype-in-foreign-memory'],
  requires: ['labels'],
  violations: (rules, { entered, event, after }, onCase) => {
    const out: Violation[] = [];
    const { owned } = subjectOf(rules, entered, event);
    PMap.diff(entered.caps, after.caps, (key, was, is) => {
      if (was?._tag !== 'UntypedCap' && is?._tag !== 'UntypedCap') return;
      const slot = key * 32;
      onCase('untyped');
      const label = labelOfSlot(entered, rules.labelling, slot);
      if (!has(owned, label))
        out.push({
          where: atSlot(slot),
          because: `${rules.labelling.names[label] ?? ''}'s untyped memory changed hands or was used`,
        });
    });
    PMap.diff(entered.heap, after.heap, (key, was, is) => {
      if (was !== undefined && is !== undefined) return;
      const label = rules.labelling.labelOf(key * 16);
      if (!has(owned, label))
        out.push({
          where: atObject(key * 16),
          because: `made or cleared in ${rules.labelling.names[label] ?? ''}'s memory`,
        });
    });
    return out;
  },
};

/** How many timer ticks the kernel may have handled in this step: a long operation meets the interrupt that is on its way, a short one does not. */
function possibleTicks({ entered, event }: SystemStep): readonly number[] {
  const { timerIrq } = entered.config;
  if (event._tag === 'Interrupt') return event.irq === timerIrq ? [1] : [0];
  return entered.globals.machine.irqArrival?.irq === timerIrq ? [0, 1] : [0];
}

/** The domain, its place in the schedule and its time, after so many ticks. */
function timeAfter(
  { globals }: KernelState,
  passed: number,
): Pick<Globals, 'currentDomain' | 'domainIndex' | 'domainTime'> {
  const { domainTime, domainIndex, currentDomain, domainSchedule, domainStart } = globals;
  const left = domainTime - BigInt(passed);
  if (left > 0n) return { currentDomain, domainIndex, domainTime: left };
  const next = domainSchedule[domainIndex + 1];
  const index = next === undefined || next.duration === 0n ? domainStart : domainIndex + 1;
  const entry = domainSchedule[index];
  return { currentDomain: entry?.domain ?? 0, domainIndex: index, domainTime: entry?.duration ?? 0n };
}

export const DOMAINS_KEEP_TIME: SecurityCheck = {
  name: 'domains_keep_time',
  kind: 'step',
  statement:
    'A domain runs for as many timer ticks as the schedule says and then the next one does, whatever anybody does.',
  l4v: null,
  evidence: ['domain-time-not-charged'],
  requires: ['labels'],
  violations: (_, step, onCase) => {
    const { entered, after } = step;
    const g = entered.globals;
    const h = after.globals;
    if (g.domainSchedule !== h.domainSchedule || g.domainStart !== h.domainStart) return [];
    if (g.domainIndex !== h.domainIndex || g.domainTime !== h.domainTime)
      onCase(g.domainIndex === h.domainIndex ? 'tick' : 'switch');
    const allowed = possibleTicks(step).map((passed) => timeAfter(entered, passed));
    const isAllowed = allowed.some(
      (one) =>
        one.currentDomain === h.currentDomain && one.domainIndex === h.domainIndex && one.domainTime === h.domainTime,
    );
    const should = allowed[0];
    if (isAllowed || should === undefined) return [];
    return [
      {
        where: `domain ${g.currentDomain}`,
        because: `domain ${h.currentDomain} has ${h.domainTime} ticks left, and domain ${should.currentDomain} should have ${should.domainTime}`,
      },
    ];
  },
};

export const PRIORITIES_BOUNDED: SecurityCheck = {
  name: 'priorities_bounded',
  kind: 'step',
  statement:
    'No thread has, or may give, a priority above the highest that its label could give when the system was booted.',
  l4v: null,
  evidence: ['priority-not-bounded'],
  requires: ['labels'],
  violations: ({ labelling, highestPriorities }, { entered, after }, onCase) => {
    const out: Violation[] = [];
    PMap.diff(entered.heap, after.heap, (key, was, is) => {
      if (is?._tag !== 'Tcb') return;
      if (was?._tag === 'Tcb' && was.priority === is.priority && was.mcp === is.mcp) return;
      onCase('changed');
      const bound = highestPriorities[labelling.labelOf(key * 16)] ?? 0;
      if (is.priority > bound || is.mcp > bound)
        out.push({
          where: atThread(key * 16),
          because: `its priority is ${is.priority}, it may give ${is.mcp}, and its label could give ${bound}`,
        });
    });
    return out;
  },
};

export const HIGHEST_PRIORITY_RUNS: SecurityCheck = {
  name: 'highest_priority_runs',
  kind: 'step',
  statement: 'Nobody waits to run in the current domain who has a higher priority than the thread that runs.',
  l4v: {
    theory: 'proof/invariant-abstract/DetSchedInvs_AI.thy',
    constant: 'ct_in_cur_domain',
    difference: 'with the choice of the thread, which is in the definition of choose_thread there',
  },
  evidence: ['lower-priority-runs'],
  requires: ['labels'],
  violations: (_, { after }, onCase) => {
    const { currentThread, idleThread, currentDomain } = after.globals;
    const { priorities } = after.config;
    const tcb = objectAt(after, currentThread);
    if (tcb?._tag !== 'Tcb') return [];
    const above = currentThread === idleThread ? 0 : tcb.priority + 1;
    if (above > 0) onCase('somebody runs');
    for (let priority = priorities - 1; priority >= above; priority--) {
      const waiting = (PMap.get(after.queues, currentDomain * priorities + priority) ?? []).find((thread) =>
        isRunnable(threadState(after, thread)),
      );
      if (waiting !== undefined)
        return [
          {
            where: atThread(waiting),
            because: `it waits with priority ${priority} while ${hex(currentThread)} runs`,
          },
        ];
    }
    return [];
  },
};

/** What a thread reached by itself, without the kernel, and whether the policy lets it. */
export function accessViolation(
  { labelling, policy, controlled }: SystemRules,
  thread: number,
  address: number,
  isStore: boolean,
  onCase: (name: string) => void,
): Violation | null {
  const from = labelling.labelOf(thread);
  const to = labelling.labelOf(address);
  if (has(controlled[from]!, to)) return null;
  if ((policy.over(from, to) & (isStore ? WRITE : READ)) !== 0) {
    onCase('user_access');
    return null;
  }
  const names = labelling.names;
  return {
    where: `memory ${hex(address)}`,
    because: `${names[from] ?? ''} ${isStore ? 'wrote' : 'read'} what is ${names[to] ?? ''}'s`,
  };
}

export const SECURITY_CHECKS: readonly SecurityCheck[] = [
  INTEGRITY,
  PAS_REFINED,
  ISLAND_CONFINEMENT,
  REVOKE_LEAVES_NOTHING,
  UNTYPED_ISOLATION,
  DOMAINS_KEEP_TIME,
  PRIORITIES_BOUNDED,
  HIGHEST_PRIORITY_RUNS,
];
