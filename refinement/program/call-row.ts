/** A system call of the running thread: whom it is made on, and a message that mostly makes sense there. */
import { abi } from '../../spec/abi/variant.ts';
import { powerOf2 } from '../../spec/abi/words.ts';
import { isFinalCap } from '../../spec/state/cap-rules.ts';
import type { Cap } from '../../spec/state/caps.ts';
import { ALLOW_GRANT, ALLOW_GRANT_REPLY, ALLOW_READ, ALLOW_WRITE, ALL_RIGHTS } from '../../spec/state/caps.ts';
import { cdtNode, descendantsOf, hasChildren, isOriginal } from '../../spec/state/cdt.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { vspaceOf } from '../../spec/state/vspace.ts';
import {
  TCB_CTABLE,
  getCap,
  getEndpoint,
  getNotification,
  getReply,
  getTcb,
  slotAt,
} from '../../spec/state/kernel-state.ts';
import { minBudget } from '../../spec/state/refills.ts';
import { edge } from './edge.ts';
import type { Operation } from './operations.ts';
import { PREEMPTIBLE, labelOf } from './operations.ts';
import type { CallRow } from './program.ts';
import type { Random } from './random.ts';
import { several } from './random.ts';
import type { SlotName } from './slot-names.ts';
import { isEmpty, isFull, nameOf, pickSlot } from './slot-names.ts';
import type { Named, Surroundings } from './surroundings.ts';
import { cptrOf, pickNamed } from './surroundings.ts';
import { likelyTarget, timeCap, timeMessage } from './time-message.ts';
import { vspaceMessage } from './vspace-row.ts';

export function generateCall(
  r: Random,
  operation: Operation,
  around: Surroundings,
  s: KernelState,
  given?: Named,
): CallRow | null {
  if (operation.name === 'Reply' && !around.hasCaller && !r.chance(0.1)) return null;
  // Without a buffer neither capabilities nor more than a few words can be passed.
  if (operation.caps.length > 0 && !around.hasBuffer && r.chance(0.9)) return null;
  const target =
    given ??
    (operation.target === 'none'
      ? null
      : (likelyTarget(r, operation, around, s) ?? pickNamed(r, around, operation.target)));
  if (target === undefined) return null;
  const cap = target === null ? 0n : cptrOf(target);
  const syscall = operation.syscalls[r.chance(0.85) ? 0 : r.below(operation.syscalls.length)] ?? 'Call';
  const receive = r.chance(0.12) ? receiveSlot(r, around, s) : null;
  const op = operation.name;
  const label = labelOf(operation, s.config);
  if (label === null) {
    const chosen = op === 'Invoke' ? BigInt(r.below(60)) : r.chance(0.7) ? 0n : BigInt(r.below(5));
    const words = message(r, s);
    const caps = r.chance(0.25) ? someCaps(r, around, cap) : [];
    const plain = { op, syscall, cap, label: chosen, words, caps, receive, irqCountdown: null, irq: null };
    return s.globals.time.schedContext === null ? plain : withReply(r, plain, around, s);
  }
  const filled = fillMessage(r, operation, target?.cap ?? null, around, s);
  if (filled === null) return null;
  const irqCountdown = PREEMPTIBLE.includes(op) && r.chance(0.25) ? r.below(4) : null;
  const irq = irqCountdown !== null && r.chance(0.4) ? likelyIrq(r, s) : null;
  return { op, syscall, cap, label, words: filled.words, caps: filled.caps, receive, irqCountdown, irq };
}

/** MCS: the reply object that a receiver offers, or that an answer goes through; and what NBSendRecv sends to. */
function withReply(r: Random, row: CallRow, around: Surroundings, s: KernelState): CallRow {
  const sends = row.syscall === 'NBSendWait' && r.chance(0.5);
  const free = around.byTarget.reply.filter(
    ({ cap }) => cap._tag === 'ReplyObjectCap' && getReply(s, cap.ref).tcb === null,
  );
  const reply = r.chance(0.04)
    ? 0n
    : cptrOf(
        sends || free.length === 0 || r.chance(0.25)
          ? pickNamed(r, around, r.chance(0.95) ? (sends ? 'endpoint' : 'reply') : 'any')
          : r.pick(free),
      );
  if (row.syscall !== 'NBSendRecv') return { ...row, reply };
  const sendDest = cptrOf(pickNamed(r, around, r.pick(['endpoint', 'reply', 'notification', 'any'] as const)));
  return { ...row, reply, sendDest };
}

export function likelyIrq(r: Random, s: KernelState): number {
  const { irqStates, machine } = s.globals;
  const open = irqStates.flatMap((state, irq) => (state === 'Signal' && machine.irqMasked[irq] === false ? [irq] : []));
  return open.length > 0 && r.chance(0.75) ? r.pick(open) : r.below(s.config.irqLines);
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
    case 'ASIDPoolCap':
    case 'IOPortCap':
      return true;
    case 'ReplyObjectCap':
    case 'SchedContextCap':
      return isFinalCap(s, slot, cap);
    case 'FrameCap':
      return cap.mapped !== null;
    case 'PagingCap':
      return cap.mapped !== null && isFinalCap(s, slot, cap);
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
    case 'IRQControl_GetMSI':
    case 'IRQControl_GetTrigger':
    case 'IOPortControl_Issue': {
      const target = pickSlot(r, around, s, isEmpty);
      if (target === null) return null;
      const words = plainWords(r, operation, invoked, around, s);
      const at = operation.words.indexOf('index');
      return { words: words.with(at, target.index).with(at + 1, target.depth), caps: [cptrOf(target.root)] };
    }
    case 'Untyped_Retype':
      return retype(r, invoked, around, s);
    case 'TCB_UnbindNotification':
    case 'TCB_BindNotification': {
      const isBound = invoked?._tag === 'ThreadCap' && getTcb(s, invoked.ref).boundNotification !== null;
      if (isBound === (operation.name === 'TCB_BindNotification') && r.chance(0.8)) return null;
      return plainMessage(r, operation, invoked, around, s);
    }
    default: {
      const aboutSpaces = vspaceMessage(r, operation, invoked, around, s);
      if (aboutSpaces !== undefined) return aboutSpaces;
      const aboutTime = timeMessage(r, operation, invoked, around, s);
      return aboutTime === undefined ? plainMessage(r, operation, invoked, around, s) : aboutTime;
    }
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
  const types = abi(s.config).objectTypes;
  const ofTime = types.flatMap((name, at) => (name === 'SchedContext' || name === 'Reply' ? [at] : []));
  const usual = [
    0,
    1,
    1,
    2,
    2,
    3,
    3,
    4,
    4,
    ...ofTime,
    ...ofTime,
    types.indexOf('SmallPage'),
    types.indexOf(s.config.arch.vspaceRoot),
  ];
  const type = r.chance(0.75) ? r.pick(usual) : r.below(types.length);
  const most = invoked?._tag === 'UntypedCap' ? invoked.sizeBits : 8;
  const size =
    type === 0
      ? r.chance(0.3)
        ? s.config.asidPoolBits
        : Math.max(4, most - 1 - r.below(5))
      : type === 4
        ? 1 + r.below(4)
        : types[type] === 'SchedContext'
          ? s.config.minSchedContextBits - (r.chance(0.1) ? 1 : 0) + r.below(3)
          : 0;
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
  invoked: Cap | null,
  around: Surroundings,
  s: KernelState,
): { readonly words: readonly bigint[]; readonly caps: readonly bigint[] } | null {
  const words = plainWords(r, operation, invoked, around, s);
  const caps: bigint[] = [];
  for (const target of operation.caps) {
    // What may be anything is the root of the address space.
    const ofTime = timeCap(r, operation, target, invoked, around, s);
    if (ofTime !== undefined) {
      caps.push(ofTime);
      continue;
    }
    const named = target === 'any' ? livingRoot(r, around, s) : pickNamed(r, around, target);
    if (named === undefined) return null;
    caps.push(cptrOf(named));
  }
  return { words, caps };
}

function livingRoot(r: Random, around: Surroundings, s: KernelState): Named | undefined {
  const living = around.byTarget.vspace.filter(({ cap }) => vspaceOf(s, cap) !== null);
  return living.length > 0 && r.chance(0.93)
    ? r.pick(living)
    : pickNamed(r, around, r.pick(['vspace', 'vspace', 'pageTable']));
}

function plainWords(
  r: Random,
  operation: Operation,
  invoked: Cap | null,
  around: Surroundings,
  s: KernelState,
): readonly bigint[] {
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
      case 'port': {
        const near = invoked?._tag === 'IOPortCap' ? Math.max(0, invoked.first - 1) : 0;
        return BigInt(r.chance(0.9) ? near + r.below(6) : r.below(2 ** 17));
      }
      case 'entry':
        return BigInt(r.chance(0.8) ? r.below(3) : r.below(s.config.domainScheduleLength + 2));
      case 'duration':
        return r.chance(0.9) ? BigInt(r.below(4)) * sliceUnit(s) : edge(r);
      default:
        return r.chance(0.8) ? BigInt(r.below(1000)) : edge(r);
    }
  });
}

/** Slices of domains are ticks, of which a timer of the MCS kernel has many. */
function sliceUnit(s: KernelState): bigint {
  return s.globals.time.schedContext === null ? 1n : 4n * minBudget(s.config);
}

/** Often one that another thread has, so that queues get longer than one. */
function priority(r: Random, around: Surroundings, s: KernelState): number {
  const thread = pickNamed(r, around, 'tcb')?.cap;
  if (thread?._tag === 'ThreadCap' && r.chance(0.5)) return getTcb(s, thread.ref).priority;
  return r.chance(0.95) ? r.below(s.config.priorities) : s.config.priorities + r.below(3);
}
