/** The explorations that come with corres. */
import { shipped } from '../shipped.ts';
import type { Exploration } from './format.ts';
import { decodeExploration } from './format.ts';

const explorations = shipped('explore/shipped', 'exploration');

export const explorationNames = explorations.names;
export const explorationText = explorations.text;

/** @param nameOrFile name of a shipped exploration, or path of a file */
export function openExploration(nameOrFile: string): { readonly exploration: Exploration; readonly shown: string } {
  const { text, shown } = explorationText(nameOrFile);
  return { exploration: decodeExploration(text, shown), shown };
}
