/** Capabilities on their own, and untyped memory against the objects in it. */
import { powerOf2 } from '../../spec/abi/words.ts';
import type { Cap } from '../../spec/state/caps.ts';
import { ALLOW_READ, ALLOW_WRITE, ALL_RIGHTS } from '../../spec/state/caps.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { TCB_SLOTS, object } from '../../spec/state/kernel-state.ts';
import { asidsPerPool } from '../../spec/state/vspace.ts';
import type { StateInvariant } from '../property.ts';
import { INVARIANTS_AI, atSlot, countCaps, hex, l4v, perCap, whole } from './check.ts';
import { isEndpoint } from './objects.ts';
import { capBits, surveyOf } from './survey.ts';

/** Why the capability is no valid one, or null. */
function fault(s: KernelState, cap: Cap): string | null {
  const bits = capBits(s.config, cap);
  if (bits >= 0 && 'ref' in cap) {
    if (bits >= s.config.wordBits) return `covers 2^${bits} bytes`;
    if (cap.ref % powerOf2(bits) !== 0) return `${hex(cap.ref)} is not aligned to 2^${bits}`;
  }
  switch (cap._tag) {
    case 'NullCap':
      return 'an empty slot is absent, not null';
    case 'UntypedCap':
      return untypedFault(s, cap);
    case 'EndpointCap':
      if ((cap.rights & ~ALL_RIGHTS) !== 0) return `has rights ${cap.rights}`;
      return isEndpoint(s, cap.ref) ? null : `${hex(cap.ref)} is not an endpoint`;
    case 'NotificationCap':
      if ((cap.rights & ~(ALLOW_READ | ALLOW_WRITE)) !== 0) return `has rights ${cap.rights}`;
      return object(s, cap.ref)?._tag === 'Notification' ? null : `${hex(cap.ref)} is not a notification`;
    case 'ReplyCap':
    case 'ThreadCap':
      return object(s, cap.ref)?._tag === 'Tcb' ? null : `${hex(cap.ref)} is not a thread`;
    case 'ReplyObjectCap':
      return object(s, cap.ref)?._tag === 'Reply' ? null : `${hex(cap.ref)} is not a reply object`;
    case 'SchedContextCap': {
      const context = object(s, cap.ref);
      if (cap.sizeBits < s.config.minSchedContextBits) return `a scheduling context of 2^${cap.sizeBits} bytes`;
      const isContext = context?._tag === 'SchedContext' && context.sizeBits === cap.sizeBits;
      return isContext ? null : `${hex(cap.ref)} is not a scheduling context of 2^${cap.sizeBits} bytes`;
    }
    case 'CNodeCap':
      if (cap.radixBits === 0) return 'leads to a CNode of one slot';
      if (cap.guardBits + cap.radixBits > s.config.wordBits || cap.guard >> BigInt(cap.guardBits) !== 0n) {
        return `guard ${cap.guard} of ${cap.guardBits} bits before a radix of ${cap.radixBits}`;
      }
      return isCNode(s, cap.ref, cap.radixBits) ? null : `${hex(cap.ref)} is not a CNode of 2^${cap.radixBits} slots`;
    case 'IRQHandlerCap':
      return cap.irq >= 0 && cap.irq < s.config.irqs ? null : `there is no interrupt ${cap.irq}`;
    case 'Zombie':
      return zombieFault(s, cap);
    case 'FrameCap': {
      const page = object(s, cap.ref);
      if (page?._tag !== 'DataPage' || page.size !== cap.size || page.device !== cap.device) {
        return `${hex(cap.ref)} is not a ${cap.device ? 'device' : 'memory'} page of size ${cap.size}`;
      }
      if (cap.mapped === null) return null;
      if (cap.mapped.asid === 0) return 'is mapped in address space 0';
      return cap.mapped.vaddr % (1n << BigInt(bits)) === 0n ? null : `is mapped at ${cap.mapped.vaddr}, not aligned`;
    }
    case 'PagingCap': {
      const table = object(s, cap.ref);
      if (table?._tag !== 'PageTable' || table.level !== cap.level) return `${hex(cap.ref)} is not a ${cap.level}`;
      return cap.mapped?.asid === 0 ? 'is mapped in address space 0' : null;
    }
    case 'ASIDPoolCap': {
      const pool = object(s, cap.ref);
      if (pool?._tag !== 'ASIDPool') return `${hex(cap.ref)} is not an ASID pool`;
      return cap.base % asidsPerPool(s.config) === 0 ? null : `its first ASID is ${cap.base}`;
    }
    case 'IOPortCap':
      return cap.first <= cap.last && cap.last < s.config.ioPorts ? null : `ports ${cap.first} to ${cap.last}`;
    case 'SchedControlCap':
    case 'DomainCap':
    case 'IRQControlCap':
    case 'ASIDControlCap':
    case 'IOPortControlCap':
    case 'IOSpaceCap':
      return null;
  }
}

function untypedFault(s: KernelState, cap: Cap & { _tag: 'UntypedCap' }): string | null {
  const { minUntypedBits, maxUntypedBits } = s.config;
  if (cap.sizeBits < minUntypedBits || cap.sizeBits > maxUntypedBits) return `covers 2^${cap.sizeBits} bytes`;
  if (cap.freeIndex < 0 || cap.freeIndex > powerOf2(cap.sizeBits))
    return `free index ${cap.freeIndex} of 2^${cap.sizeBits}`;
  return cap.ref === 0 ? 'starts at address 0' : null;
}

function zombieFault(s: KernelState, cap: Cap & { _tag: 'Zombie' }): string | null {
  if (cap.radixBits === null) {
    if (object(s, cap.ref)?._tag !== 'Tcb') return `${hex(cap.ref)} is not a thread`;
  } else if (cap.radixBits === 0 || !isCNode(s, cap.ref, cap.radixBits)) {
    return `${hex(cap.ref)} is not a CNode of 2^${cap.radixBits} slots`;
  }
  const most = cap.radixBits === null ? TCB_SLOTS : powerOf2(cap.radixBits);
  return cap.count >= 0 && cap.count <= most ? null : `${cap.count} slots left of ${most}`;
}

function isCNode(s: KernelState, ref: number, radixBits: number): boolean {
  const value = object(s, ref);
  return value?._tag === 'CNode' && value.radixBits === radixBits;
}

export const validCap: StateInvariant = {
  name: 'valid_cap',
  kind: 'state',
  statement: 'What a capability leads to exists, has its type and size, and its own fields are in range.',
  l4v: l4v(
    INVARIANTS_AI,
    'valid_cap',
    'valid_untyped is an entry of its own; guard and radix of a CNode together fit a word',
  ),
  evidence: ['spec-guard-too-long'],
  ...perCap((s, slot, cap, _, out) => {
    const because = fault(s, cap);
    if (because !== null) out.push({ where: atSlot(slot), because: `${cap._tag}: ${because}` });
  }),
  exercised: (s) => countCaps(s, (cap) => cap._tag !== 'NullCap'),
};

export const validUntyped: StateInvariant = {
  name: 'valid_untyped',
  kind: 'state',
  statement: 'An object that meets the memory of an untyped capability lies wholly in it and below its free memory.',
  l4v: l4v(INVARIANTS_AI, 'valid_untyped'),
  evidence: ['spec-watermark-ignores-alignment'],
  ...whole((s, out) => {
    const { untypeds, objects } = surveyOf(s);
    for (const { slot, cap, start, end } of untypeds) {
      if (cap._tag !== 'UntypedCap') continue;
      const free = start + cap.freeIndex;
      for (const { ref, end: objectEnd } of objects) {
        if (objectEnd <= start) continue;
        if (ref >= end) break;
        if (ref < start || objectEnd > end)
          out.push({
            where: atSlot(slot),
            because: `the object at ${hex(ref)} sticks out of it`,
          });
        else if (objectEnd > free)
          out.push({
            where: atSlot(slot),
            because: `the object at ${hex(ref)} lies in its free memory from ${hex(free)}`,
          });
      }
    }
  }),
  exercised: (s) => countCaps(s, (cap) => cap._tag === 'UntypedCap' && cap.freeIndex > 0),
};
