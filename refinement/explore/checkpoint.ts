/**
 * A search that stopped, as a file to go on from: a line of JSON, then the table, the parents and the actions of the states, their
 * numbers if liveness is asked, then a SHA-256 of all that. It is
 * written whole or not at all. The states themselves are not in it: they are worked out again by repeating what led to them.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as t from 'io-ts';
import { writeWhole } from '../counterexample/store.ts';
import { InputError } from '../input-error.ts';
import { explained } from '../system/format.ts';
import type { GraphParts } from './lasso.ts';
import type { SearchSpec } from './open.ts';
import type { Position } from './search.ts';
import { Visited } from './visited.ts';

export const CHECKPOINT_SCHEMA = 'corres-checkpoint/1';

/** What must be the same for a search to go on. */
export interface Identity {
  readonly spec: SearchSpec;
  /** Hashes of what the running build was made from. */
  readonly sources: { readonly spec: string; readonly impl: string };
}

const HASH_BYTES = 32;
const list = t.readonlyArray(t.number);

const Header = t.strict({
  schema: t.literal(CHECKPOINT_SCHEMA),
  identity: t.strict({ exploration: t.string, asked: t.string, spec: t.string, impl: t.string }),
  states: t.number,
  places: t.number,
  taken: t.number,
  levelEnd: t.number,
  levels: list,
  generated: t.number,
  ends: t.number,
  /** `min` is null as long as no state was taken up. */
  degrees: t.strict({ min: t.union([t.number, t.null]), max: t.number, sum: t.number }),
  actions: t.readonlyArray(t.strict({ taken: t.number, first: t.number })),
  exercised: t.readonlyArray(t.string),
  graph: t.union([t.null, t.strict({ labels: list, transitions: list })]),
});
type Header = t.TypeOf<typeof Header>;

const sha256 = (of: string | Uint8Array): Buffer => createHash('sha256').update(of).digest();

function identified({ spec, sources }: Identity): Header['identity'] {
  const { text, isSpecAlone, properties, wholeEvery, symmetry } = spec;
  return {
    exploration: sha256(text).toString('hex'),
    asked: JSON.stringify({ isSpecAlone, properties, wholeEvery, symmetry }),
    ...sources,
  };
}

/** @throws whatever the file system says */
export function writeCheckpoint(path: string, identity: Identity, position: Position, graph: GraphParts | null): void {
  const { visited, taken, levelEnd, levels, generated, ends, degrees, actions, exercised } = position;
  const { table, parents, actions: log, numbers: byPlace } = visited.parts();
  const { min } = degrees;
  const header: Header = {
    schema: CHECKPOINT_SCHEMA,
    identity: identified(identity),
    states: visited.size,
    places: table.length / 2,
    taken,
    levelEnd,
    levels,
    generated,
    ends,
    degrees: { ...degrees, min: Number.isFinite(min) ? min : null },
    actions,
    exercised,
    graph,
  };
  const parts = [table, parents, log, byPlace ?? new Uint32Array()].map(bytes);
  const content = Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), ...parts]);
  writeWhole(path, Buffer.concat([content, sha256(content)]));
}

/** @throws InputError if it is none, is damaged, or is of another search */
export function readCheckpoint(
  path: string,
  identity: Identity,
): { readonly position: Position; readonly graph: GraphParts | null } {
  const file = read(path);
  const content = file.subarray(0, Math.max(0, file.length - HASH_BYTES));
  const end = content.indexOf('\n');
  if (end < 0 || !content.toString('utf8', 0, 100).includes(CHECKPOINT_SCHEMA))
    throw new InputError(`${path}: is no ${CHECKPOINT_SCHEMA}`);
  if (!sha256(content).equals(file.subarray(content.length))) throw new InputError(`${path}: is damaged`);
  const decoded = Header.decode(JSON.parse(content.toString('utf8', 0, end)));
  if (decoded._tag === 'Left') throw new InputError(`${path}: ${explained(decoded.left)}`);
  const { states, places, graph, degrees, ...rest } = decoded.right;
  expectSame(path, rest.identity, identified(identity));
  let at = end + 1;
  const next = (length: number): ArrayBuffer => {
    const part = content.subarray(at, (at += length));
    return part.buffer.slice(part.byteOffset, part.byteOffset + part.length) as ArrayBuffer;
  };
  const table = new Uint32Array(next(places * 8));
  const parents = new Uint32Array(next(states * 4));
  const actions = new Uint16Array(next(states * 2));
  const numbers = graph === null ? null : new Uint32Array(next(places * 4));
  return {
    position: {
      ...rest,
      degrees: { ...degrees, min: degrees.min ?? Infinity },
      visited: Visited.from({ table, parents, actions, numbers }),
    },
    graph,
  };
}

function expectSame(path: string, written: Header['identity'], now: Header['identity']): void {
  if (written.exploration !== now.exploration) throw new InputError(`${path}: is of another exploration`);
  if (written.asked !== now.asked)
    throw new InputError(`${path}: asks something else: ${written.asked}, and now ${now.asked}`);
  if (written.spec !== now.spec || written.impl !== now.impl)
    throw new InputError(`${path}: was made by another build of corres; its states may be others`);
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new InputError(`${path}: cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
}

function bytes({ buffer, byteOffset, byteLength }: Uint32Array | Uint16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
