/**
 * Generation that looks at the abstract state: mostly operations that can succeed for the thread that runs, one in eight spoilt on purpose.
 *
 * Every program has its own taste: half of the programs weigh all operations alike, a quarter use only some (swarm), a quarter have random weights.
 */
import type { KernelConfig } from '../../spec/abi/config.ts';
import { SpecAssertion } from '../../spec/prelude.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import {
  TCB_CTABLE,
  getCap,
  getEndpoint,
  getNotification,
  isRunnable,
  slotAt,
  threadState,
} from '../../spec/state/kernel-state.ts';
import { stepSpec } from '../step/spec-step.ts';
import { generateCall, likelyIrq } from './call-row.ts';
import { edge } from './edge.ts';
import type { Operation } from './operations.ts';
import { EVENTS, operationIn, operationsOf } from './operations.ts';
import type { CallRow, Row } from './program.ts';
import { isCallRow, toKernelStep } from './program.ts';
import { rareRow } from './lent-time.ts';
import { isServing, rally } from './rally.ts';
import type { Random } from './random.ts';
import { spoil } from './spoil.ts';
import type { Surroundings } from './surroundings.ts';
import { takeAway } from './take-away.ts';
import { WAKING, wakes } from './time-message.ts';
import { timed } from './time-row.ts';
import { readyCount, surroundings } from './surroundings.ts';
import { userAddress } from './vspace-row.ts';

/** How often an operation is drawn when all are wanted; anything not named here is 2. */
// biome-ignore format: packed
const USUAL: Readonly<Record<string, number>> = {
  Call: 12, ReplyRecv: 9, Send: 5, NBSend: 3, Recv: 7, NBRecv: 3, Reply: 5, Yield: 2, SendReply: 4, Signal: 6, Wait: 5, Poll: 3,
  Untyped_Retype: 9, CNode_Copy: 6, CNode_Mint: 7, CNode_Move: 4, CNode_Delete: 6, CNode_Revoke: 3, CNode_SaveCaller: 3, CNode_Rotate: 3,
  CNode_CancelBadgedSends: 3, TCB_Configure: 4, TCB_WriteRegisters: 4, TCB_Resume: 5, TCB_Suspend: 3, TCB_SetPriority: 4,
  TCB_BindNotification: 3, IRQControl_Get: 1, IRQControl_GetMSI: 1, IRQHandler_Ack: 4, IRQHandler_SetNotification: 3, DomainSet_Set: 3,
  IRQControl_GetTrigger: 1, Invoke: 1, Page_GetAddress: 1, PDPT_Map: 2, PageDirectory_Map: 2, PageTable_Map: 4, Page_Map: 6, Page_Unmap: 2, ASIDPool_Assign: 3,
  PDPT_Unmap: 1, PageDirectory_Unmap: 1, PageTable_Unmap: 1, ASIDControl_MakePool: 4, IOPortControl_Issue: 2, IOPort_In8: 1, IOPort_In16: 1, IOPort_In32: 1,
  NBSendRecv: 4, NBSendWait: 4, SchedControl_ConfigureFlags: 6, SchedContext_Bind: 5, SchedContext_Unbind: 2, SchedContext_UnbindObject: 3,
  SchedContext_Consumed: 2, SchedContext_YieldTo: 4, TCB_SetSchedParams: 4, TCB_SetTimeoutEndpoint: 3, IOPort_Out8: 1, IOPort_Out16: 1, IOPort_Out32: 1, Load: 2, Store: 3, Fetch: 1, Tick: 5, Interrupt: 5, Spurious: 1, UseFpu: 3, UnknownSyscall: 2, UserException: 2, VMFault: 2,
};

/** MCS: how often what is seldom possible is done where it is. */
const RARE = 0.2;
/** MCS: how often somebody who was called answers, or calls on, at least. */
const SERVING = 0.5;
/** How often an object is taken away from those who wait for it. */
const TAKEN_AWAY = 0.015;

export interface Taste {
  readonly operations: readonly Operation[];
  /** Weights of these, and then of all other ways into the kernel, as running sums. */
  readonly sums: readonly number[];
  readonly errorRate: number;
  readonly rallyRate: number;
  /** Of rows that get somebody going, when hardly anybody else can run. */
  readonly wakeRate: number;
  /** Which objects the program comes back to again and again: much goes wrong only where several operations meet on one object. */
  readonly focus: number;
}

export function taste(r: Random, config: KernelConfig): Taste {
  const style = r.below(4);
  const operations = operationsOf(config);
  const weights: number[] = [...operations.map(({ name }) => name), ...EVENTS].map((name) => {
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
    operations,
    sums,
    errorRate: r.pick([0.05, 0.12, 0.12, 0.25]),
    rallyRate: r.pick(config.variant === 'mcs' ? [0.1, 0.3, 0.4, 0.6] : [0, 0.1, 0.1, 0.4]),
    wakeRate: config.variant === 'mcs' ? 0.3 : 0.15,
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
  if (s.globals.currentThread === s.globals.idleThread) return r.chance(0.3) ? timed(r, interruptRow(r, s), s) : null;
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
    const drawn = drawRow(r, t, around, s);
    if (drawn === null) continue;
    const row = timed(r, drawn, s);
    const refusal = REFUSALS[around.othersReady];
    if (refusal === undefined || !stopsSomebody(row, s, around.othersReady) || !r.chance(refusal)) return row;
  }
  return { op: 'Tick', word: 0n };
}

/** Mostly one that has a handler and is not masked; now and then one that should not come. */
function interruptRow(r: Random, s: KernelState): Row {
  return { op: 'Interrupt', word: BigInt(likelyIrq(r, s)) };
}

function drawRow(r: Random, t: Taste, around: Surroundings, s: KernelState): Row | null {
  const isMcs = s.globals.time.schedContext !== null;
  const row =
    (isMcs && r.chance(RARE) ? rareRow(r, around, s) : null) ??
    (r.chance(TAKEN_AWAY) ? takeAway(r, around, s) : null) ??
    (r.chance(isMcs && isServing(s) ? Math.max(t.rallyRate, SERVING) : t.rallyRate) ? rally(r, around, s) : null) ??
    (around.othersReady < 2 && r.chance(t.wakeRate) ? wakeRow(r, around, s) : null) ??
    anyRow(r, t, around, s);
  return row !== null && isCallRow(row) && r.chance(t.errorRate) ? spoil(r, row, around) : row;
}

function anyRow(r: Random, t: Taste, around: Surroundings, s: KernelState): Row | null {
  const chosen = draw(r, t);
  const operation = t.operations[chosen];
  if (operation === undefined) {
    const op = EVENTS[chosen - t.operations.length] ?? 'Tick';
    if (op === 'Interrupt') return interruptRow(r, s);
    if (op === 'Load' || op === 'Store' || op === 'Fetch') return { op, word: userAddress(r, s) };
    return { op, word: r.chance(0.8) ? BigInt(r.below(16)) : edge(r) };
  }
  return generateCall(r, operation, around, s);
}

/** Gets a thread going that does not run, by resuming it or by sending to what it waits for. */
function wakeRow(r: Random, around: Surroundings, s: KernelState): CallRow | null {
  const usual = ['TCB_Resume', 'NBSend', 'Call', 'Signal'] as const;
  const name = s.globals.time.schedContext === null ? r.pick(usual) : r.pick([...usual, ...WAKING]);
  const operation = operationIn(s.config, name);
  if (operation === undefined) return null;
  const candidates = around.byTarget[operation.target].filter(({ cap }) => {
    if (WAKING.some((one) => one === name)) return wakes(s, name, cap);
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
    const { currentThread, idleThread, time } = t.globals;
    const isOver = currentThread === idleThread && time.releaseQueue.length === 0;
    return isOver || readyCount(t) < othersReady;
  } catch {
    // Whatever is wrong with this row will be seen when it is carried out.
    return false;
  }
}
