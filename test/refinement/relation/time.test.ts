/**
 * The relation of time can fail: every word of scheduling contexts and reply objects that means something is compared, and so are those of
 * threads, notifications and the kernel that are about time; by the pass over everything, and at the step that changed it.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Image } from '../../../refinement/relation/image.ts';
import { imageOf, load } from '../../../refinement/relation/image.ts';
import { compareState } from '../../../refinement/relation/state.ts';
import { toKernelStep } from '../../../refinement/program/program.ts';
import type { Kernels } from '../../../refinement/step/kernels.ts';
import { loadKernels } from '../../../refinement/step/kernels.ts';
import type { Lockstep } from '../../../refinement/step/lockstep.ts';
import { makeLockstep } from '../../../refinement/step/lockstep.ts';
import type { KernelState } from '../../../spec/state/kernel-state.ts';
import { getNotification } from '../../../spec/state/kernel-state.ts';
import { contextsOf, hardPlaces, repliesOf, threadsOf, visitStates } from '../../helpers/mcs-runs.ts';

let kernels: Kernels;
let lockstep: Lockstep;
let image: Image;
beforeAll(async () => {
  kernels = await loadKernels('small-mcs');
  lockstep = makeLockstep(kernels.config, kernels.impl, { invariants: [], paths: false, fullEvery: 1_000_000 });
  image = imageOf(kernels.impl, kernels.config);
});

const flip = (address: number, mask: number): void => {
  const at = (address - kernels.config.ramBase) / 4;
  image.words[at] = ((image.words[at] ?? 0) ^ mask) >>> 0;
};

/** Words from `ref` on whose change nobody notices. */
function unnoticed(s: KernelState, ref: number, bytes: number, mask: number): readonly number[] {
  const found: number[] = [];
  for (let at = ref; at < ref + bytes; at += 4) {
    flip(at, mask);
    if (compareState(image, s).length === 0) found.push(at - ref);
    flip(at, mask);
  }
  return found;
}

/** Words of a scheduling context that mean nothing: of refills that are not in use, and where these are when none is. */
function meaningless(ref: number, sizeBits: number): readonly number[] {
  const { layout: L } = image;
  const max = load(image, ref + L.SCHED_CONTEXT_REFILL_MAX);
  const used = new Set<number>();
  for (let n = load(image, ref + L.SCHED_CONTEXT_REFILL_HEAD); max > 0; n = (n + 1) % max) {
    for (let at = 0; at < L.REFILL_BYTES; at += 4) used.add(L.SCHED_CONTEXT_CORE_BYTES + n * L.REFILL_BYTES + at);
    if (n === load(image, ref + L.SCHED_CONTEXT_REFILL_TAIL)) break;
  }
  const unused: number[] = max === 0 ? [L.SCHED_CONTEXT_REFILL_HEAD, L.SCHED_CONTEXT_REFILL_TAIL] : [];
  for (let at = L.SCHED_CONTEXT_CORE_BYTES; at < 2 ** sizeBits; at += 4) if (!used.has(at)) unused.push(at);
  return unused;
}

/** States that show a place where time is hard that none of those before showed. */
function hardStates(visit: (s: KernelState) => void): number {
  const seen = new Set<string>();
  let states = 0;
  visitStates(kernels, lockstep, 60, (s) => {
    const fresh = hardPlaces(s).filter((place) => !seen.has(place));
    if (fresh.length === 0) return false;
    for (const place of fresh) seen.add(place);
    states++;
    visit(s);
    return seen.size === 12;
  });
  return states;
}

describe('the pass over everything', () => {
  it('notices every word of scheduling contexts, and of reply objects', { timeout: 240_000 }, () => {
    const states = hardStates((s) => {
      for (const [ref, { sizeBits }] of contextsOf(s))
        for (const mask of [1, 0x8000_0000])
          expect(unnoticed(s, ref, 2 ** sizeBits, mask)).toEqual(meaningless(ref, sizeBits));
      for (const [ref] of repliesOf(s)) expect(unnoticed(s, ref, 2 ** kernels.config.replyBits, 2)).toEqual([]);
    });
    expect(states).toBeGreaterThan(5);
  });

  it('notices what threads, notifications and the kernel have of time', { timeout: 240_000 }, () => {
    const { layout: L } = image;
    hardStates((s) => {
      const words: number[] = [
        ...[L.HW_TIME_LO, L.HW_TIME_HI, L.HW_LOOK_TICKS_LO, L.HW_LOOK_TICKS_HI, L.HW_DEADLINE_LO, L.HW_DEADLINE_HI],
        ...[L.KS_CUR_TIME_LO, L.KS_CUR_TIME_HI, L.KS_CONSUMED_LO, L.KS_CONSUMED_HI, L.KS_CUR_SC, L.KS_REPROGRAM],
        ...[L.KS_RELEASE_HEAD, L.KS_RELEASE_TAIL],
      ];
      for (const [ref, { state, fault }] of threadsOf(s)) {
        words.push(ref + L.TCB_SCHED_CONTEXT, ref + L.TCB_YIELD_TO, ref + L.TCB_IN_RELEASE_QUEUE);
        if ('reply' in state) words.push(ref + L.TCB_REPLY_OBJECT);
        if (fault?._tag === 'Timeout') words.push(ref + L.TCB_FAULT_WORD_LO, ref + L.TCB_FAULT_WORD_HI);
      }
      for (const thread of s.globals.time.releaseQueue)
        words.push(thread + L.TCB_SCHED_NEXT, thread + L.TCB_SCHED_PREV);
      for (const [, { notification }] of contextsOf(s)) {
        if (notification === null) continue;
        expect(getNotification(s, notification).schedContext).not.toBeNull();
        words.push(notification + L.NTFN_SCHED_CONTEXT);
      }
      for (const at of words) expect(unnoticed(s, at, 4, 1)).toEqual([]);
    });
  });
});

describe('the step', () => {
  type Break = (s: KernelState) => number | null;
  const context =
    (offset: (L: Image['layout']) => number): Break =>
    (s) => {
      // Not one that the next step has to do with.
      const idle = contextsOf(s).find(([ref, { tcb, refillMax }]) => {
        return tcb === null && refillMax > 0 && ref !== s.globals.time.schedContext;
      });
      return idle === undefined ? null : idle[0] + offset(image.layout);
    };
  const breaks: readonly (readonly [string, Break])[] = [
    ['the badge of a scheduling context', context((L) => L.SCHED_CONTEXT_BADGE_HI)],
    ['its period', context((L) => L.SCHED_CONTEXT_PERIOD_HI)],
    ['its consumed time', context((L) => L.SCHED_CONTEXT_CONSUMED_LO)],
    ['its first refill', context((L) => L.SCHED_CONTEXT_CORE_BYTES + L.REFILL_AMOUNT_HI)],
    ['how many refills it may have', context((L) => L.SCHED_CONTEXT_REFILL_MAX)],
    [
      'the thread of a reply object that nobody uses',
      (s) => {
        const free = repliesOf(s).find(([, { tcb }]) => tcb === null);
        return free === undefined ? null : free[0] + image.layout.REPLY_TCB;
      },
    ],
    [
      'the call before of one',
      (s) => (repliesOf(s).at(-1)?.[0] ?? null) && (repliesOf(s).at(-1)?.[0] ?? 0) + image.layout.REPLY_PREV,
    ],
    [
      'whether a thread waits for its budget',
      (s) => {
        const still = threadsOf(s).find(([, { state }]) => state._tag === 'Inactive');
        return still === undefined ? null : still[0] + image.layout.TCB_IN_RELEASE_QUEUE;
      },
    ],
    [
      'whom a thread yielded to',
      (s) => {
        const still = threadsOf(s).find(([, { state }]) => state._tag === 'Inactive');
        return still === undefined ? null : still[0] + image.layout.TCB_YIELD_TO;
      },
    ],
    ['when the timer interrupts', () => image.layout.HW_DEADLINE_HI],
  ];
  it.each(breaks)('finds a change of %s', (_, place) => {
    let found = 0;
    visitStates(kernels, lockstep, 20, (s) => {
      const at = place(s);
      // An interrupt that says nothing, right now: time does not go on, and nobody is charged.
      const step = toKernelStep({ op: 'Spurious', word: 0n }, s);
      if (at === null || step === null) return false;
      flip(at, 0x4000);
      expect(lockstep.step(step)?.property).toBe('refinement');
      return ++found > 0;
    });
    expect(found).toBe(1);
  });
});
