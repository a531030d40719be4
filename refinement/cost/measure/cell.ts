/** A cell of a study: random programs of one seed on one kernel. All of it but `cpu` is counted, and the same on any machine. */
import * as t from 'io-ts';

/** What a cell is asked for; crosses to a thread. */
export interface CellTask {
  /** Name of the kernel in the study. */
  readonly kernel: string;
  readonly config: string;
  /** Path of the implementation, when it is not the project's own. */
  readonly bundle: string | undefined;
  readonly seed: number;
  /** Rows of a program, at most. */
  readonly rows: number;
  /** Kernel steps after which no more programs are begun. */
  readonly steps: number;
  readonly properties: readonly string[] | null;
  readonly fullEvery: number;
}

/** How often something was seen, and in how many steps it had first been. */
const seen = t.type({ name: t.string, times: t.number, first: t.number });
export type Seen = t.TypeOf<typeof seen>;

export const cellCodec = t.type({
  kernel: t.string,
  config: t.string,
  seed: t.number,
  programs: t.number,
  /** Operations that were generated. */
  rows: t.number,
  /** Kernel steps that were checked. */
  steps: t.number,
  /** Of these, those that changed more than registers and messages. */
  effective: t.number,
  passes: t.number,
  evaluations: t.number,
  wordsCompared: t.number,
  wordsScanned: t.number,
  /** Operation and result; first seen to the end of the program. */
  outcomes: t.array(t.type({ operation: t.string, outcome: t.string, times: t.number, first: t.number })),
  /** Fields of the abstract state, by the kind of object, that a step changed. */
  fields: t.array(seen),
  /** The interesting case of a property. */
  exercised: t.array(seen),
  /** What went wrong: then the kernels do not agree, and the rest was not run. */
  failure: t.union([t.null, t.type({ property: t.string, what: t.string, program: t.number })]),
  cpu: t.type({
    /** Milliseconds of the thread; null where the system does not tell. */
    ms: t.union([t.null, t.number]),
    /** Of looking at a whole state for one invariant, in the mean. */
    evaluations: t.array(t.type({ property: t.string, microseconds: t.number, samples: t.number })),
  }),
});
export type Cell = t.TypeOf<typeof cellCodec>;

/** A cell without what depends on the machine. */
export function counted({ cpu: _, ...rest }: Cell): Omit<Cell, 'cpu'> {
  return rest;
}
