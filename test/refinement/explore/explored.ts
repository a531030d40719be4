/** Searches as tests make them. */
import type { Explored } from '../../../refinement/explore/explore.ts';
import { explore } from '../../../refinement/explore/explore.ts';
import type { SearchSpec } from '../../../refinement/explore/open.ts';
import type { Limits } from '../../../refinement/explore/search.ts';
import { explorationText } from '../../../refinement/explore/shipped.ts';

export function specOf(name: string, change: Partial<SearchSpec> = {}): SearchSpec {
  return { ...explorationText(name), isSpecAlone: false, properties: null, wholeEvery: 64, symmetry: true, ...change };
}

export const NO_LIMITS: Limits = { depth: Infinity, states: Infinity, isOver: () => false };
export const SOURCES = { spec: 'spec', impl: 'impl' };

export function explored(
  name: string,
  change: Partial<SearchSpec> = {},
  limits: Partial<Limits> = {},
  workers = 1,
): Promise<Explored> {
  return explore({ spec: specOf(name, change), sources: SOURCES, workers, limits: { ...NO_LIMITS, ...limits } });
}
