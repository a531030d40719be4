/**
 * Scheduling contexts of the MCS kernel, as far as they are modelled: a budget as long as its period, given once, and bound to a thread.
 *
 * @source seL4 src/object/schedcontrol.c `decodeSchedControl_ConfigureFlags`; schedcontext.c `schedContext_bindTCB`; tcb.c `decodeSetSchedParams`
 */
import {
  ILLEGAL_OPERATION,
  INVALID_CAPABILITY,
  LABEL_SCHED_CONTEXT_FIRST,
  LABEL_SCHED_CONTEXT_LAST,
  LABEL_SCHED_CONTROL_CONFIGURE_FLAGS,
  TRUNCATED_MESSAGE,
} from '../abi.ts';
import { load, notModelled, store } from '../memory/heap.ts';
import {
  CAP_ENDPOINT,
  CAP_NULL,
  CAP_SCHED_CONTEXT,
  SCHED_CONTEXT_BUDGET_HI,
  SCHED_CONTEXT_BUDGET_LO,
  SCHED_CONTEXT_TCB,
  TCB_SCHED_CONTEXT,
} from '../memory/layout.ts';
import { argCount, argHi, argLo } from './arguments.ts';
import { capAddress, capField, capType } from './caps.ts';
import { beginPerform } from './cnode.ts';
import { OK, fail, failWith } from './outcome.ts';
import { schedEnqueue } from './ready-queues.ts';
import { currentThread, isRunnable, rescheduleRequired } from './scheduler.ts';
import { extraCapCount, extraCaps } from './transfer.ts';

/** Microseconds: no recorded run uses up the shortest one before it ends or is cut off. */
const SHORTEST_BUDGET = 1_000;
const LONGEST_BUDGET = 1_000_000;

export function decodeSchedControl(label: number): number {
  if (label !== LABEL_SCHED_CONTROL_CONFIGURE_FLAGS) return fail(ILLEGAL_OPERATION);
  if (extraCapCount < 1 || argCount < 5) return fail(TRUNCATED_MESSAGE);
  const budget = argLo[0]!;
  let isModelled = argLo[1] === budget && budget >= SHORTEST_BUDGET && budget <= LONGEST_BUDGET;
  isModelled &&= argLo[2] === 0 && argLo[3] === 0 && argLo[4] === 0;
  for (let n = 0; n < 5; n++) isModelled &&= argHi[n] === 0;
  if (!isModelled)
    notModelled('SchedControl_ConfigureFlags with anything but 1 ms to 1 s in a period of the same length');
  const slot = extraCaps[0]!;
  if (capType(slot) !== CAP_SCHED_CONTEXT) return failWith(INVALID_CAPABILITY, 1);
  const context = capAddress(slot);
  if (load(context + SCHED_CONTEXT_TCB) !== 0) notModelled('SchedControl_ConfigureFlags on a bound scheduling context');
  beginPerform();
  store(context + SCHED_CONTEXT_BUDGET_LO, budget);
  store(context + SCHED_CONTEXT_BUDGET_HI, 0);
  return OK;
}

const SCHED_CONTEXT_CALLS = [
  'SchedContextBind',
  'SchedContextUnbind',
  'SchedContextUnbindObject',
  'SchedContextConsumed',
  'SchedContextYieldTo',
];

export function decodeSchedContext(label: number): number {
  if (label < LABEL_SCHED_CONTEXT_FIRST || label > LABEL_SCHED_CONTEXT_LAST) return fail(ILLEGAL_OPERATION);
  notModelled(SCHED_CONTEXT_CALLS[label - LABEL_SCHED_CONTEXT_FIRST] ?? 'an invocation of a scheduling context');
}

/** What TCB_SetSchedParams asks of the entries of the scheduling context and of the fault handler. */
export function checkTime(tcb: number, context: number, handler: number): number {
  const bound = load(tcb + TCB_SCHED_CONTEXT);
  switch (capType(context)) {
    case CAP_SCHED_CONTEXT: {
      const wanted = capAddress(context);
      if (wanted === bound) break;
      if (bound !== 0 || load(wanted + SCHED_CONTEXT_TCB) !== 0) return fail(ILLEGAL_OPERATION);
      if (load(wanted + SCHED_CONTEXT_BUDGET_LO) === 0) notModelled('binding a scheduling context without budget');
      break;
    }
    case CAP_NULL:
      if (tcb === currentThread()) return fail(ILLEGAL_OPERATION);
      if (bound !== 0) notModelled('TCB_SetSchedParams taking a scheduling context away');
      break;
    default:
      return failWith(INVALID_CAPABILITY, 2);
  }
  const rights = capField(handler, 16, 15);
  const isUsable = capType(handler) === CAP_ENDPOINT && (rights & 1) !== 0 && (rights & 12) !== 0;
  return isUsable || capType(handler) === CAP_NULL ? OK : failWith(INVALID_CAPABILITY, 3);
}

/** Binds the scheduling context in an entry that was checked; one that is bound already, or none, changes nothing. */
export function bindSchedContext(tcb: number, slot: number): void {
  if (capType(slot) !== CAP_SCHED_CONTEXT) return;
  const context = capAddress(slot);
  if (load(context + SCHED_CONTEXT_TCB) === tcb) return;
  store(context + SCHED_CONTEXT_TCB, tcb);
  store(tcb + TCB_SCHED_CONTEXT, context);
  if (!isRunnable(tcb)) return;
  schedEnqueue(tcb);
  rescheduleRequired();
}
