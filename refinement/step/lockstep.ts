/**
 * Both kernels side by side: the same user step, the same event, then the comparison and the invariants.
 *
 *       s --spec--> s'
 *       |           |
 *       m --impl--> m'      `m` is stepped in place
 *
 * @source l4v lib/Corres_UL.thy `corres_underlying`, with one abstract result instead of a set
 */
import { NEXT_THREAD_ALLOWED } from '../../properties/catalogue.ts';
import type { Decision } from '../../properties/fastpath.ts';
import { FASTPATH_EQUALS_SLOW_PATH, fastpathDecision, isForFastpath, wrongPath } from '../../properties/fastpath.ts';
import { readForPass } from '../../properties/invariants/memory.ts';
import { bitsOf, changedOf } from '../../properties/invariants/survey.ts';
import type { DesignInvariant, Invariant, StateInvariant } from '../../properties/property.ts';
import type { KernelConfig } from '../../spec/abi/config.ts';
import type { Event } from '../../spec/api/event.ts';
import type { Access } from '../../spec/lookup/translate.ts';
import { staleTranslations } from '../../spec/lookup/translate.ts';
import { SpecAssertion } from '../../spec/prelude.ts';
import type { Choices } from '../../spec/schedule/choices.ts';
import { ForbiddenChoice, STRICT, following } from '../../spec/schedule/choices.ts';
import type { BootDescription } from '../../spec/state/boot.ts';
import { bootState } from '../../spec/state/initial.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { object } from '../../spec/state/kernel-state.ts';
import type { SecurityCheck, SystemRules, SystemStep } from '../../properties/security/checks.ts';
import { INTEGRITY, PAS_REFINED, accessViolation } from '../../properties/security/checks.ts';
import type { TemporalCheck, TimeStep, Watch } from '../../properties/temporal/check.ts';
import type { Doubtful } from '../relation/abstract.ts';
import { abstractState } from '../relation/abstract.ts';
import type { Difference } from '../relation/image.ts';
import { differ, hex, imageOf, inMemory, load } from '../relation/image.ts';
import {
  compareDomainSchedule,
  compareGlobals,
  compareIOPorts,
  compareInterrupts,
  compareReadyQueue,
} from '../relation/scheduler.ts';
import { compareObject, compareSlot, compareState, objectBytes } from '../relation/state.ts';
import { compareContext } from '../relation/tcb.ts';
import type { ImplKernel } from './impl-kernel.ts';
import type { DirtySet } from './dirty.ts';
import { clear, dirtyTracker } from './dirty.ts';
import { describe, writeUserStep } from './enter.ts';
import type { KernelStep } from './kernel-step.ts';
import { memoryDiff } from './memory-diff.ts';
import type { MemoryTravel, SavedMemory } from './memory-travel.ts';
import { memoryTravel } from './memory-travel.ts';
import { changedByRefusal, isRefused } from './refusal.ts';
import { slowTwin } from './slow-twin.ts';
import { stepSpec, userStep } from './spec-step.ts';
import type { Work } from './work.ts';
import { noWork } from './work.ts';

export type FailureClass = 'difference' | 'invariant' | 'step' | 'spec-assertion' | 'impl-crash' | 'hang';

export interface Failure {
  readonly failureClass: FailureClass;
  /** Name of the property that does not hold. */
  readonly property: string;
  /** The first entity concerned and what is wrong with it, as `thread 0x12000: state`. */
  readonly what: string;
  readonly differences: readonly Difference[];
  /** Events since boot, counting the failing one. */
  readonly step: number;
  /** Found by the pass over the whole state, so that an earlier step may be the cause. */
  readonly fullPass: boolean;
}

export interface Lockstep {
  /** The specification's state now. */
  readonly state: KernelState;
  readonly boot: (boot: BootDescription) => Failure | null;
  /** One user step and event on both sides; null when everything agrees. */
  readonly step: (step: KernelStep) => Failure | null;
  /** The pass over the whole state. */
  readonly checkAll: () => Failure | null;
  /** Done since it was made. */
  readonly work: Work;
  /** From here on, states can be kept and taken up again. Properties of whole runs look away from here on. */
  readonly travel: () => void;
  /** The implementation's memory, to take it up again. */
  readonly saved: () => SavedMemory;
  /** Goes on from a state reached before, and the memory that there was then. */
  readonly resume: (state: KernelState, memory: SavedMemory) => void;
}

export interface LockstepOptions {
  readonly invariants: readonly Invariant[];
  /** Whether the two sides are compared; without it the invariants alone judge. Default true. */
  readonly compare?: boolean;
  /** Whether a refused invocation is checked to change nothing. Default true. */
  readonly refusals?: boolean;
  /** Whether the fastpath is checked to be taken exactly when it should be. Default true. */
  readonly paths?: boolean;
  /** Steps between two passes over the whole state; 1 means at every step. */
  readonly fullEvery: number;
  /** Called for every invariant at every whole pass, and for every step property, with how often its interesting case occurs. */
  readonly onExercised?: (name: string, times: number) => void;
  /** Called for a step property that distinguishes cases, with the one that decided. */
  readonly onDecided?: (property: string, decidedBy: string) => void;
  /** Checks of steps that a system with labels makes; `rulesOf` is null for worlds without labels. */
  readonly security?: {
    readonly checks: readonly SecurityCheck[];
    readonly rulesOf: (boot: BootDescription) => SystemRules | null;
  };
  /** Properties of whole runs. */
  readonly temporal?: readonly TemporalCheck[];
  /** Another instance of the kernel, which handles every event that took the fastpath once more without it. */
  readonly slow?: ImplKernel;
}

/** Told of every interesting case, by its name. */
type OnCase = (name: string) => void;

/** A step that both kernels have made. */
interface MadeStep {
  readonly before: KernelState;
  /** As the running thread entered the kernel. */
  readonly entered: KernelState;
  readonly step: KernelStep;
  /** What the specification says. */
  readonly after: KernelState;
  readonly dirty: DirtySet;
}

/** 32-bit words of a slot. */
const SLOT_WORDS = 8;

export function makeLockstep(config: KernelConfig, impl: ImplKernel, options: LockstepOptions): Lockstep {
  const { compare = true, refusals = true, paths = true } = options;
  const image = imageOf(impl, config);
  const found: Difference[] = [];
  const diff = memoryDiff(impl.memory, impl.ramSize);
  const tracker = dirtyTracker(image, diff, found);
  const { layout: L } = impl;
  const states = options.invariants.filter((invariant): invariant is StateInvariant => invariant.kind === 'state');
  const designs = options.invariants.filter((invariant): invariant is DesignInvariant => invariant.kind === 'design');
  const localStates = states.flatMap(({ name, localViolations, about }) =>
    localViolations ? [{ name, localViolations, asked: bitsOf(about) }] : [],
  );
  const localDesigns = designs.flatMap(({ name, localViolations, about }) =>
    localViolations ? [{ name, localViolations, asked: bitsOf(about) }] : [],
  );
  /** Worlds that were booted and found good: a description is a value, so it need not be carried out and checked again. */
  const booted = new Map<BootDescription, { readonly state: KernelState; readonly ram: Uint32Array }>();
  /** From this byte of RAM on, memory is known to be as boot leaves it: zero, and compared since the last step. */
  let untouchedFrom = impl.ramSize;
  const twin = options.slow === undefined ? null : slowTwin(impl, options.slow);
  let s: KernelState | null = null;
  let rules: SystemRules | null = null;
  let watches: readonly { readonly name: string; readonly look: Watch; readonly onCase: OnCase }[] = [];
  let steps = 0;
  let travelling: MemoryTravel | null = null;
  const work = noWork();
  const localInvariants = localStates.length + localDesigns.length;
  const { READY_QUEUE_BYTES: queueBytes } = L;

  const casesOf =
    (property: string): OnCase =>
    (name) => {
      options.onExercised?.(property, 1);
      options.onDecided?.(property, name);
    };

  const securityChecks = options.security?.checks.map((check) => [check, casesOf(check.name)] as const) ?? [];

  const travels = (): MemoryTravel => {
    if (travelling === null) throw new Error('a lockstep travels after it was told to');
    return travelling;
  };
  const current = (): KernelState => {
    if (s === null) throw new Error('a lockstep is booted before it is used');
    return s;
  };

  const fail = (failureClass: FailureClass, property: string, what: string, fullPass = false): Failure => ({
    failureClass,
    property,
    what,
    differences: [...found],
    step: steps,
    fullPass,
  });

  const differences = (fullPass: boolean): Failure | null => {
    const first = compare ? found[0] : undefined;
    return first === undefined ? null : fail('difference', 'refinement', `${first.where}: ${first.field}`, fullPass);
  };

  /** The boot state counts for nothing: how often it is checked depends on the number of workers. */
  const checkAll = (): Failure | null => {
    const t = current();
    clear(found);
    if (steps > 0) {
      work.passes++;
      work.evaluations += states.length + designs.length;
      if (compare) work.wordsCompared += tracker.usedBytes / 4;
      if (compare) work.wordsScanned += (impl.ramSize - tracker.usedBytes) / 4;
    }
    if (compare) {
      tracker.compareUnused();
      found.push(...compareState(image, t));
    }
    const different = differences(true);
    if (different) return different;
    if (compare) untouchedFrom = tracker.usedBytes;
    for (const invariant of states) {
      const broken = invariant.violations(t)[0];
      if (broken) return fail('invariant', invariant.name, `${broken.where}: ${broken.because}`, true);
      if (steps > 0) options.onExercised?.(invariant.name, invariant.exercised(t));
    }
    const memory = readForPass(impl, t);
    for (const invariant of designs) {
      const broken = invariant.violations(memory, t)[0];
      if (broken) return fail('invariant', invariant.name, `${broken.where}: ${broken.because}`, true);
      if (steps > 0) options.onExercised?.(invariant.name, invariant.exercised(memory, t));
    }
    return null;
  };

  const compareDirty = (t: KernelState, dirty: DirtySet): void => {
    if (dirty.globals) compareGlobals(image, t.globals, found);
    if (dirty.tables) {
      compareInterrupts(image, t.globals, found);
      compareIOPorts(image, t.globals, found);
      compareDomainSchedule(image, t.globals, found);
    }
    for (const address of dirty.objects) {
      const value = object(t, address);
      if (value === undefined) continue;
      // A CNode is compared slot by slot, and a page word by word.
      if (value._tag !== 'CNode' && value._tag !== 'DataPage') work.wordsCompared += objectBytes(config, value) / 4;
      compareObject(image, t, address, value, found);
      if (value._tag === 'Tcb') compareContext(image, address, value, found);
    }
    work.wordsCompared += dirty.slots.length * SLOT_WORDS + (dirty.queues.length * queueBytes) / 4;
    for (const slot of dirty.slots) compareSlot(image, t, slot, found);
    for (const key of dirty.queues) compareReadyQueue(image, t, key, found);
  };

  const checkStep = (made: MadeStep): Failure | null => {
    const { entered, step, after: t, dirty } = made;
    if (compare || rules !== null || watches.length > 0) compareDirty(t, dirty);
    const judged = checkJudged(made);
    if (judged) return judged;
    const different = differences(false);
    if (different) return different;
    work.evaluations += localInvariants;
    const { bits } = changedOf(t, dirty);
    for (const { name, localViolations, asked } of localStates) {
      if ((asked & bits) === 0) continue;
      const broken = localViolations(t, dirty)[0];
      if (broken) return fail('invariant', name, `${broken.where}: ${broken.because}`);
    }
    for (const { name, localViolations, asked } of localDesigns) {
      if ((asked & bits) === 0) continue;
      const broken = localViolations(impl, t, dirty)[0];
      if (broken) return fail('invariant', name, `${broken.where}: ${broken.because}`);
    }
    if (refusals && isRefused(entered, step, t)) {
      options.onExercised?.('decode_inv_inv', 1);
      const changed = changedByRefusal(entered, t, dirty);
      if (changed !== null) return fail('step', 'decode_inv_inv', changed);
    }
    return null;
  };

  /**
   * Judges the state that the implementation is in. As long as it agrees with the specification that is the specification's. Where nobody compares,
   * the run goes on from there.
   */
  const checkJudged = ({ before, entered, step, after: t, dirty }: MadeStep): Failure | null => {
    if (rules === null && watches.length === 0) return null;
    const after = found.length === 0 ? t : abstractState(image, t, doubtful(dirty, found));
    const seen = { before, entered, event: step.event, after };
    const broken = checkSecurity(seen) ?? checkTime(seen);
    if (broken) return broken;
    if (!compare && after !== t) s = after;
    return null;
  };

  const checkSecurity = (seen: SystemStep): Failure | null => {
    if (rules === null) return null;
    for (const [check, onCase] of securityChecks) {
      const broken = check.violations(rules, seen, onCase)[0];
      if (broken) return fail('step', check.name, `${broken.where}: ${broken.because}`);
    }
    return null;
  };

  const checkTime = (seen: TimeStep): Failure | null => {
    for (const { name, look, onCase } of watches) {
      const broken = look(seen, onCase)[0];
      if (broken) return fail('step', name, `${broken.where}: ${broken.because}`);
    }
    return null;
  };

  /** What the running thread reaches by itself. */
  const checkAccess = (thread: number, access: Access, reached: number | null): Failure | null => {
    const property = access === 'store' ? INTEGRITY.name : PAS_REFINED.name;
    if (rules === null || reached === null || !inMemory(image, reached)) return null;
    if (options.security?.checks.some(({ name }) => name === property) !== true) return null;
    const broken = accessViolation(rules, thread, reached, access === 'store', casesOf(property));
    return broken === null ? null : fail('step', property, `${broken.where}: ${broken.because}`);
  };

  const checkPath = (decision: Decision | null, event: Event): Failure | null => {
    const took = load(image, L.HW_FASTPATH) === 1;
    if (decision !== null) {
      options.onDecided?.(decision.property, decision.decidedBy);
      options.onExercised?.(decision.property, took ? 1 : 0);
    }
    const wrong = wrongPath(impl.config.FASTPATH ? decision : null, took);
    if (wrong !== null) return fail('step', wrong.property, wrong.because);
    if (twin === null || !took) return null;
    options.onExercised?.(FASTPATH_EQUALS_SLOW_PATH.name, 1);
    const different = twin.difference(event);
    return different === null ? null : fail('step', FASTPATH_EQUALS_SLOW_PATH.name, different);
  };

  /** A state that contradicts itself makes the checks stumble over what the specification takes for granted. */
  const checked = (check: () => Failure | null): Failure | null => {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof SpecAssertion)) throw error;
      return fail('spec-assertion', 'no_fail', describe(error));
    }
  };

  /** What is left open is as the implementation says that it chose; nothing is under a scheduler that leaves nothing open. */
  const choices = (): Choices => {
    if (config.scheduler === 'benno') return STRICT;
    const chosen = load(image, L.HW_CHOSEN);
    const { nextThread } = following({ nextThread: chosen === 0 ? null : chosen });
    return {
      nextThread: (allowed) => {
        if (allowed.length > 1) options.onExercised?.(NEXT_THREAD_ALLOWED.name, 1);
        return nextThread(allowed);
      },
    };
  };

  /** What asks for labels watches in systems only. */
  const begin = (booted: KernelState): void => {
    const asked = options.temporal?.filter(({ requires }) => rules !== null || requires?.includes('labels') !== true);
    watches = asked?.map(({ name, start }) => ({ name, look: start(booted), onCase: casesOf(name) })) ?? [];
  };

  return {
    get state() {
      return current();
    },
    boot: (description) => {
      steps = 0;
      travelling = null;
      rules = options.security?.rulesOf(description) ?? null;
      const before = booted.get(description);
      if (before !== undefined) {
        s = before.state;
        begin(s);
        impl.words.set(before.ram);
        impl.words.fill(0, before.ram.length, untouchedFrom / 4);
        tracker.reset(s, Math.max(before.ram.length * 4, untouchedFrom));
        return null;
      }
      s = bootState(config, description);
      begin(s);
      clear(found);
      try {
        impl.boot(description);
      } catch (error) {
        return fail('impl-crash', 'no_fail', describe(error));
      }
      tracker.reset(s, impl.ramSize);
      const failure = checked(checkAll);
      if (failure === null) booted.set(description, { state: s, ram: impl.words.slice(0, tracker.usedBytes / 4) });
      return failure;
    },
    step: (step) => {
      steps++;
      clear(found);
      untouchedFrom = impl.ramSize;
      const before = current();
      const thread = before.globals.currentThread;
      const entered = userStep(before, step);
      if (step.access !== null) {
        const { vaddr, access, physical } = step.access;
        const reached = impl.translate(vaddr, access);
        const beyond = checkAccess(thread, access, reached);
        if (beyond) return beyond;
        if (compare && reached !== physical && !isStale(before, vaddr, access, reached)) {
          differ(found, `address ${hex(vaddr)}`, access, physicalName(physical), physicalName(reached));
          return fail('difference', 'refinement', `address ${hex(vaddr)}: ${access}`);
        }
      }
      writeUserStep(impl, thread, step);
      let decision: Decision | null;
      try {
        decision = fastpathDecision(entered, step.event);
      } catch (error) {
        return fail('spec-assertion', 'no_fail', describe(error));
      }
      if (isForFastpath(decision)) twin?.copy();
      try {
        impl.enter(step.event);
      } catch (error) {
        return fail('impl-crash', 'no_fail', describe(error));
      }
      let t: KernelState;
      try {
        t = stepSpec(before, step, choices());
      } catch (error) {
        if (error instanceof ForbiddenChoice) return fail('step', NEXT_THREAD_ALLOWED.name, error.message);
        return fail('spec-assertion', 'no_fail', describe(error));
      }
      s = t;
      return checked(() => {
        const dirty = tracker.collect(before, t);
        work.wordsScanned += tracker.usedBytes / 4;
        if (travelling !== null) {
          travelling.note(diff.offsets, tracker.changedGranules);
          // What would be left behind here would be found on another way.
          if (compare) tracker.compareUnused();
        }
        const failure = checkStep({ before, entered, step, after: t, dirty });
        if (failure) return failure;
        const onPath = paths ? checkPath(decision, step.event) : null;
        if (onPath) return onPath;
        return steps % options.fullEvery === 0 ? checkAll() : null;
      });
    },
    checkAll: () => checked(checkAll),
    work,
    travel: () => {
      watches = [];
      travelling = memoryTravel(impl.memory, impl.ramSize);
    },
    saved: () => travels().saved(),
    resume: (state, memory) => {
      tracker.move(current(), state);
      s = state;
      travels().go(memory);
    },
  };
}

/** What of a step's effects the two sides see differently, or may. */
function doubtful({ objects, slots, queues }: DirtySet, found: readonly Difference[]): Doubtful {
  const words = found.flatMap(({ where }) => {
    const at = /^memory 0x([0-9a-f]+)$/.exec(where)?.[1];
    return at === undefined ? [] : [parseInt(at, 16)];
  });
  return { objects, slots, queues, words };
}

/**
 * The processor used a translation that it was not told to forget. It might as well have forgotten it before, and that is how the step goes on.
 */
function isStale(s: KernelState, vaddr: bigint, access: Access, reached: number | null): boolean {
  return reached !== null && staleTranslations(s, s.globals.machine.vspace.asid, vaddr, access).includes(reached);
}

const physicalName = (address: number | null): string => (address === null ? 'a page fault' : hex(address));
