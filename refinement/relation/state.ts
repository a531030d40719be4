/**
 * The whole state: the implementation's memory stands for the abstract state. Writes nothing; what differs goes to the list.
 *
 * Free memory is the one thing that one state alone says nothing about: see `compareFree`.
 *
 * @source l4v proof/refine/X64/StateRelation.thy `state_relation`
 */
import type { KernelConfig } from '../../spec/abi/config.ts';
import { powerOf2 } from '../../spec/abi/words.ts';
import { NULL_CAP } from '../../spec/state/caps.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { TCB_SLOTS, slotKey } from '../../spec/state/kernel-state.ts';
import type { KernelObject } from '../../spec/state/objects.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { ObjRef, SlotRef } from '../../spec/state/refs.ts';
import { compareCap } from './cap.ts';
import { compareDescendants, compareMdb } from './cdt.ts';
import { compareEndpoint } from './endpoint.ts';
import type { Difference, Image } from './image.ts';
import { inMemory } from './image.ts';
import { compareNotification } from './notification.ts';
import { compareReply } from './reply.ts';
import {
  compareDomainSchedule,
  compareGlobals,
  compareIOPorts,
  compareInterrupts,
  compareReadyQueue,
} from './scheduler.ts';
import { compareContext, compareTcb } from './tcb.ts';
import { compareSchedContext } from './time.ts';
import { compareFrame, compareMemoryWord } from './user-memory.ts';
import { compareASIDPool, comparePageTable } from './vspace.ts';

/** Bytes an object takes. */
export function objectBytes(config: KernelConfig, value: KernelObject): number {
  switch (value._tag) {
    case 'Tcb':
      return powerOf2(config.tcbBits);
    case 'IdleEP':
    case 'SendEP':
    case 'RecvEP':
      return powerOf2(config.endpointBits);
    case 'Notification':
      return powerOf2(config.notificationBits);
    case 'Reply':
      return powerOf2(config.replyBits);
    case 'SchedContext':
      return powerOf2(value.sizeBits);
    case 'CNode':
      return powerOf2(value.radixBits + config.slotBits);
    case 'DataPage':
      return powerOf2(config.frameBits[value.size]);
    case 'PageTable':
      return powerOf2(config.pageTableBits);
    case 'ASIDPool':
      return powerOf2(config.asidPoolBits);
  }
}

/** A slot: its capability and its place in the derivation. */
export function compareSlot(m: Image, s: KernelState, slot: SlotRef, out: Difference[]): void {
  compareCap(m, slot, PMap.get(s.caps, slotKey(slot)) ?? NULL_CAP, out);
  compareMdb(m, s, slot, out);
}

/** An object's own words; slots, registers and frame contents apart. */
export function compareObject(m: Image, s: KernelState, ref: ObjRef, value: KernelObject, out: Difference[]): void {
  switch (value._tag) {
    case 'Tcb':
      compareTcb(m, s, ref, value, out);
      break;
    case 'IdleEP':
    case 'SendEP':
    case 'RecvEP':
      compareEndpoint(m, ref, value, out);
      break;
    case 'Notification':
      compareNotification(m, ref, value, out);
      break;
    case 'Reply':
      compareReply(m, s, ref, value, out);
      break;
    case 'SchedContext':
      compareSchedContext(m, ref, value, out);
      break;
    case 'PageTable':
      comparePageTable(m, ref, value, out);
      break;
    case 'ASIDPool':
      compareASIDPool(m, ref, value, out);
      break;
    case 'CNode':
    case 'DataPage':
      break;
  }
}

/** All differences between a memory image and a state. */
export function compareState(m: Image, s: KernelState): readonly Difference[] {
  const out: Difference[] = [];
  compareGlobals(m, s.globals, out);
  compareInterrupts(m, s.globals, out);
  compareIOPorts(m, s.globals, out);
  compareDomainSchedule(m, s.globals, out);
  for (let key = 0; key < s.config.domains * s.config.priorities; key++) compareReadyQueue(m, s, key, out);
  PMap.forEach(s.heap, (value, key) => {
    const ref = key * 16;
    compareObject(m, s, ref, value, out);
    compareContents(m, s, ref, value, out);
  });
  PMap.forEach(s.memory, (_, key) => {
    if (inMemory(m, key * 8)) compareMemoryWord(m, s, key * 8, out);
  });
  compareDescendants(m, s, out);
  return out;
}

function compareContents(m: Image, s: KernelState, ref: ObjRef, value: KernelObject, out: Difference[]): void {
  const bytes = objectBytes(s.config, value);
  switch (value._tag) {
    case 'Tcb':
      compareContext(m, ref, value, out);
      for (let i = 0; i < TCB_SLOTS; i++) compareSlot(m, s, ref + i * 32, out);
      break;
    case 'CNode':
      for (let slot = ref; slot < ref + bytes; slot += 32) compareSlot(m, s, slot, out);
      break;
    case 'DataPage':
      compareFrame(m, s, ref, bytes, out);
      break;
    default:
  }
}
