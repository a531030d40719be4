/** How many of the states that can be reached in a small system random programs visit: the generator measured against all there is. */
import { bootState } from '../../spec/state/initial.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { TICK, drawer, isOver } from '../campaign/run.ts';
import { InputError } from '../input-error.ts';
import type { Row } from '../program/program.ts';
import { isCallRow, toKernelStep } from '../program/program.ts';
import type { Random } from '../program/random.ts';
import { hash, random } from '../program/random.ts';
import { stepSpec } from '../step/spec-step.ts';
import { worldCount } from '../world/world.ts';
import type { Action } from './alphabet.ts';
import type { Opened, SearchSpec } from './open.ts';
import { openSearch } from './open.ts';
import { localExpander } from './expander.ts';
import type { Position } from './search.ts';
import { search } from './search.ts';
import { Visited } from './visited.ts';

export interface Share {
  /** States that the exploration reaches. */
  readonly reachable: number;
  /** By programs as they are drawn. */
  readonly drawn: Visits;
  /** By programs of whose rows only those were made that are events of the exploration, and with its arguments. */
  readonly kept: Visits;
}

export interface Visits {
  /** States of the exploration that were met, by the number of steps made. */
  readonly met: readonly { readonly steps: number; readonly states: number }[];
  /** Steps that ended in no state of the exploration. */
  readonly elsewhere: number;
}

/** Of which programs: those of a check with the same seed, from the first one on. */
export interface Programs {
  readonly seed: number;
  readonly rows: number;
  readonly steps: number;
}

/** A search of more is not waited for. */
const MOST_STATES = 100_000;

/** @throws InputError if the exploration has more states than can be waited for, or is violated */
export async function shareVisited(
  exploration: Pick<SearchSpec, 'text' | 'shown'>,
  { seed, rows, steps: wanted }: Programs,
): Promise<Share> {
  const opened = await openSearch({
    ...exploration,
    isSpecAlone: true,
    properties: ['no_fail'],
    wholeEvery: 1,
    symmetry: true,
  });
  let position = null as Position | null;
  const { bound, failure, distinct } = await search([localExpander(opened)], {
    actions: opened.actions,
    limits: { depth: Infinity, states: MOST_STATES, isOver: () => false },
    onPosition: (at) => {
      position = at;
    },
  });
  if (position === null || bound !== null || failure !== null)
    throw new InputError(`${exploration.shown}: cannot be searched to its end, so that there is no share of it`);
  const { visited } = position;
  const visits = (isKept: boolean): Visits => walk(opened, { seed, rows, steps: wanted }, visited, isKept);
  return { reachable: distinct, drawn: visits(false), kept: visits(true) };
}

/** Rows are drawn in vain more often than not where only some are kept; this many times the steps is enough. */
const MOST_DRAWS = 1000;

function walk(
  { actions, kernels, setting, fingerprints: print }: Opened,
  { seed, rows, steps: wanted }: Programs,
  reachable: Visited,
  isKept: boolean,
): Visits {
  const seen = new Visited();
  const met: { steps: number; states: number }[] = [];
  const { boot } = kernels.compiled(setting).world;
  let [steps, draws, elsewhere] = [0, 0, 0];
  for (let run = 0; steps < wanted && draws < wanted * MOST_DRAWS; run++) {
    const r = random(hash(seed, run));
    // Which world a program begins in is drawn first, also where there is one.
    r.below(worldCount(kernels.config));
    const draw = drawer(r, kernels, setting);
    let s = bootState(kernels.config, boot);
    print.of(s);
    let sums = print.sums();
    let idle = 0;
    for (let n = 0; n < rows && steps < wanted && !isOver(idle, s); n++) {
      draws++;
      idle = s.globals.currentThread === s.globals.idleThread ? idle + 1 : 0;
      const drawn = draw(s) ?? TICK;
      const row = isKept ? eventLike(drawn, actions, s, r) : drawn;
      const step = row === null ? null : toKernelStep(row, s);
      if (step === null) continue;
      const t = stepSpec(s, step);
      print.after(sums, s, t);
      sums = print.sums();
      s = t;
      steps++;
      if (reachable.has(print.lo, print.hi)) seen.add(print.lo, print.hi, 0, 0);
      else elsewhere++;
      if (isTold(steps) || steps === wanted) met.push({ steps, states: seen.size });
    }
  }
  return { met, elsewhere };
}

/** The event of the exploration that a row is like: the same operation by whoever runs, through the same capability if there is such a one. */
function eventLike(drawn: Row, actions: readonly Action[], s: KernelState, r: Random): Row | null {
  const like = actions.filter(({ by, row }) => row.op === drawn.op && (by === null || by === s.globals.currentThread));
  const same = like.filter(({ row }) => !isCallRow(row) || !isCallRow(drawn) || row.cap === drawn.cap);
  const choice = same.length > 0 ? same : like;
  return choice.length === 0 ? null : r.pick(choice).row;
}

/** 1000, 10,000 and so on. */
const isTold = (steps: number): boolean => steps >= 1000 && Number.isInteger(Math.log10(steps));
