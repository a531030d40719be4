/** Interrupts, and memory that is the kernel's own or the devices'. */
import { powerOf2 } from '../../spec/abi/words.ts';
import type { Cap } from '../../spec/state/caps.ts';
import type { IrqState, KernelState } from '../../spec/state/kernel-state.ts';
import { object, slotAt } from '../../spec/state/kernel-state.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { StateInvariant } from '../property.ts';
import {
  INVARIANTS_AI,
  atObject,
  atSlot,
  countCaps,
  countObjects,
  hex,
  l4v,
  perCap,
  perObject,
  perState,
  whole,
} from './check.ts';
import { irqNodes } from './references.ts';
import { capBits, objectBits, surveyOf } from './survey.ts';

export const validIrqNode: StateInvariant = {
  name: 'valid_irq_node',
  kind: 'state',
  statement: 'Every interrupt has its own node, a CNode of one slot.',
  l4v: l4v(INVARIANTS_AI, 'valid_irq_node', 'nodes are different because they are addressed by one base'),
  evidence: ['spec-irq-node-of-two-slots'],
  ...whole((s, out) => {
    for (let irq = 0; irq < s.config.irqs; irq++) {
      const ref = slotAt(s.globals.irqNode, irq);
      const node = object(s, ref);
      if (node?._tag !== 'CNode' || node.radixBits !== 0)
        out.push({
          where: atObject(ref),
          because: `the node of interrupt ${irq} is not a CNode of one slot`,
        });
    }
  }),
  exercised: (s) => s.config.irqs,
};

export const validIrqHandlers: StateInvariant = {
  name: 'valid_irq_handlers',
  kind: 'state',
  statement: 'The interrupt of a handler capability is in the state that signals.',
  l4v: l4v(INVARIANTS_AI, 'valid_irq_handlers'),
  evidence: ['spec-handler-of-inactive-interrupt'],
  ...perCap((s, slot, cap, _, out) => {
    if (cap._tag !== 'IRQHandlerCap') return;
    const state = s.globals.irqStates[cap.irq];
    if (state !== 'Signal')
      out.push({
        where: atSlot(slot),
        because: `handles interrupt ${cap.irq}, which is ${state ?? 'none'}`,
      });
  }),
  exercised: (s) => countCaps(s, (cap) => cap._tag === 'IRQHandlerCap'),
};

/** Interrupts hardly ever change state, and are looked at in every step. */
let lastGoodStates: readonly IrqState[] | null = null;
let lastGoodMasks: readonly boolean[] | null = null;

export const validIrqStates: StateInvariant = {
  name: 'valid_irq_states',
  kind: 'state',
  statement: 'Interrupts that nobody uses are masked.',
  l4v: l4v(INVARIANTS_AI, 'valid_irq_states'),
  evidence: ['spec-nothing-masked'],
  ...perState((s, out) => {
    const { irqStates, machine } = s.globals;
    if (irqStates === lastGoodStates && machine.irqMasked === lastGoodMasks) return;
    for (let irq = 0; irq < irqStates.length; irq++) {
      if (irqStates[irq] === 'Inactive' && machine.irqMasked[irq] !== true)
        out.push({
          where: `interrupt ${irq}`,
          because: 'inactive but not masked',
        });
    }
    if (out.length > 0) return;
    lastGoodStates = irqStates;
    lastGoodMasks = machine.irqMasked;
  }),
  exercised: (s) => s.globals.irqStates.filter((state) => state === 'Inactive').length,
};

export const validGlobalRefs: StateInvariant = {
  name: 'valid_global_refs',
  kind: 'state',
  statement: "No capability covers the idle thread, the interrupts' nodes or other memory of the kernel itself.",
  l4v: l4v(
    INVARIANTS_AI,
    'valid_global_refs',
    "the kernel's whole region is reserved; l4v lists idle thread, interrupt nodes and page tables",
  ),
  evidence: ['spec-address-cut-short'],
  ...perCap((s, slot, cap, _, out) => {
    const bits = capBits(s.config, cap);
    if (bits < 0 || !('ref' in cap)) return;
    const { ramBase, kernelSize, tcbBits } = s.config;
    const end = cap.ref + powerOf2(bits);
    const meets = (from: number, to: number): boolean => cap.ref < to && end > from;
    const { idleThread } = s.globals;
    const [first, last] = irqNodes(s);
    if (meets(idleThread, idleThread + powerOf2(tcbBits)))
      out.push({
        where: atSlot(slot),
        because: `its ${cap._tag} covers the idle thread`,
      });
    else if (meets(first, last))
      out.push({
        where: atSlot(slot),
        because: `its ${cap._tag} covers an interrupt's node`,
      });
    else if (meets(ramBase, ramBase + kernelSize))
      out.push({
        where: atSlot(slot),
        because: `its ${cap._tag} covers memory of the kernel`,
      });
  }),
  exercised: (s) => countCaps(s, (cap) => cap._tag === 'UntypedCap'),
};

/** Whether the range is memory, as opposed to a device's; null when it is partly both. */
function isRam(s: KernelState, start: number, bytes: number): boolean | null {
  const { ramBase, ramSize } = s.config;
  if (start >= ramBase && start + bytes <= ramBase + ramSize) return true;
  return start + bytes <= ramBase || start >= ramBase + ramSize ? false : null;
}

export const pspaceRespectsDeviceRegion: StateInvariant = {
  name: 'pspace_respects_device_region',
  kind: 'state',
  statement: 'Pages of device memory lie where no memory is, all other objects in memory.',
  l4v: l4v(INVARIANTS_AI, 'pspace_respects_device_region', 'of all objects, not only of pages'),
  evidence: ['spec-anything-in-device-memory'],
  ...perObject((s, ref, value, out) => {
    const device = value._tag === 'DataPage' && value.device;
    if (isRam(s, ref, powerOf2(objectBits(s.config, value))) !== !device) {
      out.push({
        where: atObject(ref),
        because: device ? 'a device page in memory' : `a ${value._tag} outside of memory`,
      });
    }
  }),
  exercised: (s) => countObjects(s, (value) => value._tag === 'DataPage'),
};

function isDeviceCap(cap: Cap): boolean {
  return (cap._tag === 'UntypedCap' || cap._tag === 'FrameCap') && cap.device;
}

export const capRefsRespectsDeviceRegion: StateInvariant = {
  name: 'cap_refs_respects_device_region',
  kind: 'state',
  statement: 'Device capabilities cover no memory, all others nothing but memory.',
  l4v: l4v(INVARIANTS_AI, 'cap_refs_respects_device_region'),
  evidence: ['spec-device-forgotten'],
  ...perCap((s, slot, cap, _, out) => {
    const bits = capBits(s.config, cap);
    if (bits < 0 || !('ref' in cap)) return;
    if (isRam(s, cap.ref, powerOf2(bits)) !== !isDeviceCap(cap)) {
      out.push({
        where: atSlot(slot),
        because: `a ${isDeviceCap(cap) ? 'device ' : ''}${cap._tag} at ${hex(cap.ref)} of 2^${bits} bytes`,
      });
    }
  }),
  exercised: (s) => countCaps(s, isDeviceCap),
};

export const validMachineState: StateInvariant = {
  name: 'valid_machine_state',
  kind: 'state',
  statement: "Memory outside of users' pages is zero.",
  l4v: l4v(INVARIANTS_AI, 'valid_machine_state', 'memory that holds objects counts as zero, as it does there'),
  evidence: ['spec-reset-does-not-clear'],
  ...whole((s, out) => {
    const pages = surveyOf(s).objects.filter(({ object: value }) => value._tag === 'DataPage' && !value.device);
    let at = 0;
    PMap.forEach(s.memory, (value, key) => {
      const address = key * 8;
      while (address >= (pages[at]?.end ?? Infinity)) at++;
      if (address < (pages[at]?.ref ?? Infinity))
        out.push({
          where: `word ${hex(address)}`,
          because: `holds 0x${value.toString(16)} outside of any page`,
        });
    });
  }),
  exercised: (s) => {
    let words = 0;
    PMap.forEach(s.memory, () => words++);
    return words;
  },
};
