/** What is compared: a tool that explores the shared model, in one way of running it. */

/** How large the model is: so many threads, endpoints, and badges (1, or 2 for a device whose badge is not that of a thread). */
export interface Size {
  readonly threads: number;
  readonly endpoints: number;
  readonly badges: number;
}

/** One run, complete. */
export interface Run {
  readonly distinct: number;
  /** Successors that were looked at, the first state being one of them. */
  readonly generated: number;
  /** Of the whole process with all its threads, from its start: user and system. */
  readonly cpuSeconds: number;
  /** Of the search alone, as the tool itself has it; null if it does not say. */
  readonly search: { readonly kind: 'cpu' | 'wall'; readonly seconds: number } | null;
  /** Resident at most; null if that is not known. */
  readonly mebibytes: number | null;
}

export interface Subject {
  readonly name: string;
  readonly configuration: string;
  /** Throws an Error if the tool fails, or does not see everything. */
  readonly run: () => Run;
}

/** What can be run of one tool, and why the rest cannot. */
export interface Prepared {
  readonly subjects: readonly Subject[];
  readonly missing: readonly string[];
}
