/**
 * How much a channel tells: the program that shows it is run again and again with other secrets in the place of the one in it, and what the
 * observer sees at the end is counted. The kernel is deterministic, so that what an observation says of the secret is the observation's entropy.
 *
 * With secrets drawn as they are here; with others it may be more, so this is a lower bound of the channel's capacity. The plug-in estimate is
 * too small by about half a nat for each two observations and trial, which is added (Miller and Madow); the interval is that of a bootstrap.
 */
import { PAIR_PROPERTIES } from '../../properties/security/pairs.ts';
import type { Program, Row } from '../program/program.ts';
import { isCallRow } from '../program/program.ts';
import type { Random } from '../program/random.ts';
import { random } from '../program/random.ts';
import { varied } from './draw.ts';
import type { Pair } from './pair-step.ts';

export interface Capacity {
  /** Bits that a run of the program tells. */
  readonly bits: number;
  /** 95 % confidence. */
  readonly low: number;
  readonly high: number;
  /** Runs, and how many different things the observer saw in them. */
  readonly runs: number;
  readonly observations: number;
}

const RUNS = 400;
const RESAMPLES = 200;

/** @param program one that fails, with a row whose `other` is the secret */
export function estimateCapacity(pair: Pair, program: Program): Capacity | null {
  const observer = observerOf(pair, program);
  if (observer === null) return null;
  const r = random(program.length);
  const seen: string[] = [];
  for (let run = 0; run < RUNS; run++) {
    pair.boot();
    let view = '';
    for (const row of program) {
      const failure = pair.step(row.other === undefined ? row : { ...row, other: anotherSecret(r, row) });
      // A leak is what is looked for; after anything else there is nothing more to see.
      if (failure !== null && !PAIR_PROPERTIES.some(({ name }) => name === failure.property)) break;
      view = `${view.slice(-40)} ${pair.timeOf(1)}`;
    }
    seen.push(`${pair.viewOf(1, observer)} ${view}`);
  }
  const bits = entropy(seen);
  const resampled = Array.from({ length: RESAMPLES }, () => entropy(seen.map(() => r.pick(seen)))).sort(
    (a, b) => a - b,
  );
  // The bootstrap adds its own loss to that of the sample.
  const shift = bits - (resampled[RESAMPLES >> 1] ?? bits);
  const at = (share: number): number => Math.max(0, (resampled[Math.floor(share * (RESAMPLES - 1))] ?? bits) + shift);
  return { bits, low: at(0.025), high: at(0.975), runs: RUNS, observations: new Set(seen).size };
}

/** Who learns something when the program is run as it is. */
function observerOf(pair: Pair, program: Program): number | null {
  pair.boot();
  for (const row of program) if (pair.step(row) !== null) return pair.observer;
  return null;
}

/** What either run does, nothing, or the same with another message. */
function anotherSecret(r: Random, { other, ...row }: Row): Row | null {
  switch (r.below(4)) {
    case 0:
      return null;
    case 1:
      return other ?? null;
    case 2:
      return row;
    default: {
      const from: Row = other ?? row;
      return isCallRow(from) ? varied(r, from) : { ...from, word: BigInt(r.below(256)) };
    }
  }
}

/** In bits, with the correction for the size of the sample. */
function entropy(seen: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const one of seen) counts.set(one, (counts.get(one) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / seen.length) * Math.log2(count / seen.length);
  return bits + (counts.size - 1) / (2 * seen.length * Math.LN2);
}
