/** Two surveys side by side: what holds, what breaks, what is no longer looked at. */
import { CATALOGUE } from '../../properties/catalogue.ts';
import { isAbout } from '../campaign/checker.ts';
import { countRows } from '../campaign/counts.ts';
import type { BrokenCell, Survey } from './survey.ts';
import { cellKey } from './survey.ts';

export type CellStatus = 'held' | 'broken' | 'newly broken' | 'mended' | 'not run';
export type RowStatus = CellStatus | 'vacuous' | 'newly vacuous' | 'exercised less';

export interface PropertyRow {
  readonly property: string;
  readonly status: RowStatus;
  /** How often the case that the property is about came up. */
  readonly exercised: { readonly base: number; readonly changed: number };
  /** By operation. */
  readonly cells: Readonly<Record<string, CellStatus>>;
}

/** Something that the kernel does, how often on either side. */
export interface BehaviourChange {
  readonly what: 'outcome' | 'path';
  readonly operation: string;
  readonly result: string;
  readonly base: number;
  readonly changed: number;
}

/** A property that is looked at less than this share as often as before, step for step, is exercised less. */
const LESS = 0.5;
/** What came up more seldom than this may as well not come up. */
const FEW = 20;

/** Counters of these are the steps themselves. */
const EVERY_STEP = new Set(['refinement', 'no_fail']);

/** `hidden` holds what broke only when what had been found before was no longer looked at. */
export function matrix(base: Survey, changed: Survey, hidden: ReadonlyMap<string, BrokenCell>): readonly PropertyRow[] {
  const broken = new Map([...changed.cells, ...hidden]);
  const operations = [
    ...new Set([
      ...base.outcomes.keys(),
      ...changed.outcomes.keys(),
      ...operationsOf(broken),
      ...operationsOf(base.cells),
    ]),
  ].sort();
  const features = [...new Set([...base.features, ...changed.features])];
  return CATALOGUE.filter((property) => isAbout(property, features)).map(({ name }): PropertyRow => {
    const cells = Object.fromEntries(
      operations.map((operation): [string, CellStatus] => {
        const isBroken = broken.has(cellKey(name, operation));
        const wasBroken = base.cells.has(cellKey(name, operation));
        if (isBroken) return [operation, wasBroken ? 'broken' : 'newly broken'];
        if (!changed.outcomes.has(operation)) return [operation, 'not run'];
        return [operation, wasBroken ? 'mended' : 'held'];
      }),
    );
    const exercised = { base: exercisedIn(base, name), changed: exercisedIn(changed, name) };
    return { property: name, status: statusOf(Object.values(cells), exercised, base, changed), exercised, cells };
  });
}

function operationsOf(cells: ReadonlyMap<string, BrokenCell>): readonly string[] {
  return [...cells.values()].map(({ operation }) => operation);
}

function exercisedIn({ exercised, steps }: Survey, name: string): number {
  return EVERY_STEP.has(name) ? steps : (exercised.get(name) ?? 0);
}

function statusOf(
  cells: readonly CellStatus[],
  exercised: PropertyRow['exercised'],
  base: Survey,
  changed: Survey,
): RowStatus {
  const worst = (['newly broken', 'broken', 'mended'] as const).find((status) => cells.includes(status));
  if (worst !== undefined) return worst;
  // Of a survey cut short nothing follows from what it did not see.
  if (!changed.isComplete || !base.isComplete) return exercised.changed > 0 ? 'held' : 'not run';
  if (exercised.changed === 0) return exercised.base === 0 ? 'vacuous' : 'newly vacuous';
  const share = exercised.changed / changed.steps / (exercised.base / base.steps);
  return exercised.base >= FEW && share < LESS ? 'exercised less' : 'held';
}

/** What only one side does, or does much more often. The programs are the same as long as both specifications are. */
export function behaviour(base: Survey, changed: Survey): readonly BehaviourChange[] {
  if (!changed.isComplete || !base.isComplete) return [];
  const changes: BehaviourChange[] = [];
  const compare = (what: BehaviourChange['what'], was: Survey['outcomes'], is: Survey['outcomes']): void => {
    const keys = new Map([...countRows(was), ...countRows(is)].map(([a, b]) => [`${a}\n${b}`, [a, b] as const]));
    for (const [operation, result] of keys.values()) {
      const before = was.get(operation)?.get(result) ?? 0;
      const after = is.get(operation)?.get(result) ?? 0;
      const share = after / changed.steps / (before / base.steps);
      const isGone = before >= FEW && after === 0;
      const isNew = after >= FEW && before === 0;
      const isOther = before >= FEW && after > 0 && (share < LESS || share > 1 / LESS);
      if (isGone || isNew || isOther) changes.push({ what, operation, result, base: before, changed: after });
    }
  };
  compare('outcome', base.outcomes, changed.outcomes);
  compare('path', base.decided, changed.decided);
  return changes;
}
