/**
 * What a step changed, found without asking either kernel: the implementation's memory against its shadow, the specification's maps by
 * reference. The union of both is what is compared.
 */
import type { Dirty } from '../../properties/property.ts';
import type { KernelConfig } from '../../spec/abi/config.ts';
import { powerOf2 } from '../../spec/abi/words.ts';
import { capRange } from '../../spec/state/cap-rules.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { object } from '../../spec/state/kernel-state.ts';
import type { KernelObject } from '../../spec/state/objects.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { Difference, Image } from '../relation/image.ts';
import { differ, hex, inMemory, load } from '../relation/image.ts';
import { objectBytes } from '../relation/state.ts';
import { compareMemoryWord } from '../relation/user-memory.ts';
import type { MemoryDiff } from './memory-diff.ts';
import { BLOCK, GRANULE } from './memory-diff.ts';

/** Kinds of owner, in the order of their numbers. */
const FREE = 0;
const SLOTS = 1;
const TCB = 2;
/** What is compared as a whole. */
const PLAIN_OBJECT = 3;
const PAGE = 4;
const GLOBALS = 5;
const TCB_SLOT_BYTES = 160;

export interface DirtySet extends Dirty {
  readonly objects: number[];
  readonly slots: number[];
  readonly queues: number[];
  globals: boolean;
  tables: boolean;
}

export interface DirtyTracker {
  /** Starts anew: `s` is the state that the memory as it is now stands for. Only its first bytes differ from what was last compared. */
  reset(s: KernelState, bytes: number): void;
  /** From one state to another that memory was taken to as well. */
  move(from: KernelState, to: KernelState): void;
  /** How many granules the last call of `collect` found changed in memory: the first ones of the comparison's list. */
  readonly changedGranules: number;
  /** Bytes of RAM in which everything lies: from the first one to the end of the last object and of all memory that objects may be made in. */
  readonly usedBytes: number;
  /**
   * Compares the memory behind that, which nobody owns and nobody ever may. `collect` leaves it out: on real sizes it is nearly all of memory,
   * and looking at it takes longer than everything else in a step.
   */
  compareUnused(): void;
  /** What changed from `before` to `after` and in memory since the last call. Words of user memory are compared at once. */
  collect(before: KernelState, after: KernelState): DirtySet;
}

export function dirtyTracker(m: Image, diff: MemoryDiff, out: Difference[]): DirtyTracker {
  const granules = m.bytes / GRANULE;
  /** Per granule: the kind of the object there, and its address as a granule number. */
  const kind = new Uint8Array(granules);
  const start = new Int32Array(granules);
  const objectStamp = new Int32Array(granules);
  const slotStamp = new Int32Array(granules / 2);
  const queueStamp = new Int32Array(m.config.priorities * m.config.domains);
  let stamp = 0;
  const L = m.layout;
  const set: DirtySet = { objects: [], slots: [], queues: [], globals: false, tables: false };
  const made: number[] = [];
  let usedBytes = m.bytes;
  let changedGranules = 0;

  const own = (address: number, object: KernelObject, present: boolean): void => {
    if (!inMemory(m, address)) return;
    const first = (address - m.base) / GRANULE;
    const last = first + objectBytes(m.config, object) / GRANULE;
    kind.fill(present ? kindOf(object) : first < m.config.kernelSize / GRANULE ? GLOBALS : FREE, first, last);
    start.fill(first, first, last);
  };
  const addObject = (address: number): void => {
    if (!inMemory(m, address)) return;
    const granule = (address - m.base) / GRANULE;
    if (objectStamp[granule] === stamp) return;
    objectStamp[granule] = stamp;
    set.objects.push(address);
  };
  const addSlot = (slot: number): void => {
    const index = (slot - m.base) / 32;
    if (slotStamp[index] === stamp) return;
    slotStamp[index] = stamp;
    set.slots.push(slot);
  };
  const addQueue = (key: number): void => {
    if (queueStamp[key] === stamp) return;
    queueStamp[key] = stamp;
    set.queues.push(key);
  };

  const addGranule = (offset: number, s: KernelState): void => {
    const granule = offset / GRANULE;
    const address = m.base + offset;
    switch (kind[granule]) {
      case SLOTS:
        addSlot(address - (offset % 32));
        break;
      case TCB: {
        const owner = m.base + (start[granule] ?? 0) * GRANULE;
        if (address - owner < TCB_SLOT_BYTES) addSlot(address - (offset % 32));
        else addObject(owner);
        break;
      }
      case PLAIN_OBJECT:
        addObject(m.base + (start[granule] ?? 0) * GRANULE);
        break;
      case PAGE:
        compareMemoryWord(m, s, address, out);
        compareMemoryWord(m, s, address + 8, out);
        break;
      case GLOBALS:
        addGlobals(address);
        break;
      default:
        expectClear(address);
    }
  };
  /** A new object's slots and memory were somebody else's before: all of them are looked at. */
  const addContents = (address: number, object: KernelObject, s: KernelState): void => {
    const slots = object._tag === 'CNode' ? powerOf2(object.radixBits) : object._tag === 'Tcb' ? L.TCB_SLOT_COUNT : 0;
    for (let n = 0; n < slots; n++) addSlot(address + n * 32);
    if (object._tag !== 'DataPage' || !inMemory(m, address)) return;
    const end = address + objectBytes(m.config, object);
    for (let at = address; at < end; at += 8)
      if (load(m, at) !== 0 || load(m, at + 4) !== 0) compareMemoryWord(m, s, at, out);
  };
  const addGlobals = (address: number): void => {
    set.globals = true;
    const inQueues = address + GRANULE > L.KS_READY_QUEUES && address < L.KS_DOMAIN_SCHEDULE;
    if (inQueues) {
      const first = Math.max(0, Math.floor((address - L.KS_READY_QUEUES) / L.READY_QUEUE_BYTES));
      const last = Math.min(
        queueStamp.length - 1,
        Math.floor((address + GRANULE - 1 - L.KS_READY_QUEUES) / L.READY_QUEUE_BYTES),
      );
      for (let key = first; key <= last; key++) addQueue(key);
    }
    if (address + GRANULE > L.KS_DOMAIN_SCHEDULE) set.tables = true;
  };
  /** Threads that came into the release queue or left it: the first one's links need not change by that. */
  const addReleased = (was: readonly number[], is: readonly number[]): void => {
    if (was === is) return;
    for (const thread of was) if (!is.includes(thread)) addObject(thread);
    for (const thread of is) if (!was.includes(thread)) addObject(thread);
  };
  /** Memory that belongs to nothing changes only by being cleared. */
  const expectClear = (address: number): void => {
    for (let at = address; at < address + GRANULE; at += 4) {
      if (load(m, at) !== 0) differ(out, `free memory ${hex(at)}`, 'word', 'unchanged or cleared', hex(load(m, at)));
    }
  };

  return {
    get usedBytes() {
      return usedBytes;
    },
    get changedGranules() {
      return changedGranules;
    },
    move: (from, to) => {
      clear(made);
      PMap.diff(from.heap, to.heap, (key, was, is) => {
        if (was !== undefined && is !== undefined && !isRemade(m.config, was, is)) return;
        if (was !== undefined) own(key * 16, was, false);
        if (is !== undefined) made.push(key * 16);
      });
      for (const ref of made) {
        const value = object(to, ref);
        if (value !== undefined) own(ref, value, true);
      }
    },
    reset: (s, bytes) => {
      usedBytes = usedMemory(m, s);
      kind.fill(FREE);
      kind.fill(GLOBALS, 0, m.config.kernelSize / GRANULE);
      PMap.forEach(s.heap, (object, key) => {
        own(key * 16, object, true);
      });
      diff.resync(bytes);
    },
    compareUnused,
    collect: (before, after) => {
      stamp++;
      clear(set.objects);
      clear(set.slots);
      clear(set.queues);
      set.globals = before.globals !== after.globals;
      set.tables =
        before.globals.irqStates !== after.globals.irqStates ||
        before.globals.ioPorts !== after.globals.ioPorts ||
        before.globals.machine.irqMasked !== after.globals.machine.irqMasked ||
        before.globals.domainSchedule !== after.globals.domainSchedule;
      // Objects that are gone let go of their memory before new ones take it.
      clear(made);
      PMap.diff(before.heap, after.heap, (key, was, is) => {
        const remade = was === undefined || is === undefined || isRemade(m.config, was, is);
        if (was !== undefined && remade) own(key * 16, was, false);
        if (is === undefined) return;
        if (remade) made.push(key * 16);
        addObject(key * 16);
      });
      for (const ref of made) {
        const value = object(after, ref);
        if (value === undefined) continue;
        own(ref, value, true);
        addContents(ref, value, after);
      }
      PMap.diff(before.caps, after.caps, (key) => {
        addSlot(key * 32);
      });
      PMap.diff(before.cdt, after.cdt, (key) => {
        addSlot(key * 32);
      });
      PMap.diff(before.queues, after.queues, addQueue);
      addReleased(before.globals.time.releaseQueue, after.globals.time.releaseQueue);
      PMap.diff(before.memory, after.memory, (key) => {
        if (kind[Math.floor((key * 8 - m.base) / GRANULE)] === PAGE) compareMemoryWord(m, after, key * 8, out);
      });
      changedGranules = diff.changed(0, usedBytes);
      for (let n = 0; n < changedGranules; n++) addGranule(diff.offsets[n] ?? 0, after);
      addRelated(after);
      return set;
    },
  };

  function compareUnused(): void {
    const count = diff.changed(usedBytes, m.bytes);
    for (let n = 0; n < count; n++) {
      differ(out, `unused memory ${hex(m.base + (diff.offsets[n] ?? 0))}`, 'memory', 'unchanged', 'changed');
    }
  }

  /** A thread whose links may have changed drags in the queues it is, or says it is, in. */
  function addRelated(s: KernelState): void {
    for (let n = 0; n < set.objects.length; n++) {
      const address = set.objects[n] ?? 0;
      if (kind[(address - m.base) / GRANULE] !== TCB) continue;
      if (load(m, address + L.TCB_IN_RELEASE_QUEUE) !== 0) set.globals = true;
      const blocking = load(m, address + L.TCB_BLOCKING_OBJECT);
      if (blocking !== 0 && inMemory(m, blocking)) addObject(blocking);
      if (load(m, address + L.TCB_QUEUED) !== 0) {
        const key = load(m, address + L.TCB_DOMAIN) * s.config.priorities + load(m, address + L.TCB_PRIORITY);
        if (key < queueStamp.length) addQueue(key);
      }
    }
  }
}

/** Setting a length is a call into the engine, also when it is the same. */
export function clear(list: unknown[]): void {
  if (list.length > 0) list.length = 0;
}

/** Objects are made in the memory of untypeds, and untypeds in that of untypeds: what the first ones cover is all there will ever be. */
function usedMemory(m: Image, s: KernelState): number {
  let end = m.base + m.config.kernelSize;
  const cover = (start: number, bytes: number): void => {
    if (inMemory(m, start)) end = Math.max(end, start + bytes);
  };
  PMap.forEach(s.heap, (value, key) => {
    cover(key * 16, objectBytes(m.config, value));
  });
  PMap.forEach(s.caps, (cap) => {
    const range = capRange(m.config, cap);
    if (range !== null) cover(range.start, range.size);
  });
  return Math.min(Math.ceil((end - m.base) / BLOCK) * BLOCK, m.bytes);
}

/** Another object in the place of one that a reset of its untyped took away in the same step. */
function isRemade(config: KernelConfig, was: KernelObject, is: KernelObject): boolean {
  return kindOf(was) !== kindOf(is) || objectBytes(config, was) !== objectBytes(config, is);
}

function kindOf(object: KernelObject): number {
  switch (object._tag) {
    case 'CNode':
      return SLOTS;
    case 'Tcb':
      return TCB;
    case 'DataPage':
      return PAGE;
    default:
      return PLAIN_OBJECT;
  }
}
