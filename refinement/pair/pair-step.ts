/**
 * Two runs of one system side by side, which do the same but where a program says otherwise. After every event each partition is asked whether
 * they still look the same to it: in the specification's states, and in memory.
 *
 * What a partition sees are the labels that it reads, the ready queues of their domains and, while it runs, what is current. A step of a partition
 * that the runs look the same to, and that does the same in both, must keep every other partition in the dark. If it does something else, or has
 * learned something that differs, it may tell those whom the policy lets it tell.
 *
 * @source l4v proof/infoflow/InfoFlow.thy `states_equiv_for`; Noninterference.thy `same_for`, `confidentiality_u`
 */
import { createHash } from 'node:crypto';
import { NONLEAKAGE, SCHEDULER_TELLS_NOTHING } from '../../properties/security/pairs.ts';
import type { Label } from '../../properties/security/authority.ts';
import { has, lowest } from '../../properties/security/authority.ts';
import { labelOfSlot } from '../../properties/security/edges.ts';
import type { Flows } from '../../properties/security/policy.ts';
import { flowsOf } from '../../properties/security/policy.ts';
import { isSameList, objectDifference, slotDifference } from '../../properties/security/same.ts';
import { bootState } from '../../spec/state/initial.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import type { KernelObject } from '../../spec/state/objects.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { Row } from '../program/program.ts';
import { INTERRUPTS, isCallRow, toKernelStep } from '../program/program.ts';
import { hex } from '../relation/image.ts';
import type { ImplKernel } from '../step/impl-kernel.ts';
import { describe, writeUserStep } from '../step/enter.ts';
import type { KernelStep } from '../step/kernel-step.ts';
import type { Failure } from '../step/lockstep.ts';
import { stepSpec } from '../step/spec-step.ts';
import type { CompiledSystem } from '../system/compile.ts';

export interface Pair {
  /** The specification's states of the two runs. */
  readonly states: readonly [KernelState, KernelState];
  /** Label of the partition that runs. */
  readonly active: Label | null;
  /** Whether the two runs look the same to a label. */
  isSameTo(label: Label): boolean;
  /** Whether the runs differ to somebody and look the same to somebody else. */
  readonly isSecretKept: boolean;
  /** Bytes of memory that belong to partitions, and those of them that the one that runs cannot read. */
  readonly bytes: number;
  readonly unreadable: number;
  boot(): void;
  /** Who learned something, if the last step failed. */
  readonly observer: Label | null;
  /** What a label sees of one of the runs, as a digest; and what time it is there. */
  viewOf(side: 0 | 1, label: Label): string;
  timeOf(side: 0 | 1): string;
  /** One row of both runs; null when nobody learned anything, and neither side gave up or went another way than its specification. */
  step(row: Row): Failure | null;
}

interface Side {
  readonly impl: ImplKernel;
  readonly bytes: Buffer;
  state: KernelState;
}

/** Things that differ, by a number of their own. */
const OBJECT = 0;
const SLOT = 1;
const WORD = 2;
const QUEUE = 3;
const idOf = (kind: number, key: number): number => key * 4 + kind;

/** A stretch of memory of one label. */
interface Run {
  readonly label: Label;
  readonly from: number;
  readonly to: number;
}

/** A thread has the floating-point registers that are in the unit as long as it owns that; when they are saved is the kernel's business. */
function objectIn({ heap, globals }: KernelState, key: number): KernelObject | undefined {
  const object = PMap.get(heap, key);
  return object?._tag === 'Tcb' && globals.fpuOwner === key * 16
    ? { ...object, fpu: globals.machine.fpu.registers }
    : object;
}

export function makePair(system: CompiledSystem, kernels: readonly [ImplKernel, ImplKernel]): Pair {
  const { labelling, policy, world } = system;
  const { names, domainLabels, silc } = labelling;
  const flows: Flows = flowsOf(policy);
  const [first] = kernels;
  const { layout: L, ramBase, ramSize } = first;
  const booted = bootState(system.config, world.boot);
  const sides = kernels.map((impl): Side => {
    return { impl, bytes: Buffer.from(impl.memory.buffer), state: booted };
  }) as [Side, Side];
  const [one, other] = sides;
  /** What nobody can see: the kernel's own and the kept copies. */
  const invisible = 1 | (silc === null ? 0 : 1 << silc);
  const labels = names.map((_, label) => label);
  const observers = labels.filter((label) => has(labelling.active, label));
  const runs = memoryRuns();
  const bytesOf = labels.map((label) =>
    runs.reduce((sum, run) => (run.label === label ? sum + run.to - run.from : sum), 0),
  );
  const ownedBytes = observers.reduce((sum, label) => sum + bytesOf[label]!, 0);
  const unreadableBytes = labels.map((label) =>
    observers.reduce((sum, owner) => (has(flows.reads[label]!, owner) ? sum : sum + bytesOf[owner]!), 0),
  );
  let ram: Buffer | null = null;

  /** What differs between the two abstract states, and to whom that belongs. */
  const differing = new Map<number, Label>();
  const counts = new Int32Array(names.length);
  let differs = 0;
  /** Labels to whose memory the same applies. */
  let memoryDiffers = 0;
  /** Labels that see a difference in what is current. */
  let currentDiffers = 0;
  /** The difference that was found last for a label. */
  const found: string[] = [];
  let observer: Label | null = null;
  let steps = 0;

  function memoryRuns(): readonly Run[] {
    const list: Run[] = [];
    for (let at = ramBase + system.config.kernelSize; at < ramBase + ramSize; at += 16) {
      const label = labelling.labelOf(at);
      const last = list.at(-1);
      if (has(invisible, label)) continue;
      if (last?.label === label && last.to === at - ramBase) list[list.length - 1] = { ...last, to: at - ramBase + 16 };
      else list.push({ label, from: at - ramBase, to: at - ramBase + 16 });
    }
    return list;
  }

  const isSameTo = (label: Label): boolean =>
    ((differs | memoryDiffers) & flows.reads[label]!) === 0 && !has(currentDiffers, label);

  const note = (id: number, label: Label, difference: string | null): void => {
    if (has(invisible, label)) return;
    const was = differing.has(id);
    if (difference === null) {
      if (!was) return;
      differing.delete(id);
      if (--counts[label]! === 0) differs &= ~(1 << label);
      return;
    }
    found[label] = difference;
    if (was) return;
    differing.set(id, label);
    counts[label]!++;
    differs |= 1 << label;
  };

  const compareObject = (key: number): void => {
    const ref = key * 16;
    const difference = objectDifference(objectIn(one.state, key), objectIn(other.state, key));
    note(idOf(OBJECT, key), labelling.labelOf(ref), difference === null ? null : `object ${hex(ref)}: ${difference}`);
  };
  const compareSlot = (key: number): void => {
    const slot = key * 32;
    const difference = slotDifference(
      PMap.get(one.state.caps, key),
      PMap.get(other.state.caps, key),
      PMap.get(one.state.cdt, key),
      PMap.get(other.state.cdt, key),
    );
    note(
      idOf(SLOT, key),
      labelOfSlot(one.state, labelling, slot),
      difference === null ? null : `slot ${hex(slot)}: ${difference}`,
    );
  };
  const compareWord = (key: number): void => {
    const isSame = PMap.get(one.state.memory, key) === PMap.get(other.state.memory, key);
    note(idOf(WORD, key), labelling.labelOf(key * 8), isSame ? null : `memory ${hex(key * 8)}: word`);
  };
  const compareQueue = (key: number): void => {
    const domain = Math.floor(key / one.state.config.priorities);
    const isSame = isSameList(PMap.get(one.state.queues, key) ?? [], PMap.get(other.state.queues, key) ?? []);
    note(idOf(QUEUE, key), labelOfDomain(domain), isSame ? null : `ready queue ${hex(key)}: threads`);
  };

  function labelOfDomain(domain: number): Label {
    const those = domainLabels[domain] ?? 0;
    return those === 0 ? 0 : lowest(those);
  }

  const compareTouched = (before: KernelState, after: KernelState): void => {
    PMap.diff(before.heap, after.heap, compareObject);
    PMap.diff(before.caps, after.caps, compareSlot);
    PMap.diff(before.cdt, after.cdt, compareSlot);
    PMap.diff(before.memory, after.memory, compareWord);
    PMap.diff(before.queues, after.queues, compareQueue);
    const [was, is] = [before.globals, after.globals];
    if (was.machine.fpu === is.machine.fpu && was.fpuOwner === is.fpuOwner) return;
    for (const owner of [was.fpuOwner, is.fpuOwner]) if (owner !== null) compareObject(owner / 16);
  };

  /** Words of memory that a label sees and that differ: but for links of the derivation list, which lead through everybody's slots. */
  const compareMemory = (): void => {
    // It may have come to agree again.
    memoryDiffers = 0;
    for (const { label, from, to } of runs) {
      if (has(differs, label) || has(memoryDiffers, label)) continue;
      if (one.bytes.compare(other.bytes, from, to, from, to) === 0) continue;
      const at = firstDifference(from, to);
      if (at < 0) continue;
      memoryDiffers |= 1 << label;
      found[label] = `${placeOf(at)}: word of memory`;
    }
    for (let domain = 0; domain < domainLabels.length; domain++) {
      const label = labelOfDomain(domain);
      if (label === 0 || has(differs, label) || has(memoryDiffers, label)) continue;
      const queues = one.state.config.priorities * L.READY_QUEUE_BYTES;
      const from = L.KS_READY_QUEUES + domain * queues - ramBase;
      const bitmap = L.KS_L1_BITMAP + domain * 4 - ramBase;
      const isSame =
        one.bytes.compare(other.bytes, from, from + queues, from, from + queues) === 0 &&
        one.bytes.compare(other.bytes, bitmap, bitmap + 4, bitmap, bitmap + 4) === 0;
      if (isSame) continue;
      memoryDiffers |= 1 << label;
      found[label] = `ready queues of domain ${domain}: words of memory`;
    }
  };

  const firstDifference = (from: number, to: number): number => {
    const a = one.impl.words;
    const b = other.impl.words;
    for (let n = from >>> 2; n < to >>> 2; n++) {
      if (a[n] === b[n]) continue;
      if (!isLink(n * 4)) return n * 4;
    }
    return -1;
  };

  const isLink = (offset: number): boolean => {
    const inEntry = offset % 32;
    return (inEntry === L.CTE_NEXT || inEntry === L.CTE_PREV) && isSlot(offset - inEntry + ramBase);
  };

  const isSlot = (address: number): boolean => {
    const tcb = 2 ** one.state.config.tcbBits;
    const inTcb = PMap.get(one.state.heap, (address - (address % tcb)) / 16);
    if (inTcb?._tag === 'Tcb') return address % tcb < L.TCB_SLOT_COUNT * 32;
    for (let bits = 0; bits <= 10; bits++) {
      const size = 2 ** (bits + one.state.config.slotBits);
      const cnode = PMap.get(one.state.heap, (address - (address % size)) / 16);
      if (cnode?._tag === 'CNode' && cnode.radixBits === bits) return true;
    }
    return false;
  };

  const placeOf = (offset: number): string => {
    const address = ramBase + offset;
    let place = `memory ${hex(address)}`;
    PMap.forEach(one.state.heap, (object, key) => {
      const at = key * 16;
      if (object._tag === 'Tcb' && address >= at && address < at + 2 ** one.state.config.tcbBits)
        place = `thread ${hex(at)} + ${hex(address - at)}`;
      if (at === address) place = `object ${hex(at)}`;
    });
    return place;
  };

  /** What the partition that runs now sees besides: who is current, and what is in the floating-point unit if that is on. */
  const compareCurrent = (): void => {
    currentDiffers = 0;
    const label = labelOfDomain(one.state.globals.currentDomain);
    if (label === 0) return;
    const g = one.state.globals;
    const h = other.state.globals;
    const fpu = (s: KernelState): bigint | null =>
      s.globals.machine.fpu.enabled ? s.globals.machine.fpu.registers : null;
    let what: string | null = null;
    if (g.currentThread !== h.currentThread) what = 'current thread';
    else if (g.schedulerAction._tag !== h.schedulerAction._tag) what = 'scheduler action';
    else if (g.workUnits !== h.workUnits) what = 'work units';
    else if (fpu(one.state) !== fpu(other.state)) what = 'floating-point registers';
    else if (g.machine.vspace.root !== h.machine.vspace.root) what = 'root of the address space';
    for (const [address, name] of CURRENT)
      if (word(one, address) !== word(other, address)) what ??= `${name}, in memory`;
    const isOn = word(one, L.HW_FPU_ENABLED) === 1;
    if (
      isOn &&
      (word(one, L.HW_FPU_LO) !== word(other, L.HW_FPU_LO) || word(one, L.HW_FPU_HI) !== word(other, L.HW_FPU_HI))
    )
      what ??= 'floating-point registers, in the unit';
    if (what === null) return;
    currentDiffers = 1 << label;
    found[label] = what;
  };
  const CURRENT = [
    [L.KS_CUR_THREAD, 'current thread'],
    [L.KS_SCHEDULER_ACTION, 'scheduler action'],
    [L.KS_WORK_UNITS, 'work units'],
    [L.HW_FPU_ENABLED, 'floating-point unit enabled'],
    [L.HW_VSPACE_ROOT, 'root of the address space'],
  ] as const;

  const word = ({ impl }: Side, address: number): number => impl.words[(address - ramBase) >>> 2]!;

  const fail = (property: string, what: string, failureClass: Failure['failureClass'] = 'step'): Failure => ({
    failureClass,
    property,
    what,
    differences: [],
    step: steps,
    fullPass: false,
  });

  /** Carries out one side's part; what is returned is that side's end. */
  const enter = (side: Side, step: KernelStep): Failure | null => {
    const { impl, state } = side;
    if (step.access !== null) impl.translate(step.access.vaddr, step.access.access);
    writeUserStep(impl, state.globals.currentThread, step);
    try {
      impl.enter(step.event);
    } catch (error) {
      return fail('no_fail', describe(error), 'impl-crash');
    }
    try {
      side.state = stepSpec(state, step);
    } catch (error) {
      return fail('no_fail', describe(error), 'spec-assertion');
    }
    return null;
  };

  /** The next user step would go to the wrong thread. */
  const wentApart = (side: Side): Failure | null =>
    word(side, L.KS_CUR_THREAD) === side.state.globals.currentThread
      ? null
      : fail('refinement', `globals ${hex(ramBase)}: current thread`, 'difference');

  const compareTime = (): Failure | null => {
    const [g, h] = [one.state.globals, other.state.globals];
    const bySpec =
      g.currentDomain !== h.currentDomain || g.domainTime !== h.domainTime || g.domainIndex !== h.domainIndex;
    const byMemory = TIME.some((address) => word(one, address) !== word(other, address));
    if (!bySpec && !byMemory) return null;
    observer = observers[0] ?? null;
    return fail(
      SCHEDULER_TELLS_NOTHING.name,
      `domain ${g.currentDomain} has ${g.domainTime} ticks in one run, domain ${h.currentDomain} has ${h.domainTime} in the other${bySpec ? '' : ', in memory'}`,
    );
  };
  const TIME = [L.KS_CUR_DOMAIN, L.KS_DOMAIN_TIME_LO, L.KS_DOMAIN_TIME_HI, L.KS_DOMAIN_INDEX, L.KS_DOMAIN_START];

  const step = (row: Row): Failure | null => {
    steps++;
    const actor = labelOfDomain(one.state.globals.currentDomain);
    const isInterrupt = INTERRUPTS.includes(row.op);
    const knew = observers.filter(isSameTo);
    const isAlike = (isInterrupt || row.other === undefined) && isSameTo(actor);
    // When the two runs do different things, only time that is given to both may pass.
    const rows = [row, isInterrupt || row.other === undefined ? row : row.other].map((its) =>
      its !== null && !isAlike && isCallRow(its) && its.irqCountdown !== null
        ? { ...its, irqCountdown: null, irq: null }
        : its,
    );
    const befores = [one.state, other.state] as const;
    for (const side of [0, 1] as const) {
      const its = rows[side];
      const made = its && toKernelStep(its, sides[side].state);
      const ended = made && enter(sides[side], made);
      if (ended) return ended;
    }
    compareTouched(befores[0], one.state);
    if (one.state !== other.state) compareTouched(befores[1], other.state);
    const untimely = compareTime();
    if (untimely !== null) return untimely;
    compareMemory();
    compareCurrent();
    for (const label of knew) {
      if (isSameTo(label) || (!isAlike && has(flows.flows[actor]!, label))) continue;
      observer = label;
      const seen = labels.find((from) => has((differs | memoryDiffers) & flows.reads[label]!, from)) ?? label;
      const how = isAlike
        ? `${names[actor] ?? ''} did the same in both runs`
        : `${names[actor] ?? ''} may not tell it anything`;
      return fail(
        NONLEAKAGE.name,
        `${found[has(currentDiffers, label) ? label : seen] ?? ''}: ${names[label] ?? ''} sees it differ, and ${how}`,
      );
    }
    return wentApart(one) ?? wentApart(other);
  };

  /** Of the abstract objects and capabilities that a label sees, and of the words of memory. */
  const digest = (side: Side, label: Label): string => {
    const { state, impl } = side;
    const hash = createHash('sha256');
    const sees = (owner: Label): boolean => has(flows.reads[label]!, owner) && !has(invisible, owner);
    const put = (value: unknown): void => {
      hash.update(JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? part.toString(36) : part)));
    };
    PMap.forEach(state.heap, (_, key) => {
      if (sees(labelling.labelOf(key * 16))) put([key, objectIn(state, key)]);
    });
    PMap.forEach(state.caps, (cap, key) => {
      if (sees(labelOfSlot(state, labelling, key * 32))) put([key, cap]);
    });
    PMap.forEach(state.queues, (queue, key) => {
      if (sees(labelOfDomain(Math.floor(key / state.config.priorities)))) put([key, queue]);
    });
    for (const { label: owner, from, to } of runs) {
      if (!sees(owner)) continue;
      for (let n = from >>> 2; n < to >>> 2; n++) if (impl.words[n] !== 0 && !isLink(n * 4)) put([n, impl.words[n]]);
    }
    if (labelOfDomain(state.globals.currentDomain) === label) {
      put([state.globals.currentThread, state.globals.workUnits, CURRENT.map(([address]) => word(side, address))]);
      put(word(side, L.HW_FPU_ENABLED) === 1 ? word(side, L.HW_FPU_LO) : null);
    }
    return hash.digest('base64').slice(0, 12);
  };

  return {
    get states() {
      return [one.state, other.state] as const;
    },
    get active() {
      const label = labelOfDomain(one.state.globals.currentDomain);
      return label === 0 ? null : label;
    },
    get observer() {
      return observer;
    },
    viewOf: (side, label) => digest(sides[side], label),
    timeOf: (side) => {
      const { currentDomain, domainTime, domainIndex } = sides[side].state.globals;
      return `${currentDomain}/${domainIndex}/${domainTime}`;
    },
    isSameTo,
    get isSecretKept() {
      return observers.some((label) => !isSameTo(label)) && observers.some(isSameTo);
    },
    bytes: ownedBytes,
    get unreadable() {
      return unreadableBytes[labelOfDomain(one.state.globals.currentDomain)]!;
    },
    boot: () => {
      differing.clear();
      counts.fill(0);
      differs = 0;
      memoryDiffers = 0;
      currentDiffers = 0;
      observer = null;
      steps = 0;
      if (ram === null) {
        first.boot(world.boot);
        ram = Buffer.from(one.bytes.subarray(0, ramSize));
      }
      for (const side of sides) {
        ram.copy(side.bytes);
        side.state = booted;
      }
    },
    step,
  };
}
