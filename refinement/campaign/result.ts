/** What a check found, as one value: the terminal, JSON and JUnit are rendered from it. Schema `corres-check/1`. */
import { CATALOGUE } from '../../properties/catalogue.ts';
import type { Capacity } from '../pair/capacity.ts';
import type { Counterexample } from '../counterexample/format.ts';
import type { AnswerCoverage } from './answer-coverage.ts';
import type { Checks } from './checker.ts';
import { FULL_EVERY, isAbout, selectedNames } from './checker.ts';
import type { CampaignResult, SystemCounts } from './campaign.ts';

export interface PropertyResult {
  readonly name: string;
  readonly kind: string;
  /** `held` says that nothing against it was found in the steps made. */
  readonly status: 'held' | 'violated' | 'vacuous';
  /** How often the case that the property is about occurred. */
  readonly exercised: number;
}

export interface ViolationResult {
  readonly id: string;
  readonly property: string;
  readonly what: string;
  readonly config: string;
  /** Null when it could not be written, and was shown instead. */
  readonly file: string | null;
  readonly rows: number;
  readonly originalRows: number;
  readonly executions: number;
  readonly minimal: boolean;
  /** Known from an earlier check and replayed. */
  readonly known: boolean;
  /** For a leak: how much it tells, at least. */
  readonly capacity?: Capacity | null;
}

export interface CheckResult {
  readonly schema: 'corres-check/1';
  readonly verdict: 'holds' | 'violated' | 'incomplete';
  readonly exitCode: 0 | 1 | 3 | 130;
  /** What the verdict is about, in words. */
  readonly reason: string;
  readonly seed: number;
  readonly runs: number;
  readonly steps: number;
  readonly stepsOf: Readonly<Record<string, number>>;
  /** What was done in each system; for pairs, how much of it could have shown something. */
  readonly systems: readonly (SystemCounts & { readonly name: string })[];
  readonly mode: string;
  /** A random search never is. */
  readonly exhaustive: false;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly stepsPerSecond: number;
  readonly workers: number;
  readonly properties: readonly PropertyResult[];
  readonly coverage: {
    readonly operations: number;
    readonly pairs: number;
    readonly effectiveSteps: number;
    /** Operation, outcome, count. */
    readonly outcomes: readonly { readonly operation: string; readonly outcome: string; readonly count: number }[];
    /** Of properties that distinguish cases, how often each decided. */
    readonly cases: readonly { readonly property: string; readonly case: string; readonly count: number }[];
    readonly answers: AnswerCoverage;
  };
  readonly violations: readonly ViolationResult[];
  /** Ids of known failures that no longer show. */
  readonly mended: readonly string[];
  readonly sources: Counterexample['sources'];
  /** The command that does the same again. */
  readonly reproduce: string;
}

/** Counters of these are the steps themselves. */
const EVERY_STEP = new Set(['refinement', 'no_fail']);

export function propertyResults(
  checks: Checks,
  campaign: CampaignResult,
  violated: ReadonlySet<string>,
): readonly PropertyResult[] {
  const { exercised, features, systems } = campaign.progress;
  const inPairs = [...systems.values()].reduce((sum, { pairs }) => sum + (pairs?.steps ?? 0), 0);
  const steps = campaign.progress.steps - inPairs;
  const names = new Set(selectedNames(checks));
  const properties = CATALOGUE.filter((property) => names.has(property.name) && isAbout(property, [...features]));
  return properties.map(({ name, kind }) => {
    const times = EVERY_STEP.has(name) ? steps : (exercised.get(name) ?? 0);
    return { name, kind, exercised: times, status: violated.has(name) ? 'violated' : times === 0 ? 'vacuous' : 'held' };
  });
}

export function modeOf({ fullEvery }: Checks): string {
  return fullEvery === 1
    ? 'whole state and all properties at every step'
    : `what changed at every step, whole state and all properties at every ${fullEvery === FULL_EVERY ? '64th' : `${fullEvery}th`}`;
}
