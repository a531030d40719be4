/** A worker's side of looking for a defect: through the shipped explorations until one shows it. */
import { localExpander } from '../explore/expander.ts';
import { openSearch } from '../explore/open.ts';
import { search } from '../explore/search.ts';
import { explorationNames, explorationText } from '../explore/shipped.ts';
import type { ExploredDefect } from './explored-table.ts';
import { MOST_STATES } from './explored-table.ts';

export interface LookTask {
  /** The implementation. */
  readonly bundle: string;
  /** Null for all. */
  readonly properties: readonly string[] | null;
}

export type Looked = Omit<ExploredDefect, 'name'>;

/** The first exploration, by name, that shows it; one after the other a little way first, then each to its end with every state looked at whole. */
export async function look({ bundle, properties }: LookTask): Promise<Looked> {
  const ways = [
    { most: MOST_STATES, wholeEvery: 8 },
    { most: Infinity, wholeEvery: 1 },
  ];
  let states = 0;
  let transitions = 0;
  for (const [exploration, { most, wholeEvery }] of ways.flatMap((way) =>
    explorationNames().map((name) => [name, way] as const),
  )) {
    const spec = {
      ...explorationText(exploration),
      isSpecAlone: false,
      properties,
      wholeEvery,
      symmetry: true,
      bundle,
    };
    const opened = await openSearch(spec);
    const { distinct, generated, failure } = await search([localExpander(opened)], {
      actions: opened.actions,
      limits: { depth: Infinity, states: most, isOver: () => false },
    });
    states += distinct;
    transitions += generated;
    if (failure === null) continue;
    const { property } = failure.failure;
    const events = failure.program.length;
    return { found: { exploration, events, property, states: distinct, transitions: generated }, states, transitions };
  }
  return { found: null, states, transitions };
}
