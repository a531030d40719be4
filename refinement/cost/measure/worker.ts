/** The thread's side of a study: it runs one cell, and counts. */
import { INVARIANTS } from '../../../properties/catalogue.ts';
import type { Invariant } from '../../../properties/property.ts';
import { readForPass } from '../../../properties/invariants/memory.ts';
import { featuresOf, isAbout, makeChecker } from '../../campaign/checker.ts';
import type { Counts } from '../../campaign/counts.ts';
import { newTally, randomRuns } from '../../campaign/run.ts';
import type { Kernels } from '../../step/kernels.ts';
import { loadKernels } from '../../step/kernels.ts';
import type { Lockstep } from '../../step/lockstep.ts';
import type { Cell, CellTask, Seen } from './cell.ts';
import { threadMs } from './cpu.ts';
import { changedFields } from './fields.ts';

/** Programs between two at whose end every invariant is timed. */
const TIME_EVERY = 20;

export default async function work(task: CellTask): Promise<Cell> {
  const { kernel, config, bundle, seed, rows: most, steps: budget, properties, fullEvery } = task;
  const kernels = await loadKernels(config, bundle);
  const started = threadMs();
  const tally = newTally();
  const fields = new Sightings();
  const exercised = new Sightings();
  const checker = makeChecker(
    kernels,
    { properties, fullEvery },
    {
      onExercised: (name, times) => {
        if (times > 0) exercised.see(name, tally.steps, times);
      },
    },
  );
  const lockstep = watched(checker, (before) => {
    changedFields(before, checker.state, (name) => {
      fields.see(name, tally.steps, 1);
    });
  });
  const clock = invariantClock(kernels, properties);
  const firsts = new Map<string, number>();
  let programs = 0;
  let rows = 0;
  let failure: Cell['failure'] = null;
  while (tally.steps < budget && failure === null) {
    const { last } = randomRuns(kernels, lockstep, { seed, rows: most }, programs, 1, tally);
    rows += last.program.length;
    if (last.failure !== null)
      failure = { property: last.failure.property, what: last.failure.what, program: programs };
    else if (programs % TIME_EVERY === 0) clock.look(checker);
    programs++;
    noteNew(tally.outcomes, firsts, tally.steps);
  }
  const ended = threadMs();
  return {
    kernel,
    config,
    seed,
    programs,
    rows,
    steps: tally.steps,
    effective: tally.effective,
    ...checker.work,
    outcomes: [...tally.outcomes].flatMap(([operation, of]) =>
      [...of].map(([outcome, times]) => ({
        operation,
        outcome,
        times,
        first: firsts.get(`${operation} ${outcome}`) ?? tally.steps,
      })),
    ),
    fields: fields.list(),
    exercised: exercised.list(),
    failure,
    cpu: { ms: started === null || ended === null ? null : ended - started, evaluations: clock.means() },
  };
}

/** The lockstep, and a look at every step that it makes. */
function watched(inner: Lockstep, look: (before: Lockstep['state']) => void): Lockstep {
  return {
    get state() {
      return inner.state;
    },
    boot: inner.boot,
    step: (step) => {
      const before = inner.state;
      const failure = inner.step(step);
      if (failure === null) look(before);
      return failure;
    },
    checkAll: inner.checkAll,
    work: inner.work,
    travel: inner.travel,
    saved: inner.saved,
    resume: inner.resume,
  };
}

class Sightings {
  private readonly seen = new Map<string, { times: number; readonly first: number }>();

  see(name: string, steps: number, times: number): void {
    const known = this.seen.get(name);
    if (known === undefined) this.seen.set(name, { times, first: steps });
    else known.times += times;
  }

  list(): Seen[] {
    return [...this.seen].map(([name, { times, first }]) => ({ name, times, first }));
  }
}

function noteNew(outcomes: Counts, firsts: Map<string, number>, steps: number): void {
  for (const [operation, of] of outcomes)
    for (const outcome of of.keys()) {
      const key = `${operation} ${outcome}`;
      if (!firsts.has(key)) firsts.set(key, steps);
    }
}

interface InvariantClock {
  readonly look: (lockstep: Lockstep) => void;
  readonly means: () => Cell['cpu']['evaluations'];
}

/** What looking at a whole state takes, invariant by invariant. */
function invariantClock(kernels: Kernels, properties: readonly string[] | null): InvariantClock {
  const features = featuresOf(kernels);
  const asked = INVARIANTS.filter(
    (one) => isAbout(one, features) && (properties === null || properties.includes(one.name)),
  );
  const taken = asked.map((invariant) => ({ invariant, ms: 0, samples: 0 }));
  return {
    look: ({ state }) => {
      const memory = readForPass(kernels.impl, state);
      for (const one of taken) {
        const start = performance.now();
        askWhole(one.invariant, memory, state);
        one.ms += performance.now() - start;
        one.samples++;
      }
    },
    means: () =>
      taken.map(({ invariant, ms, samples }) => ({
        property: invariant.name,
        microseconds: samples === 0 ? 0 : (ms * 1000) / samples,
        samples,
      })),
  };
}

function askWhole(invariant: Invariant, memory: ReturnType<typeof readForPass>, state: Lockstep['state']): void {
  if (invariant.kind === 'state') invariant.violations(state);
  else invariant.violations(memory, state);
}
