/**
 * Generation that looks at the abstract state: mostly operations that can succeed for the thread that runs, one in eight spoilt on purpose.
 *
 * Every program has its own taste: half of the programs weigh all operations alike, a quarter use only some (swarm), a quarter have random weights.
 */
import type { Cap, CNodeCap } from '../../spec/state/caps.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { getCap, slotAt } from '../../spec/state/kernel-state.ts';
import { getEndpoint, getNotification } from '../../spec/state/kernel-state.ts';
import type { Operation } from './operations.ts';
import { EVENTS, OPERATIONS, labelOf } from './operations.ts';
import type { CallRow, Row } from './program.ts';
import { rally } from './rally.ts';
import type { Random } from './random.ts';
import type { Named, Surroundings } from './surroundings.ts';
import { surroundings } from './surroundings.ts';

/** How often an operation is drawn when all are wanted; anything not named here is 2. */
// biome-ignore format: packed
const USUAL: Readonly<Record<string, number>> = {
  Call: 12, ReplyRecv: 9, Send: 5, NBSend: 3, Recv: 7, NBRecv: 3, Reply: 5, Yield: 2, SendReply: 4, Signal: 6, Wait: 3, Poll: 2,
  Untyped_Retype: 9, CNode_Copy: 6, CNode_Mint: 7, CNode_Move: 4, CNode_Delete: 6, CNode_Revoke: 3, CNode_SaveCaller: 3, CNode_Rotate: 3,
  CNode_CancelBadgedSends: 3, TCB_Configure: 4, TCB_WriteRegisters: 4, TCB_Resume: 5, TCB_Suspend: 3, TCB_SetPriority: 4,
  TCB_BindNotification: 3, IRQControl_Get: 1, IRQControl_GetMSI: 1, IRQHandler_Ack: 4, IRQHandler_SetNotification: 3, DomainSet_Set: 3,
  Invoke: 1, X86_Page_GetAddress: 1, Tick: 7, Interrupt: 5, Spurious: 1, UseFpu: 3, UnknownSyscall: 2, UserException: 2, VMFault: 2,
}; // prettier-ignore

const NAMES = [...OPERATIONS.map(({ name }) => name), ...EVENTS];
/** Events after which the running thread waits for its fault handler. */
const FAULTS: readonly string[] = ['UnknownSyscall', 'UserException', 'VMFault'];

/** Weights of all operations, as running sums. */
export interface Taste {
  readonly sums: readonly number[];
  readonly errorRate: number;
  readonly rallyRate: number;
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
  return { sums, errorRate: r.pick([0.05, 0.12, 0.12, 0.25]), rallyRate: r.pick([0, 0.1, 0.1, 0.4]) };
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

/** The next row for the thread that runs in `s`; null when nothing but time can pass. */
export function generateRow(r: Random, t: Taste, s: KernelState): Row | null {
  if (s.globals.currentThread === s.globals.idleThread) return r.chance(0.3) ? interruptRow(r, s) : null;
  const around = surroundings(s);
  const answer = r.chance(t.rallyRate) ? rally(r, around, s) : null;
  if (answer !== null) return r.chance(t.errorRate) ? spoil(r, answer, around) : answer;
  for (let attempt = 0; attempt < 6; attempt++) {
    const chosen = draw(r, t);
    const operation = OPERATIONS[chosen];
    if (operation === undefined) {
      const op = EVENTS[chosen - OPERATIONS.length] ?? 'Tick';
      if (FAULTS.includes(op) && !around.othersReady && r.chance(0.9)) continue;
      return op === 'Interrupt' ? interruptRow(r, s) : { op, word: BigInt(r.below(16)) };
    }
    const row = generateCall(r, operation, around, s);
    if (row === null) continue;
    if (!around.othersReady && mayBlock(row, s, around) && r.chance(0.95)) continue;
    return r.chance(t.errorRate) ? spoil(r, row, around) : row;
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

/** Whether the running thread would stop, as far as one can see from the capability. */
function mayBlock(row: CallRow, s: KernelState, around: Surroundings): boolean {
  const named = around.byTarget.any.find(({ cptr }) => cptr === row.cap);
  if (row.op === 'DomainSet_Set') {
    const thread = around.byTarget.tcb.find(({ cptr }) => cptr === row.caps[0])?.cap;
    const isSelf = thread?._tag === 'ThreadCap' && thread.ref === s.globals.currentThread;
    return isSelf && row.words[0] !== BigInt(s.globals.currentDomain);
  }
  if (row.op === 'TCB_Suspend' || row.op === 'TCB_ReadRegisters') {
    return named?.cap._tag === 'ThreadCap' && named.cap.ref === s.globals.currentThread;
  }
  if (row.syscall === 'NBSend' || row.syscall === 'Yield' || row.syscall === 'Reply') return false;
  if (row.op === 'CNode_Revoke' || row.op === 'CNode_Delete') return false;
  if (named === undefined) return true;
  const isReceive = row.syscall === 'Recv' || row.syscall === 'ReplyRecv' || row.syscall === 'NBRecv';
  switch (named.cap._tag) {
    case 'EndpointCap': {
      const waiting = getEndpoint(s, named.cap.ref)._tag;
      if (isReceive) return row.syscall !== 'NBRecv' && waiting !== 'SendEP' && row.syscall !== 'ReplyRecv';
      return row.syscall === 'Call' ? true : waiting !== 'RecvEP';
    }
    case 'NotificationCap':
      return isReceive && row.syscall !== 'NBRecv' && getNotification(s, named.cap.ref).state._tag !== 'ActiveNtfn';
    default:
      return isReceive;
  }
}

function generateCall(r: Random, operation: Operation, around: Surroundings, s: KernelState): CallRow | null {
  if (operation.name === 'Reply' && !around.hasCaller && !r.chance(0.1)) return null;
  const target = operation.target === 'none' ? null : pickNamed(r, around, operation.target);
  if (target === undefined) return null;
  const cap = target?.cptr ?? 0n;
  const syscall = operation.syscalls[r.chance(0.85) ? 0 : r.below(operation.syscalls.length)] ?? 'Call';
  const receive = r.chance(0.12) ? receiveSlot(r, around, s) : null;
  const base = { op: operation.name, syscall, cap, receive, irqCountdown: null, irq: null } as const;
  const label = labelOf(operation);
  if (label === null) {
    const isInvoke = operation.name === 'Invoke';
    return {
      ...base,
      label: isInvoke ? BigInt(r.below(60)) : r.chance(0.7) ? 0n : BigInt(r.below(5)),
      words: message(r, s),
      caps: r.chance(0.25) ? someCaps(r, around) : [],
    };
  }
  const filled = fillMessage(r, operation, target?.cap ?? null, around, s);
  if (filled === null) return null;
  const isLong =
    operation.name === 'CNode_Revoke' || operation.name === 'CNode_Delete' || operation.name === 'Untyped_Retype';
  const irqCountdown = isLong && r.chance(0.25) ? r.below(4) : null;
  const irq = irqCountdown !== null && r.chance(0.4) ? likelyIrq(r, s) : null;
  return { ...base, label, ...filled, irqCountdown, irq };
}

function pickNamed(r: Random, around: Surroundings, target: Operation['target']): Named | undefined {
  const candidates = around.byTarget[target];
  return candidates.length === 0 ? undefined : r.pick(candidates);
}

/** Words of an IPC message; mostly few, sometimes more than fit the registers. */
function message(r: Random, s: KernelState): readonly bigint[] {
  const length = r.chance(0.7)
    ? r.below(4)
    : r.chance(0.8)
      ? r.below(8)
      : r.below(Math.min(s.config.msgMaxLength, 40) + 1);
  return Array.from({ length }, () => (r.chance(0.9) ? BigInt(r.below(100)) : r.word()));
}

function someCaps(r: Random, around: Surroundings): readonly bigint[] {
  const count = 1 + r.below(3);
  return Array.from({ length: count }, () => pickNamed(r, around, r.chance(0.5) ? 'endpoint' : 'any')?.cptr ?? 0n);
}

/** How a slot is named: the CNode that is invoked, the index and the depth. */
interface SlotName {
  readonly root: Named;
  readonly index: bigint;
  readonly depth: bigint;
  readonly slot: number;
}

function nameSlot(root: Named, cnode: CNodeCap, slot: number): SlotName {
  const index = (cnode.guard << BigInt(cnode.radixBits)) | BigInt(slot);
  return { root, index, depth: BigInt(cnode.guardBits + cnode.radixBits), slot: slotAt(cnode.ref, slot) };
}

/** A slot that is empty, or not, as wanted; looks a few times and then takes what there is. */
function pickSlot(
  r: Random,
  around: Surroundings,
  s: KernelState,
  wanted: (cap: Cap, slot: number) => boolean,
  from: Named | null = null,
): SlotName | null {
  const root = from ?? pickNamed(r, around, 'cnode');
  if (root?.cap._tag !== 'CNodeCap') return null;
  const cnode = root.cap;
  const size = 2 ** cnode.radixBits;
  const offset = r.below(size);
  for (let n = 0; n < Math.min(size, 64); n++) {
    const slot = (offset + n) % size;
    if (wanted(getCap(s, slotAt(cnode.ref, slot)), slot)) return nameSlot(root, cnode, slot);
  }
  return nameSlot(root, cnode, offset);
}

const isEmpty = (cap: Cap): boolean => cap._tag === 'NullCap';
const isFull = (cap: Cap): boolean => cap._tag !== 'NullCap';

function receiveSlot(r: Random, around: Surroundings, s: KernelState): readonly [bigint, bigint, bigint] | null {
  const slot = pickSlot(r, around, s, isEmpty);
  return slot === null ? null : [slot.root.cptr, slot.index, slot.depth];
}

/** Deleting the capabilities that everything hangs on ends a program early; it is done, but seldom. */
function isVital(slot: SlotName): boolean {
  return slot.slot % 0x800 < 16 * 32;
}

function fillMessage(
  r: Random,
  operation: Operation,
  invoked: Cap | null,
  around: Surroundings,
  s: KernelState,
): { readonly words: readonly bigint[]; readonly caps: readonly bigint[] } | null {
  const self = around.byTarget.cnode.find(({ cap }) => cap === invoked) ?? null;
  switch (operation.name) {
    case 'CNode_Revoke':
    case 'CNode_Delete': {
      const slot = pickSlot(r, around, s, isFull, self);
      if (slot === null || (isVital(slot) && !r.chance(0.06))) return null;
      return { words: [slot.index, slot.depth], caps: [] };
    }
    case 'CNode_CancelBadgedSends': {
      const slot = pickSlot(r, around, s, (cap) => cap._tag === 'EndpointCap' && cap.badge !== 0n, self);
      return slot && { words: [slot.index, slot.depth], caps: [] };
    }
    case 'CNode_SaveCaller': {
      const slot = pickSlot(r, around, s, isEmpty, self);
      return slot && { words: [slot.index, slot.depth], caps: [] };
    }
    case 'CNode_Copy':
    case 'CNode_Mint':
    case 'CNode_Move':
    case 'CNode_Mutate': {
      const target = pickSlot(r, around, s, isEmpty, self);
      const isMint = operation.name === 'CNode_Mint';
      const source = pickSlot(r, around, s, (cap) => isFull(cap) && (!isMint || isBadgeable(cap) || r.chance(0.3)));
      if (target === null || source === null) return null;
      if (operation.name === 'CNode_Move' && isVital(source) && !r.chance(0.1)) return null;
      const words = [target.index, target.depth, source.index, source.depth];
      if (operation.name === 'CNode_Copy' || isMint) words.push(rights(r));
      if (operation.name === 'CNode_Mint' || operation.name === 'CNode_Mutate')
        words.push(data(r, getCap(s, source.slot)));
      return { words, caps: [source.root.cptr] };
    }
    case 'CNode_Rotate': {
      const source = pickSlot(r, around, s, isFull);
      const pivot = pickSlot(r, around, s, (cap) => isFull(cap) && cap._tag !== 'EndpointCap');
      const target = r.chance(0.4) && self !== null ? source : pickSlot(r, around, s, isEmpty, self);
      if (source === null || pivot === null || target === null) return null;
      if ((isVital(source) || isVital(pivot)) && !r.chance(0.1)) return null;
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
        caps: [pivot.root.cptr, source.root.cptr],
      };
    }
    case 'IRQControl_Get':
    case 'IRQControl_GetIOAPIC':
    case 'IRQControl_GetMSI': {
      const target = pickSlot(r, around, s, isEmpty);
      if (target === null) return null;
      const words = plainWords(r, operation, around, s);
      const at = operation.words.indexOf('index');
      return { words: words.with(at, target.index).with(at + 1, target.depth), caps: [target.root.cptr] };
    }
    case 'Untyped_Retype':
      return retype(r, invoked, around, s);
    default:
      return plainMessage(r, operation, around, s);
  }
}

function isBadgeable(cap: Cap): boolean {
  return (cap._tag === 'EndpointCap' || cap._tag === 'NotificationCap') && cap.badge === 0n;
}

function rights(r: Random): bigint {
  return r.chance(0.5) ? 15n : BigInt(r.below(16));
}

/** A badge for what can have one, a guard for a CNode. */
function data(r: Random, cap: Cap): bigint {
  if (cap._tag !== 'CNodeCap') return r.chance(0.8) ? BigInt(1 + r.below(4)) : edge(r);
  const guardBits = r.chance(0.6) ? 64 - cap.radixBits : r.below(64);
  return BigInt(guardBits) | (r.chance(0.8) ? 0n : BigInt(r.below(8)) << 6n);
}

function retype(
  r: Random,
  invoked: Cap | null,
  around: Surroundings,
  s: KernelState,
): { readonly words: readonly bigint[]; readonly caps: readonly bigint[] } | null {
  const root = pickNamed(r, around, 'cnode');
  if (root?.cap._tag !== 'CNodeCap') return null;
  const cnode = root.cap;
  const type = r.chance(0.85) ? r.pick([0, 1, 1, 2, 2, 3, 3, 4, 4, 8]) : r.below(12);
  const most = invoked?._tag === 'UntypedCap' ? invoked.sizeBits : 8;
  const size = type === 0 ? Math.max(4, most - 1 - r.below(5)) : type === 4 ? 1 + r.below(4) : 0;
  const slots = 2 ** cnode.radixBits;
  const offset = r.below(slots);
  let first = offset;
  while (first < offset + slots && isFull(getCap(s, slotAt(cnode.ref, first % slots)))) first++;
  const count = r.chance(0.8) ? 1 : 1 + r.below(4);
  return {
    words: [BigInt(type), BigInt(size), 0n, 0n, BigInt(first % slots), BigInt(count)],
    caps: [root.cptr],
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
    caps.push(named.cptr);
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
        return BigInt(r.chance(0.9) ? r.below(s.config.priorities) : s.config.priorities + r.below(3));
      case 'address':
        return BigInt(r.below(4)) << BigInt(s.config.ipcBufferBits);
      case 'handler':
        return pickNamed(r, around, 'endpoint')?.cptr ?? 0n;
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

// biome-ignore format: packed
const EDGES = [0n, 1n, 2n, 3n, 63n, 64n, 65n, 0xffn, 0x100n, 2n ** 31n, 2n ** 32n, 2n ** 32n + 1n, 2n ** 47n, 2n ** 56n, 2n ** 63n, 2n ** 64n - 2n, 2n ** 64n - 1n];

function edge(r: Random): bigint {
  return r.chance(0.9) ? r.pick(EDGES) : r.word();
}

/** One thing about the row is made wrong, or at least strange. */
function spoil(r: Random, row: CallRow, around: Surroundings): CallRow {
  switch (r.below(7)) {
    case 0:
      return { ...row, words: row.words.slice(0, -1 - r.below(2)) };
    case 1:
      return { ...row, caps: row.caps.slice(0, -1) };
    case 2:
      return { ...row, cap: r.chance(0.5) ? edge(r) : (pickNamed(r, around, 'any')?.cptr ?? 0n) };
    case 3:
      return {
        ...row,
        caps: row.caps.map((cap) => (r.chance(0.5) ? cap : (pickNamed(r, around, 'any')?.cptr ?? edge(r)))),
      };
    case 4:
      return row.words.length === 0 ? row : { ...row, words: row.words.with(r.below(row.words.length), edge(r)) };
    case 5:
      return row.caps.length === 0 ? row : { ...row, caps: row.caps.with(r.below(row.caps.length), edge(r)) };
    default:
      return row.words.length === 0
        ? { ...row, label: edge(r) & 0xf_ffff_ffff_ffffn }
        : { ...row, words: row.words.with(r.below(row.words.length), BigInt(r.below(70))) };
  }
}
