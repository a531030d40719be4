/**
 * Generation that looks at the abstract state: mostly operations that can succeed for the thread that runs, one in eight spoilt on purpose.
 *
 * Every program has its own taste: half of the programs weigh all operations alike, a quarter use only some (swarm), a quarter have random weights.
 */
import { powerOf2 } from '../../spec/abi/words.ts';
import { SpecAssertion } from '../../spec/prelude.ts';
import type { Cap, CNodeCap } from '../../spec/state/caps.ts';
import { ALLOW_GRANT, ALLOW_GRANT_REPLY, ALLOW_READ, ALLOW_WRITE, ALL_RIGHTS } from '../../spec/state/caps.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { cdtNode, descendantsOf, hasChildren, isOriginal } from '../../spec/state/cdt.ts';
import { isFinalCap } from '../../spec/state/cap-rules.ts';
import {
  TCB_CTABLE,
  getCap,
  getEndpoint,
  getNotification,
  getTcb,
  isRunnable,
  slotAt,
  threadState,
} from '../../spec/state/kernel-state.ts';
import { stepSpec } from '../step/spec-step.ts';
import type { Operation } from './operations.ts';
import { EVENTS, OPERATIONS, labelOf, operationNamed } from './operations.ts';
import type { CallRow, Row } from './program.ts';
import { isCallRow, toKernelStep } from './program.ts';
import { rally } from './rally.ts';
import type { Random } from './random.ts';
import { several } from './random.ts';
import type { Named, Surroundings } from './surroundings.ts';
import { cptrOf, readyCount, surroundings } from './surroundings.ts';

/** How often an operation is drawn when all are wanted; anything not named here is 2. */
// biome-ignore format: packed
const USUAL: Readonly<Record<string, number>> = {
  Call: 12, ReplyRecv: 9, Send: 5, NBSend: 3, Recv: 7, NBRecv: 3, Reply: 5, Yield: 2, SendReply: 4, Signal: 6, Wait: 5, Poll: 3,
  Untyped_Retype: 9, CNode_Copy: 6, CNode_Mint: 7, CNode_Move: 4, CNode_Delete: 6, CNode_Revoke: 3, CNode_SaveCaller: 3, CNode_Rotate: 3,
  CNode_CancelBadgedSends: 3, TCB_Configure: 4, TCB_WriteRegisters: 4, TCB_Resume: 5, TCB_Suspend: 3, TCB_SetPriority: 4,
  TCB_BindNotification: 3, IRQControl_Get: 1, IRQControl_GetMSI: 1, IRQHandler_Ack: 4, IRQHandler_SetNotification: 3, DomainSet_Set: 3,
  Invoke: 1, X86_Page_GetAddress: 1, Tick: 5, Interrupt: 5, Spurious: 1, UseFpu: 3, UnknownSyscall: 2, UserException: 2, VMFault: 2,
};

const NAMES = [...OPERATIONS.map(({ name }) => name), ...EVENTS];

/** Weights of all operations, as running sums. */
export interface Taste {
  readonly sums: readonly number[];
  readonly errorRate: number;
  readonly rallyRate: number;
  /** Which objects the program comes back to again and again: much goes wrong only where several operations meet on one object. */
  readonly focus: number;
}

export function taste(r: Random): Taste {
  const style = r.below(4);
  const weights: number[] = NAMES.map((name) => {
    const usual: number = USUAL[name] ?? 2;
    if (style < 2) return usual;
    if (style === 2) return r.chance(0.45) ? usual : 0;
    return usual * r.below(8);
  });
  // A program without any way to hand over the processor, or to make things, sees little.
  if (!weights.some((weight) => weight > 0)) weights.fill(1, 0, 1);
  let sum = 0;
  const sums = weights.map((weight) => {
    sum += weight;
    return sum;
  });
  return {
    sums,
    errorRate: r.pick([0.05, 0.12, 0.12, 0.25]),
    rallyRate: r.pick([0, 0.1, 0.1, 0.4]),
    focus: r.below(2 ** 32),
  };
}

function draw(r: Random, { sums }: Taste): number {
  const at = r.below(sums.at(-1) ?? 1);
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] ?? 0) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** How often a row that stops a thread is refused, by how many others are ready: a program in which everybody waits has come to its end. */
const REFUSALS: readonly number[] = [0.995, 0.6, 0.3];

/** The next row for the thread that runs in `s`; null when nothing but time can pass. */
export function generateRow(r: Random, t: Taste, s: KernelState): Row | null {
  if (s.globals.currentThread === s.globals.idleThread) return r.chance(0.3) ? interruptRow(r, s) : null;
  try {
    return likelyRow(r, t, s);
  } catch (error) {
    // The state contradicts itself, and nobody who was asked has noticed. Time can still pass.
    if (!(error instanceof SpecAssertion)) throw error;
    return { op: 'Tick', word: 0n };
  }
}

function likelyRow(r: Random, t: Taste, s: KernelState): Row {
  const around = surroundings(s, t.focus);
  for (let attempt = 0; attempt < 16; attempt++) {
    const row = drawRow(r, t, around, s);
    if (row === null) continue;
    const refusal = REFUSALS[around.othersReady];
    if (refusal === undefined || !stopsSomebody(row, s, around.othersReady) || !r.chance(refusal)) return row;
  }
  return { op: 'Tick', word: 0n };
}

/** Mostly one that has a handler and is not masked; now and then one that should not come. */
function interruptRow(r: Random, s: KernelState): Row {
  return { op: 'Interrupt', word: BigInt(likelyIrq(r, s)) };
}

function likelyIrq(r: Random, s: KernelState): number {
  const { irqStates, machine } = s.globals;
  const open = irqStates.flatMap((state, irq) => (state === 'Signal' && machine.irqMasked[irq] === false ? [irq] : []));
  return open.length > 0 && r.chance(0.75) ? r.pick(open) : r.below(s.config.irqLines);
}

function drawRow(r: Random, t: Taste, around: Surroundings, s: KernelState): Row | null {
  const row =
    (r.chance(t.rallyRate) ? rally(r, around, s) : null) ??
    (around.othersReady < 2 && r.chance(0.15) ? wakeRow(r, around, s) : null) ??
    anyRow(r, t, around, s);
  return row !== null && isCallRow(row) && r.chance(t.errorRate) ? spoil(r, row, around) : row;
}

function anyRow(r: Random, t: Taste, around: Surroundings, s: KernelState): Row | null {
  const chosen = draw(r, t);
  const operation = OPERATIONS[chosen];
  if (operation === undefined) {
    const op = EVENTS[chosen - OPERATIONS.length] ?? 'Tick';
    return op === 'Interrupt' ? interruptRow(r, s) : { op, word: r.chance(0.8) ? BigInt(r.below(16)) : edge(r) };
  }
  return generateCall(r, operation, around, s);
}

/** Gets a thread going that does not run, by resuming it or by sending to what it waits for. */
function wakeRow(r: Random, around: Surroundings, s: KernelState): CallRow | null {
  const name = r.pick(['TCB_Resume', 'NBSend', 'Call', 'Signal'] as const);
  const operation = operationNamed(name);
  if (operation === undefined) return null;
  const candidates = around.byTarget[operation.target].filter(({ cap }) => {
    switch (cap._tag) {
      case 'ThreadCap':
        return !isRunnable(threadState(s, cap.ref)) && getCap(s, slotAt(cap.ref, TCB_CTABLE))._tag !== 'NullCap';
      case 'EndpointCap':
        return getEndpoint(s, cap.ref)._tag === 'RecvEP';
      case 'NotificationCap':
        return getNotification(s, cap.ref).state._tag === 'WaitingNtfn';
      default:
        return false;
    }
  });
  return candidates.length === 0 ? null : generateCall(r, operation, around, s, r.pick(candidates));
}

/** Whether fewer threads could run after this row: found out by trying. */
function stopsSomebody(row: Row, s: KernelState, othersReady: number): boolean {
  const step = toKernelStep(row, s);
  if (step === null) return false;
  try {
    const t = stepSpec(s, step);
    const { currentThread, idleThread } = t.globals;
    return currentThread === idleThread || readyCount(t) < othersReady;
  } catch {
    // Whatever is wrong with this row will be seen when it is carried out.
    return false;
  }
}

/** Operations that look for interrupts: they delete, or clear memory. */
const PREEMPTIBLE: readonly string[] = [
  'CNode_Revoke',
  'CNode_Delete',
  'Untyped_Retype',
  'TCB_Configure',
  'TCB_SetSpace',
  'TCB_SetIPCBuffer',
];

function generateCall(
  r: Random,
  operation: Operation,
  around: Surroundings,
  s: KernelState,
  given?: Named,
): CallRow | null {
  if (operation.name === 'Reply' && !around.hasCaller && !r.chance(0.1)) return null;
  // Without a buffer neither capabilities nor more than a few words can be passed.
  if (operation.caps.length > 0 && !around.hasBuffer && r.chance(0.9)) return null;
  const target = given ?? (operation.target === 'none' ? null : pickNamed(r, around, operation.target));
  if (target === undefined) return null;
  const cap = target === null ? 0n : cptrOf(target);
  const syscall = operation.syscalls[r.chance(0.85) ? 0 : r.below(operation.syscalls.length)] ?? 'Call';
  const receive = r.chance(0.12) ? receiveSlot(r, around, s) : null;
  const op = operation.name;
  const label = labelOf(operation);
  if (label === null) {
    const chosen = op === 'Invoke' ? BigInt(r.below(60)) : r.chance(0.7) ? 0n : BigInt(r.below(5));
    const words = message(r, s);
    const caps = r.chance(0.25) ? someCaps(r, around, cap) : [];
    return { op, syscall, cap, label: chosen, words, caps, receive, irqCountdown: null, irq: null };
  }
  const filled = fillMessage(r, operation, target?.cap ?? null, around, s);
  if (filled === null) return null;
  const irqCountdown = PREEMPTIBLE.includes(op) && r.chance(0.25) ? r.below(4) : null;
  const irq = irqCountdown !== null && r.chance(0.4) ? likelyIrq(r, s) : null;
  return { op, syscall, cap, label, words: filled.words, caps: filled.caps, receive, irqCountdown, irq };
}

function pickNamed(r: Random, around: Surroundings, target: Operation['target']): Named | undefined {
  const candidates = around.byTarget[target];
  if (r.chance(0.4)) {
    const favourites = candidates.filter(({ cap }) => around.isFavourite(cap));
    if (favourites.length > 0) return r.pick(favourites);
  }
  return candidates.length === 0 ? undefined : r.pick(candidates);
}

/** Words of an IPC message; mostly few, sometimes more than fit the registers, seldom more than there can be. */
function message(r: Random, s: KernelState): readonly bigint[] {
  const length = r.pick([
    r.below(4),
    r.below(4),
    r.below(4),
    r.below(8),
    r.below(Math.min(s.config.msgMaxLength, 40) + (r.chance(0.1) ? 8 : 1)),
  ]);
  return several(length, () => (r.chance(0.9) ? BigInt(r.below(100)) : r.word()));
}

/** Extra capabilities of a message; often to the endpoint itself, for those arrive as badges. */
function someCaps(r: Random, around: Surroundings, invoked: bigint): readonly bigint[] {
  const count = 1 + r.below(3);
  return several(count, () =>
    r.chance(0.3) ? invoked : cptrOf(pickNamed(r, around, r.chance(0.4) ? 'endpoint' : 'any')),
  );
}

/** How a slot is named: the CNode that is invoked, the index and the depth. */
interface SlotName {
  readonly root: Named;
  readonly index: bigint;
  readonly depth: bigint;
  readonly slot: number;
}

/** A path through CNodes from an invoked one: the bits passed so far, and the CNode that they lead to. */
interface Path {
  readonly bits: bigint;
  readonly depth: number;
  readonly cnode: CNodeCap;
}

/** The path one level on, from a slot that holds a CNode. */
function pathInto({ bits, depth, cnode }: Path, index: number, inner: CNodeCap): Path {
  const guarded = (bits << BigInt(cnode.guardBits)) | cnode.guard;
  return {
    bits: (guarded << BigInt(cnode.radixBits)) | BigInt(index),
    depth: depth + cnode.guardBits + cnode.radixBits,
    cnode: inner,
  };
}

function nameSlot(root: Named, path: Path, index: number): SlotName {
  const { bits, depth } = pathInto(path, index, path.cnode);
  return { root, index: bits, depth: BigInt(depth), slot: slotAt(path.cnode.ref, index) };
}

/** A slot that is empty, or not, as wanted; seldom another if there is none. Sometimes one level further on. */
function pickSlot(
  r: Random,
  around: Surroundings,
  s: KernelState,
  wanted: (cap: Cap, slot: number) => boolean,
  from: Named | null = null,
): SlotName | null {
  const root = from ?? pickNamed(r, around, 'cnode');
  if (root?.cap._tag !== 'CNodeCap') return null;
  let path: Path = { bits: 0n, depth: 0, cnode: root.cap };
  if (r.chance(0.2)) path = r.pick([path, ...innerPaths(s, path)]);
  const indices = slotsOf(path.cnode).filter((index) => {
    const slot = slotAt(path.cnode.ref, index);
    return wanted(getCap(s, slot), slot);
  });
  if (indices.length === 0 && r.chance(0.8)) return null;
  if (indices.length > 1 && r.chance(0.4)) {
    const favourites = indices.filter((index) => around.isFavourite(getCap(s, slotAt(path.cnode.ref, index))));
    if (favourites.length > 0) return nameSlot(root, path, r.pick(favourites));
  }
  return nameSlot(root, path, indices.length > 0 ? r.pick(indices) : r.below(powerOf2(path.cnode.radixBits)));
}

/** By radix, the indices of a CNode's slots; of a large one the first 64. */
const INDICES = Array.from({ length: 7 }, (_, radixBits) =>
  Array.from({ length: powerOf2(radixBits) }, (__, index) => index),
);

function slotsOf({ radixBits }: CNodeCap): readonly number[] {
  return INDICES[Math.min(radixBits, 6)] ?? [];
}

function innerPaths(s: KernelState, path: Path): readonly Path[] {
  return slotsOf(path.cnode).flatMap((index) => {
    const inner = getCap(s, slotAt(path.cnode.ref, index));
    if (inner._tag !== 'CNodeCap') return [];
    const next = pathInto(path, index, inner);
    return next.depth + inner.guardBits + inner.radixBits <= s.config.wordBits ? [next] : [];
  });
}

/** The name of a slot that is known by its address, if one of the CNodes at hand holds it. */
function nameOf(around: Surroundings, slot: number): SlotName | null {
  for (const root of around.byTarget.cnode) {
    if (root.cap._tag !== 'CNodeCap') continue;
    const index = (slot - root.cap.ref) / 32;
    if (index >= 0 && index < powerOf2(root.cap.radixBits))
      return nameSlot(root, { bits: 0n, depth: 0, cnode: root.cap }, index);
  }
  return null;
}

const isEmpty = (cap: Cap): boolean => cap._tag === 'NullCap';
const isFull = (cap: Cap): boolean => cap._tag !== 'NullCap';

function receiveSlot(r: Random, around: Surroundings, s: KernelState): readonly [bigint, bigint, bigint] | null {
  const slot = pickSlot(r, around, s, isEmpty);
  return slot === null ? null : [cptrOf(slot.root), slot.index, slot.depth];
}

/** Something happens when this capability goes, beside its slot becoming empty. */
function isWorthDeleting(s: KernelState, cap: Cap, slot: number): boolean {
  switch (cap._tag) {
    case 'EndpointCap':
      if (cap.badge !== 0n) return isOriginal(s, slot);
      return getEndpoint(s, cap.ref)._tag !== 'IdleEP' && isFinalCap(s, slot, cap);
    case 'NotificationCap': {
      const { state, boundTcb } = getNotification(s, cap.ref);
      return (state._tag === 'WaitingNtfn' || boundTcb !== null) && isFinalCap(s, slot, cap);
    }
    case 'CNodeCap':
    case 'ThreadCap':
      return isFinalCap(s, slot, cap);
    case 'Zombie':
    case 'ReplyCap':
      return true;
    default:
      return false;
  }
}

/** Taking away what everything hangs on ends a program early; it is done, but seldom. */
function isVital(s: KernelState, { slot }: SlotName, withDescendants: boolean): boolean {
  if (withDescendants) return descendantsOf(s, slot).length > 8;
  const cap = getCap(s, slot);
  if (cap._tag === 'ThreadCap') return cap.ref === s.globals.currentThread;
  if (cap._tag !== 'CNodeCap') return false;
  const root = getCap(s, slotAt(s.globals.currentThread, TCB_CTABLE));
  return root._tag === 'CNodeCap' && root.ref === cap.ref;
}

/** What is to be moved to where, or copied. */
function pickSource(r: Random, around: Surroundings, s: KernelState): SlotName | null {
  const tag = r.pick([null, null, null, 'EndpointCap', 'FrameCap', 'ReplyCap', 'UntypedCap'] as const);
  return pickSlot(r, around, s, (cap) => (tag === null ? isFull(cap) : cap._tag === tag));
}

/** Slots next to a given one in the derivation tree are where moving and swapping is hard. */
function relativeOf(r: Random, around: Surroundings, s: KernelState, { slot }: SlotName): SlotName | null {
  const node = cdtNode(s, slot);
  if (node === undefined) return null;
  const relatives = [...node.children.slice(0, 1), ...(node.parent === null ? [] : [node.parent])];
  return relatives.length === 0 ? null : nameOf(around, r.pick(relatives));
}

function fillMessage(
  r: Random,
  operation: Operation,
  invoked: Cap | null,
  around: Surroundings,
  s: KernelState,
): { readonly words: readonly bigint[]; readonly caps: readonly bigint[] } | null {
  const self = around.byTarget.cnode.find(({ cap }) => cap === invoked) ?? null;
  /** A destination: now and then one that is taken. */
  const destination = (): SlotName | null => pickSlot(r, around, s, r.chance(0.96) ? isEmpty : isFull, self);
  switch (operation.name) {
    case 'CNode_Revoke': {
      const wanted = r.pick([isFull, isBadged, (_: Cap, at: number): boolean => hasChildren(s, at)]);
      const slot = pickSlot(r, around, s, wanted, self);
      if (slot === null || (isVital(s, slot, true) && !r.chance(0.06))) return null;
      return { words: [slot.index, slot.depth], caps: [] };
    }
    case 'CNode_Delete': {
      const wanted = r.chance(0.4) ? (cap: Cap, at: number): boolean => isWorthDeleting(s, cap, at) : isFull;
      const slot = pickSlot(r, around, s, wanted, self);
      if (slot === null || (isVital(s, slot, false) && !r.chance(0.06))) return null;
      return { words: [slot.index, slot.depth], caps: [] };
    }
    case 'CNode_CancelBadgedSends': {
      const hasSenders = (cap: Cap): boolean =>
        cap._tag === 'EndpointCap' && isBadged(cap) && getEndpoint(s, cap.ref)._tag === 'SendEP';
      const slot = pickSlot(r, around, s, r.chance(0.5) ? hasSenders : isBadged, self);
      return slot && { words: [slot.index, slot.depth], caps: [] };
    }
    case 'CNode_SaveCaller': {
      if (!around.hasCaller && !r.chance(0.1)) return null;
      const slot = destination();
      return slot && { words: [slot.index, slot.depth], caps: [] };
    }
    case 'CNode_Copy':
    case 'CNode_Mint':
    case 'CNode_Move':
    case 'CNode_Mutate': {
      const target = destination();
      const isMint = operation.name === 'CNode_Mint';
      const source = isMint && r.chance(0.7) ? pickSlot(r, around, s, isBadgeable) : pickSource(r, around, s);
      if (target === null || source === null) return null;
      if (operation.name === 'CNode_Move' && isVital(s, source, false) && !r.chance(0.1)) return null;
      const words = [target.index, target.depth, source.index, source.depth];
      if (operation.name === 'CNode_Copy' || isMint) words.push(rights(r));
      if (operation.name === 'CNode_Mint' || operation.name === 'CNode_Mutate')
        words.push(data(r, getCap(s, source.slot)));
      return { words, caps: [cptrOf(source.root)] };
    }
    case 'CNode_Rotate': {
      // What has a badge keeps it, so rotating such capabilities is refused.
      const rotates = (cap: Cap): boolean =>
        isFull(cap) && cap._tag !== 'EndpointCap' && cap._tag !== 'NotificationCap';
      const source = pickSlot(r, around, s, r.chance(0.9) ? rotates : isFull);
      if (source === null) return null;
      const pivot =
        (r.chance(0.6) ? relativeOf(r, around, s, source) : null) ??
        pickSlot(r, around, s, r.chance(0.9) ? rotates : isFull);
      const target = r.chance(0.4) && source.root.cap === self?.cap ? source : destination();
      if (pivot === null || target === null) return null;
      if ((isVital(s, source, false) || isVital(s, pivot, false)) && !r.chance(0.1)) return null;
      const pivotData = data(r, getCap(s, pivot.slot));
      const sourceData = data(r, getCap(s, source.slot));
      return {
        words: [
          target.index,
          target.depth,
          pivotData,
          pivot.index,
          pivot.depth,
          sourceData,
          source.index,
          source.depth,
        ],
        caps: [cptrOf(pivot.root), cptrOf(source.root)],
      };
    }
    case 'IRQControl_Get':
    case 'IRQControl_GetIOAPIC':
    case 'IRQControl_GetMSI': {
      const target = pickSlot(r, around, s, isEmpty);
      if (target === null) return null;
      const words = plainWords(r, operation, around, s);
      const at = operation.words.indexOf('index');
      return { words: words.with(at, target.index).with(at + 1, target.depth), caps: [cptrOf(target.root)] };
    }
    case 'Untyped_Retype':
      return retype(r, invoked, around, s);
    case 'TCB_UnbindNotification':
    case 'TCB_BindNotification': {
      const isBound = invoked?._tag === 'ThreadCap' && getTcb(s, invoked.ref).boundNotification !== null;
      if (isBound === (operation.name === 'TCB_BindNotification') && r.chance(0.8)) return null;
      return plainMessage(r, operation, around, s);
    }
    default:
      return plainMessage(r, operation, around, s);
  }
}

function isBadged(cap: Cap): boolean {
  return (cap._tag === 'EndpointCap' || cap._tag === 'NotificationCap') && cap.badge !== 0n;
}

function isBadgeable(cap: Cap): boolean {
  return (cap._tag === 'EndpointCap' || cap._tag === 'NotificationCap') && cap.badge === 0n;
}

/** All of them, any, or a combination that some rule speaks of. */
function rights(r: Random): bigint {
  const W = ALLOW_WRITE;
  const R = ALLOW_READ;
  const some = r.pick([R | W, W, R, W | ALLOW_GRANT_REPLY, W | ALLOW_GRANT_REPLY, W | ALLOW_GRANT, R | ALLOW_GRANT]);
  return BigInt(r.pick([ALL_RIGHTS, ALL_RIGHTS, r.below(16), some]));
}

/** Few enough that threads meet with equal ones; some differ in one half of the word only. */
const BADGES = [1n, 1n, 2n, 2n, 3n, 2n ** 32n, 2n ** 32n + 1n, 2n ** 63n + 2n];

/** A badge for what can have one, a guard for a CNode. */
function data(r: Random, cap: Cap): bigint {
  if (cap._tag !== 'CNodeCap') return r.chance(0.9) ? r.pick(BADGES) : edge(r);
  const rest = 64 - cap.radixBits;
  const guardBits = r.pick([rest, rest, r.below(64), r.below(4), rest + 1]) & 63;
  return BigInt(guardBits) | ((r.chance(0.7) ? 0n : r.pick([BigInt(r.below(8)), r.word()]) << 6n) & (2n ** 64n - 1n));
}

function retype(
  r: Random,
  invoked: Cap | null,
  around: Surroundings,
  s: KernelState,
): { readonly words: readonly bigint[]; readonly caps: readonly bigint[] } | null {
  // The CNode for the new objects is either a capability of the message, or found by index and depth from there.
  const node = r.chance(0.2) ? pickSlot(r, around, s, (cap) => cap._tag === 'CNodeCap') : null;
  const root = node?.root ?? pickNamed(r, around, 'cnode');
  const cnode = node === null ? root?.cap : getCap(s, node.slot);
  if (root === undefined || cnode?._tag !== 'CNodeCap') return null;
  const type = r.chance(0.85) ? r.pick([0, 1, 1, 2, 2, 3, 3, 4, 4, 8]) : r.below(12);
  const most = invoked?._tag === 'UntypedCap' ? invoked.sizeBits : 8;
  const size = type === 0 ? Math.max(4, most - 1 - r.below(5)) : type === 4 ? 1 + r.below(4) : 0;
  const slots = powerOf2(cnode.radixBits);
  const offset = r.below(slots);
  let first = offset;
  while (first < offset + slots && isFull(getCap(s, slotAt(cnode.ref, first % slots)))) first++;
  const count = r.chance(0.8) ? 1 : 1 + r.below(r.chance(0.9) ? 4 : s.config.fanOutLimit + 2);
  return {
    words: [BigInt(type), BigInt(size), node?.index ?? 0n, node?.depth ?? 0n, BigInt(first % slots), BigInt(count)],
    caps: [cptrOf(root)],
  };
}

/** Invocations whose words do not depend on each other. */
function plainMessage(
  r: Random,
  operation: Operation,
  around: Surroundings,
  s: KernelState,
): { readonly words: readonly bigint[]; readonly caps: readonly bigint[] } | null {
  const words = plainWords(r, operation, around, s);
  const caps: bigint[] = [];
  for (const target of operation.caps) {
    const isVspace = target === 'any';
    const named = isVspace
      ? around.byTarget.none.find(({ cap }) => cap._tag === 'PagingCap' && cap.mapped !== null)
      : pickNamed(r, around, target);
    if (named === undefined) return null;
    caps.push(cptrOf(named));
  }
  return { words, caps };
}

function plainWords(r: Random, operation: Operation, around: Surroundings, s: KernelState): readonly bigint[] {
  return operation.words.map((kind): bigint => {
    switch (kind) {
      case 'flags':
        return BigInt(r.below(16));
      case 'count':
        return operation.name === 'TCB_WriteRegisters' ? BigInt(r.below(4)) : BigInt(1 + r.below(8));
      case 'priority':
        return BigInt(priority(r, around, s));
      case 'address':
        return BigInt(r.below(4)) << BigInt(s.config.ipcBufferBits);
      case 'handler':
        return cptrOf(pickNamed(r, around, 'endpoint'));
      case 'data':
        return 0n;
      case 'irq':
        return BigInt(r.below(s.config.irqLines));
      case 'vector':
        return BigInt(r.chance(0.9) ? r.below(s.config.irqs - 2) : r.below(s.config.irqLines));
      case 'source':
        return BigInt(r.chance(0.8) ? 0 : r.below(4));
      case 'domain':
        return BigInt(r.chance(0.95) ? r.below(s.config.domains) : s.config.domains + r.below(2));
      case 'entry':
        return BigInt(r.chance(0.8) ? r.below(3) : r.below(s.config.domainScheduleLength + 2));
      case 'duration':
        return r.chance(0.9) ? BigInt(r.below(4)) : edge(r);
      default:
        return r.chance(0.8) ? BigInt(r.below(1000)) : edge(r);
    }
  });
}

/** Often one that another thread has, so that queues get longer than one. */
function priority(r: Random, around: Surroundings, s: KernelState): number {
  const thread = pickNamed(r, around, 'tcb')?.cap;
  if (thread?._tag === 'ThreadCap' && r.chance(0.5)) return getTcb(s, thread.ref).priority;
  return r.chance(0.95) ? r.below(s.config.priorities) : s.config.priorities + r.below(3);
}

// biome-ignore format: packed
const EDGES = [0n, 1n, 2n, 3n, 63n, 64n, 65n, 0xffn, 0x100n, 2n ** 31n, 2n ** 32n, 2n ** 32n + 1n, 2n ** 47n, 2n ** 56n, 2n ** 63n, 2n ** 64n - 2n, 2n ** 64n - 1n];

function edge(r: Random): bigint {
  return r.chance(0.9) ? r.pick(EDGES) : r.word();
}

/** One thing about the row is made wrong, or at least strange. */
function spoil(r: Random, row: CallRow, around: Surroundings): CallRow {
  const { words, caps } = row;
  switch (r.below(8)) {
    case 0:
      return { ...row, words: words.slice(0, -1 - r.below(2)) };
    case 1:
      return { ...row, caps: caps.slice(0, -1) };
    case 2:
      return { ...row, cap: r.chance(0.6) ? near(r, row.cap) : cptrOf(pickNamed(r, around, 'any')) };
    case 3:
      return {
        ...row,
        caps: caps.map((cap) => {
          if (r.chance(0.5)) return cap;
          const other = pickNamed(r, around, 'any');
          return other === undefined ? edge(r) : cptrOf(other);
        }),
      };
    case 4:
      if (caps.length === 0) return { ...row, cap: near(r, row.cap) };
      return changed(r, row, 'caps', (cap) => near(r, cap));
    case 5:
      if (words.length === 0) return { ...row, label: edge(r) & 0xf_ffff_ffff_ffffn };
      return changed(r, row, 'words', () => BigInt(r.below(70)));
    default:
      return words.length === 0 ? row : changed(r, row, 'words', (word) => near(r, word));
  }
}

function changed(r: Random, row: CallRow, field: 'words' | 'caps', change: (word: bigint) => bigint): CallRow {
  const at = r.below(row[field].length);
  return { ...row, [field]: row[field].map((word, index) => (index === at ? change(word) : word)) };
}

/** A word that is not quite the given one: off by one, one bit too many, or something else altogether. */
function near(r: Random, word: bigint): bigint {
  switch (r.below(6)) {
    case 0:
      return BigInt.asUintN(64, word - 1n);
    case 1:
      return BigInt.asUintN(64, word + 1n);
    case 2:
      return word ^ (1n << 32n);
    case 3:
      return word ^ (1n << BigInt(r.below(64)));
    case 4:
      return 0n;
    default:
      return edge(r);
  }
}
