/** Names for people: objects and slots of the world by their names there, later ones by kind and number in the order of their making. */
import type { KernelConfig } from '../../spec/abi/config.ts';
import { labelName } from '../../spec/abi/variant.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { TCB_SLOTS } from '../../spec/state/kernel-state.ts';
import type { KernelObject } from '../../spec/state/objects.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { Operation } from '../program/operations.ts';
import { operationIn, operationNamed } from '../program/operations.ts';
import type { World } from '../world/world.ts';

const KINDS: Readonly<Record<KernelObject['_tag'], string>> = {
  Tcb: 'tcb',
  IdleEP: 'ep',
  SendEP: 'ep',
  RecvEP: 'ep',
  Notification: 'ntfn',
  Reply: 'reply',
  SchedContext: 'sc',
  CNode: 'cnode',
  DataPage: 'frame',
  PageTable: 'pt',
  ASIDPool: 'pool',
};

/** By kernel. */
const TCB_SLOT_NAMES = {
  classic: ['CTable', 'VTable', 'Reply', 'Caller', 'Buffer'],
  mcs: ['CTable', 'VTable', 'Buffer', 'FaultHandler', 'TimeoutHandler'],
} as const;

export interface Names {
  /** Learns the objects that have come into being. */
  readonly learn: (s: KernelState) => void;
  /** Name of the object at an address, or the address. */
  readonly object: (address: number) => string;
  /** `CNODE[22] ep1`, `A.Caller`, or the address. */
  readonly slot: (address: number) => string;
  /** What a thread calls a capability: the name of the root CNode's slot where it is one. */
  readonly cptr: (word: bigint) => string;
  /** Whether this is what threads call the root CNode. */
  readonly isRoot: (cptr: bigint) => boolean;
  /** The invocation that a label stands for, or the label. */
  readonly label: (label: bigint) => string;
  /** An operation as the kernel has it. */
  readonly operation: (name: string) => Operation | undefined;
  /** Puts names in the place of addresses in a text of the relation or a property. */
  readonly text: (sentence: string) => string;
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly name: string;
  readonly isTcb: boolean;
}

export function namesOf(world: World, config: KernelConfig): Names {
  const names = new Map(world.objectNames);
  const counts = new Map<string, number>();
  const spans = new Map<number, Span>();
  const known = new Map<number, KernelObject['_tag']>();
  const learn = (s: KernelState): void => {
    PMap.forEach(s.heap, (value, key) => {
      const address = key * 16;
      const kind = KINDS[value._tag];
      if (known.get(address) === value._tag && names.has(address)) return;
      const isNew = !names.has(address) || (known.has(address) && KINDS[known.get(address) ?? value._tag] !== kind);
      known.set(address, value._tag);
      if (isNew) {
        const count = (counts.get(kind) ?? 0) + 1;
        counts.set(kind, count);
        names.set(address, `new ${kind} ${count}`);
      }
      const name = names.get(address) ?? '';
      if (value._tag === 'CNode')
        spans.set(address, {
          from: address,
          to: address + 2 ** (value.radixBits + config.slotBits),
          name,
          isTcb: false,
        });
      if (value._tag === 'Tcb') spans.set(address, { from: address, to: address + TCB_SLOTS * 32, name, isTcb: true });
    });
  };
  const object = (address: number): string => names.get(address) ?? `0x${address.toString(16)}`;
  const slot = (address: number): string => {
    for (const { from, to, name, isTcb } of spans.values()) {
      if (address < from || address >= to) continue;
      const index = (address - from) / 32;
      if (isTcb) return `${name}.${TCB_SLOT_NAMES[config.variant][index] ?? index}`;
      const isNamed = from === world.rootCNode || world.cnodes?.has(from) === true;
      const called = isNamed ? world.slotNames.get(index) : undefined;
      return `${name}[${index}]${called === undefined ? '' : ` ${called}`}`;
    }
    return `0x${address.toString(16)}`;
  };
  return {
    learn,
    object,
    slot,
    cptr: (word) => (word < 4096n ? (world.slotNames.get(Number(word)) ?? String(word)) : `0x${word.toString(16)}`),
    label: (label) => labelName(config, label) ?? String(label),
    operation: (name) => operationIn(config, name) ?? operationNamed(name),
    isRoot: (cptr) => world.slotNames.get(Number(cptr)) === 'CNODE',
    text: (sentence) =>
      sentence
        .replaceAll(/slot 0x([0-9a-f]+)/g, (_, address: string) => `slot ${slot(parseInt(address, 16))}`)
        .replaceAll(/0x([0-9a-f]+)/g, (all, address: string) => names.get(parseInt(address, 16)) ?? all),
  };
}
