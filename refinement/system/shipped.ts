/** The systems that come with corres. */
import { shipped } from '../shipped.ts';
import type { System } from './format.ts';
import { decodeSystem } from './format.ts';

const systems = shipped('system/shipped', 'system');

/** This one is shown to fail. */
export const WRONG_ON_PURPOSE = 'wrong-partitions';

export const shippedNames = systems.names;
/** A system as it is written; `shown` names the file. */
export const systemText = systems.text;

/** Those that nothing is wrong with. */
export function soundSystems(): readonly System[] {
  return shippedNames()
    .filter((name) => name !== WRONG_ON_PURPOSE)
    .map(openSystem);
}

/** @param nameOrFile name of a shipped system, or path of a file */
export function openSystem(nameOrFile: string): System {
  const { text, shown } = systemText(nameOrFile);
  return decodeSystem(text, shown);
}
