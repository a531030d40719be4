/** A whole search: with as many workers as asked, from the beginning or from where an earlier one stopped, and what its graph says of liveness. */
import { setFlagsFromString } from 'node:v8';
import type { Failure } from '../step/lockstep.ts';
import type { Identity } from './checkpoint.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { Expander } from './expander.ts';
import { localExpander } from './expander.ts';
import type { LivenessQuestion } from './format.ts';
import { Graph } from './lasso.ts';
import type { Opened, SearchSpec } from './open.ts';
import { openSearch } from './open.ts';
import { workerExpander } from './pool.ts';
import type { Limits, Position, Progress, SearchResult } from './search.ts';
import { search } from './search.ts';

export interface ExploreOptions {
  readonly spec: SearchSpec;
  readonly sources: Identity['sources'];
  /** 1 searches in this process. */
  readonly workers: number;
  readonly limits: Limits;
  /** A file that the search can be taken up again from, written now and then, and when a bound ends it. */
  readonly checkpoint?: { readonly path: string; readonly everyMs: number } | undefined;
  /** Such a file, to go on from. */
  readonly resume?: string | undefined;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Answer {
  readonly question: LivenessQuestion;
  /** How many states the thread waits in. */
  readonly waitingIn: number;
  /** Actions by name. Null if nothing speaks against it. */
  readonly lasso: { readonly stem: readonly string[]; readonly circle: readonly string[] } | null;
}

export interface Explored {
  readonly opened: Opened;
  readonly result: SearchResult;
  readonly answers: readonly Answer[];
  /** What was wrong with the file that it was to go on from later. */
  readonly notWritten: string | null;
}

export async function explore(options: ExploreOptions): Promise<Explored> {
  const { spec, workers } = options;
  // Threads begin to load what they need while this one looks at the exploration.
  const threads = workers === 1 ? [] : threadsOf(spec, workers);
  try {
    return await exploreWith(threads, options);
  } finally {
    await Promise.all(threads.map(({ close }) => close()));
  }
}

/** As many threads as asked, for as many processors: where each has others help it to collect garbage, they only keep one another waiting. */
function threadsOf(spec: SearchSpec, workers: number): readonly Expander[] {
  setFlagsFromString('--no-parallel-scavenge');
  return Array.from({ length: workers }, () => workerExpander(spec));
}

/** @param threads none where this one searches */
async function exploreWith(threads: readonly Expander[], options: ExploreOptions): Promise<Explored> {
  const { spec, sources, limits, checkpoint, resume, onProgress } = options;
  const opened = await openSearch(spec);
  const identity: Identity = { spec, sources };
  const from = resume === undefined ? null : readCheckpoint(resume, identity);
  const graph = opened.liveness.length > 0 ? new Graph(from?.graph ?? undefined) : null;
  const expanders = threads.length === 0 ? [localExpander(opened)] : threads;
  let position = null as Position | null;
  let written = performance.now();
  let notWritten: string | null = null;
  const write = (path: string, at: Position): void => {
    written = performance.now();
    try {
      writeCheckpoint(path, identity, at, graph?.parts ?? null);
      notWritten = null;
    } catch (error) {
      notWritten = `${path}: cannot be written (${error instanceof Error ? error.message : String(error)})`;
    }
  };
  const result = await search(expanders, {
    actions: opened.actions,
    limits,
    ...(from === null ? {} : { from: from.position }),
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(graph === null ? {} : { onTransition: graph.add }),
    onPosition: (at) => {
      position = at;
      if (checkpoint !== undefined && performance.now() - written > checkpoint.everyMs) write(checkpoint.path, at);
    },
  });
  if (checkpoint !== undefined && result.bound !== null && position !== null) write(checkpoint.path, position);
  return { opened, result, answers: answersOf(opened, graph, position), notWritten };
}

function answersOf({ liveness, actions }: Opened, graph: Graph | null, position: Position | null): readonly Answer[] {
  if (graph === null || position === null) return [];
  const { visited } = position;
  const named = (list: readonly number[]): readonly string[] => list.map((action) => actions[action]?.name ?? '');
  return liveness.map((question, n) => {
    const lasso = graph.find(n, question, actions, (state) => visited.pathTo(state));
    return {
      question,
      waitingIn: graph.waitingIn(n),
      lasso: lasso === null ? null : { stem: named(lasso.stem), circle: named(lasso.circle) },
    };
  });
}

export const isViolated = (failure: Failure | null, answers: readonly Answer[]): boolean =>
  failure !== null || answers.some(({ lasso }) => lasso !== null);
