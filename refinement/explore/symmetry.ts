/**
 * What a system can be turned into by interchanging components. Two components are interchangeable if they are made alike and the same may happen in both; whether two
 * states really are alike then, their fingerprints say.
 */
import type { KernelConfig } from '../../spec/abi/config.ts';
import type { Row } from '../program/program.ts';
import { isCallRow } from '../program/program.ts';
import type { World } from '../world/world.ts';
import { InputError } from '../input-error.ts';
import type { Action } from './alphabet.ts';
import type { Renaming } from './fingerprint.ts';
import type { Exploration } from './format.ts';

/** Memory of one component, and the same of another. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** With more, there are more renamings than states saved. */
const MOST = 4;

/** @param where names the file in errors */
export function symmetryOf(
  { interchangeable = [], system }: Exploration,
  world: World,
  config: KernelConfig,
  actions: readonly Action[],
  where: string,
): readonly Renaming[] {
  const names = Object.keys(system.components);
  const fail = (what: string): never => {
    throw new InputError(`${where}: interchangeable: ${what}`);
  };
  if (interchangeable.length > MOST) fail(`more than ${MOST} components`);
  for (const [n, name] of interchangeable.entries()) {
    if (!names.includes(name)) fail(`there is no component '${name}'`);
    if (interchangeable.indexOf(name) !== n) fail(`'${name}' is there twice`);
    if (system.components[name]?.untyped !== undefined) fail(`'${name}' has memory to make objects in`);
  }
  if (interchangeable.length > 0 && actions.some(({ row }) => row.op === 'CNode_Revoke' && isInterrupted(row)))
    fail('an interrupted CNode_Revoke shows which capability was derived first');
  const [first = ''] = interchangeable;
  const parts = partsOf(first, world, config);
  for (const name of interchangeable) {
    const alike = partsOf(name, world, config);
    if (alike.size !== parts.size || [...parts.keys()].some((part) => !alike.has(part)))
      fail(`'${first}' and '${name}' are not made alike`);
    expectSameEvents(first, name, actions, fail);
  }
  return permutations(interchangeable)
    .slice(1)
    .map((order) =>
      renaming(new Map(interchangeable.map((name, n) => [name, order[n] ?? name])), world, config, names),
    );
}

const isInterrupted = (row: Row): boolean => isCallRow(row) && row.irqCountdown !== null;

/** The objects that are a component's own, by what they are to it. */
function partsOf(name: string, { objectNames, boot }: World, config: KernelConfig): ReadonlyMap<string, Range> {
  const parts = new Map<string, Range>();
  for (const [ref, called] of objectNames) {
    if (!called.startsWith(`${name}.`)) continue;
    const object = boot.objects.find(({ address }) => address === ref);
    if (object !== undefined)
      parts.set(called.slice(name.length + 1), { start: ref, end: ref + bytesOf(object, config) });
  }
  return parts;
}

function bytesOf(object: World['boot']['objects'][number], config: KernelConfig): number {
  switch (object.type) {
    case 'CNode':
      return 2 ** (object.radixBits + config.slotBits);
    case 'Tcb':
      return 2 ** config.tcbBits;
    case 'Frame':
      return 2 ** config.frameBits[object.size];
    case 'ASIDPool':
      return 2 ** config.asidPoolBits;
    default:
      // A component has nothing else but page tables.
      return 2 ** config.pageTableBits;
  }
}

/** What may happen in one of them must be able to happen in the other. */
function expectSameEvents(one: string, other: string, actions: readonly Action[], fail: (what: string) => never): void {
  const eventsOf = (name: string): readonly string[] =>
    actions
      .filter(({ name: shown }) => shown.startsWith(`${name}.`))
      .map(({ name: shown }) => shown.slice(name.length))
      .sort();
  if (JSON.stringify(eventsOf(one)) !== JSON.stringify(eventsOf(other)))
    fail(`other events happen in '${one}' than in '${other}'`);
}

function renaming(
  to: ReadonlyMap<string, string>,
  world: World,
  config: KernelConfig,
  names: readonly string[],
): Renaming {
  const moves = [...to].flatMap(([from, onto]) => {
    const there = partsOf(onto, world, config);
    return from === onto
      ? []
      : [...partsOf(from, world, config)].map(([part, { start, end }]) => ({
          start,
          end,
          by: (there.get(part)?.start ?? start) - start,
        }));
  });
  // Components have the pools of the table in their order.
  const pools = new Map([...to].map(([from, onto]) => [names.indexOf(from), names.indexOf(onto)]));
  const perPool = 2 ** (config.asidPoolBits - 3);
  const pool = (index: number): number => pools.get(index) ?? index;
  return {
    address: (address) => {
      for (const { start, end, by } of moves) if (address >= start && address < end) return address + by;
      return address;
    },
    pool,
    asid: (asid) => pool(Math.floor(asid / perPool)) * perPool + (asid % perPool),
  };
}

/** The first one leaves everything where it is. */
function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, n) =>
    permutations([...items.slice(0, n), ...items.slice(n + 1)]).map((rest) => [item, ...rest]),
  );
}
