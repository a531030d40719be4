/** Random rows for pairs of runs: some partitions keep a secret, and so do something else in the second run now and then. */
import { has } from '../../properties/security/authority.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import type { Taste } from '../program/generate.ts';
import { generateRow, taste } from '../program/generate.ts';
import { deletionOfShared } from '../program/system-row.ts';
import type { CallRow, Row } from '../program/program.ts';
import { INTERRUPTS, isCallRow } from '../program/program.ts';
import type { Random } from '../program/random.ts';
import type { CompiledSystem } from '../system/compile.ts';
import type { Pair } from './pair-step.ts';

export interface PairStyle {
  readonly taste: Taste;
  /** Labels that may do something else in the second run. */
  readonly secretive: number;
  readonly tickRate: number;
  readonly secretRate: number;
  /** Only the timer interrupts; absent when devices may, too. */
  readonly onlyTimer: boolean;
}

const TICK: Row = { op: 'Tick', word: 0n };

export function pairStyle(r: Random, { labelling, config, system }: CompiledSystem, onlyTimer: boolean): PairStyle {
  const active = labelling.names.map((_, label) => label).filter((label) => has(labelling.active, label));
  let secretive = 0;
  for (const label of active) if (r.chance(0.5)) secretive |= 1 << label;
  if (secretive === 0) secretive = 1 << r.pick(active);
  const attacker = system.attacker === undefined ? -1 : labelling.names.indexOf(system.attacker);
  // What the attacker may not learn is what matters most: it knows its own secrets.
  if (attacker >= 0 && r.chance(0.5)) secretive &= ~(1 << attacker);
  if (secretive === 0) secretive = 1 << r.pick(active.filter((label) => label !== attacker));
  return {
    taste: taste(r, config),
    secretive,
    tickRate: r.pick([0.05, 0.1, 0.2]),
    secretRate: r.pick([0.1, 0.3, 0.6]),
    onlyTimer,
  };
}

/** How often a capability to something shared is deleted: whether it was the last one is what others can learn. */
const DELETION_RATE = 0.03;

export function drawPairRow(r: Random, style: PairStyle, system: CompiledSystem, pair: Pair): Row {
  const [s, t] = pair.states;
  if (r.chance(style.tickRate)) return TICK;
  const { active } = pair;
  const deletion = r.chance(DELETION_RATE) ? deletionOfShared(r, system, s) : null;
  if (deletion !== null)
    return active !== null && has(style.secretive, active) ? { ...deletion, other: null } : deletion;
  const row = rowOf(r, style, s);
  if (active === null || INTERRUPTS.includes(row.op)) return row;
  const differs = !pair.isSameTo(active);
  if (!differs && !(has(style.secretive, active) && r.chance(style.secretRate))) return row;
  const what = r.below(10);
  if (what < 2) return { ...row, other: null };
  if (what < 6) {
    const other = rowOf(r, style, t);
    return INTERRUPTS.includes(other.op) ? row : { ...row, other };
  }
  return isCallRow(row)
    ? { ...row, other: varied(r, row) }
    : { ...row, other: { ...row, word: row.word ^ BigInt(1 + r.below(255)) } };
}

function rowOf(r: Random, style: PairStyle, s: KernelState): Row {
  const row = generateRow(r, style.taste, s) ?? TICK;
  return row.op === 'Interrupt' && style.onlyTimer ? TICK : row;
}

/** The same with another message. */
export function varied(r: Random, row: CallRow): CallRow {
  if (row.words.length === 0) return { ...row, label: row.label ^ BigInt(1 + r.below(15)) };
  return { ...row, words: row.words.with(r.below(row.words.length), r.chance(0.7) ? BigInt(r.below(256)) : r.word()) };
}
