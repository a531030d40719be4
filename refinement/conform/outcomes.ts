/** What became of the operations of a script, and whether the assertions that the script carries hold of it. */
import { Stop } from './difference.ts';
import type { Outcome, OutcomeSource } from './expect.ts';
import { evaluate } from './expect.ts';
import type { TraceEvent, TraceScript } from './trace.ts';
import type { Names } from './user-program.ts';

export interface Outcomes {
  /** @param at index of the event */
  issued(event: TraceEvent, at: number): void;
  returned(event: TraceEvent, at: number, result: ReadonlyMap<string, string>): void;
  /** Counts the script's assertions, or throws a Stop at the first that fails. */
  evaluate(isWhole: boolean): AssertionCounts;
}

/** How many hold, and how many are about operations that were left out. */
export interface AssertionCounts {
  readonly hold: number;
  readonly leftOut: number;
}

export function outcomesOf(script: TraceScript, names: Names): Outcomes {
  const outcomes = new Map<string, Outcome>();
  const key = (thread: string, index: number | undefined): string => `${thread} ${index ?? ''}`;
  return {
    issued: ({ t, i, ns, ns0 }, at) => {
      outcomes.set(key(t, i), {
        issued: at,
        issuedNs: ns0 ?? ns,
        done: null,
        elapsedNs: null,
        result: new Map(),
      });
    },
    returned: ({ t, i, ns }, at, result) => {
      const outcome = outcomes.get(key(t, i));
      if (outcome) outcomes.set(key(t, i), { ...outcome, done: at, elapsedNs: ns - outcome.issuedNs, result });
    },
    evaluate: (isWhole) => {
      const source: OutcomeSource = {
        outcome: (thread, index) => outcomes.get(key(thread, index)) ?? null,
        reached: (thread, index) => isWhole || outcomes.get(key(thread, index))?.done != null,
        symbol: (name) => String(names.address(name)),
      };
      const counts = { hold: 0, leftOut: 0 };
      script.expect?.forEach((assertion, index) => {
        const verdict = evaluate(assertion, source);
        if (verdict._tag === 'Holds') counts.hold++;
        else if (verdict._tag === 'NotReached') counts.leftOut++;
        else
          throw new Stop({
            event: null,
            operation: `assertion ${index}`,
            field: verdict.field,
            expected: verdict.expected,
            found: verdict.found,
          });
      });
      return counts;
    },
  };
}
