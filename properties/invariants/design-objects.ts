/** Threads, endpoints and untyped memory as the implementation keeps them. */
import { powerOf2 } from '../../spec/abi/words.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { object } from '../../spec/state/kernel-state.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import type { DesignInvariant, ImplMemory, Violation } from '../property.ts';
import { propertyPoints } from '../variant.ts';
import { atObject, atSlot, atThread, countObjects, hex, l4v } from './check.ts';
import { INVARIANTS_H, countCtes, ctes, perObjectOf, perTcb, wordAt } from './memory.ts';
import type { Kind } from './survey.ts';
import { surveyOf } from './survey.ts';

export const noZeroObject: DesignInvariant = {
  name: "no_0_obj'",
  kind: 'design',
  statement: 'No object lies at address 0, so that 0 can stand for none.',
  l4v: l4v(INVARIANTS_H, "no_0_obj'"),
  evidence: ['spec-object-at-zero'],
  scope: 'global',
  violations: (_memory, s) =>
    object(s, 0) === undefined ? [] : [{ where: atObject(0), because: 'an object at address 0' }],
  exercised: (_memory, s) => surveyOf(s).objects.length,
};

/** Bits of a thread's flags that mean something. */
const KNOWN_FLAGS = 1;

export const validTcbDesign: DesignInvariant = {
  name: "valid_tcb'",
  kind: 'design',
  statement: "A thread's domain, priorities, state and flags are in range, and its links lead to threads or are none.",
  l4v: l4v(
    INVARIANTS_H,
    "valid_tcb'",
    'the parts that valid_tcb does not speak of; also that the time slice is between 1 and a full one',
  ),
  evidence: ['unknown-flags-kept', 'slice-used-up'],
  ...perTcb((memory, s, tcb, out) => {
    const { layout } = memory;
    const { config } = s;
    const below = (offset: number, limit: number, what: string): void => {
      const value = wordAt(memory, tcb + offset);
      if (value >= limit)
        out.push({
          where: atThread(tcb),
          because: `its ${what} is ${value}, not below ${limit}`,
        });
    };
    below(layout.TCB_DOMAIN, config.domains, 'domain');
    below(layout.TCB_PRIORITY, config.priorities, 'priority');
    below(layout.TCB_MCP, config.priorities, 'maximum controlled priority');
    below(layout.TCB_STATE, layout.STATE_IDLE + 1, 'state');
    below(layout.TCB_QUEUED, 2, 'mark of being queued');
    below(layout.TCB_FLAGS, KNOWN_FLAGS + 1, 'flags word');
    below(layout.TCB_TIME_SLICE, config.timeSlice + 1, 'time slice');
    if (wordAt(memory, tcb + layout.TCB_TIME_SLICE) === 0)
      out.push({ where: atThread(tcb), because: 'its time slice is over, and it has no new one' });
    for (const offset of [layout.TCB_SCHED_NEXT, layout.TCB_SCHED_PREV, layout.TCB_EP_NEXT, layout.TCB_EP_PREV]) {
      const link = wordAt(memory, tcb + offset);
      if (link !== 0 && object(s, link)?._tag !== 'Tcb')
        out.push({
          where: atThread(tcb),
          because: `links to ${hex(link)}, which is not a thread`,
        });
    }
  }),
  exercised: (_memory, s) => countObjects(s, (value) => value._tag === 'Tcb'),
};

export const tcbUnusedZero: DesignInvariant = {
  name: 'tcb_unused_fields_zero',
  kind: 'design',
  statement:
    'The fields of a thread that mean nothing in its state are zero, and so is the memory between its last field and its end.',
  l4v: null,
  evidence: ['blocking-badge-left'],
  ...perTcb((memory, s, tcb, out) => {
    const { layout } = memory;
    const state = wordAt(memory, tcb + layout.TCB_STATE);
    const onSend = state === layout.STATE_BLOCKED_ON_SEND;
    const onEndpoint = onSend || state === layout.STATE_BLOCKED_ON_RECEIVE;
    const onObject = onEndpoint || state === layout.STATE_BLOCKED_ON_NOTIFICATION;
    const zero = (from: number, to: number): void => {
      for (let offset = from; offset < to; offset += 4) {
        const word = wordAt(memory, tcb + offset);
        if (word !== 0)
          out.push({
            where: atThread(tcb),
            because: `its word at ${offset} means nothing in state ${state}, but is ${hex(word)}`,
          });
      }
    };
    if (!onObject) {
      zero(layout.TCB_BLOCKING_OBJECT, layout.TCB_BLOCKING_OBJECT + 4);
      zero(layout.TCB_EP_NEXT, layout.TCB_EP_PREV + 4);
    }
    const [from, to] = propertyPoints(s).unusedBadgeWords(memory, state);
    zero(from, to);
    if (!onEndpoint) zero(layout.TCB_BLOCKING_FLAGS, layout.TCB_BLOCKING_FLAGS + 4);
    if (wordAt(memory, tcb + layout.TCB_FAULT) === 0) zero(layout.TCB_FAULT, layout.TCB_SCHED_CONTEXT);
    for (const offset of propertyPoints(s).unusedTcbFields(memory)) zero(offset, offset + 4);
    if (tcb !== layout.IDLE_THREAD) zero(layout.TCB_BYTES, powerOf2(s.config.tcbBits));
  }),
  exercised: (_memory, s) => countObjects(s, (value) => value._tag === 'Tcb'),
};

/** The waiting threads of an endpoint or notification, as a list from head to tail. */
function checkWaiters(memory: ImplMemory, s: KernelState, ref: ObjRef, out: Violation[]): void {
  const { layout } = memory;
  const fail = (because: string): void => {
    out.push({ where: atObject(ref), because });
  };
  // Endpoints and notifications keep head, tail and state in the same places, and 0 is idle in both.
  const head = wordAt(memory, ref + layout.EP_HEAD);
  const tail = wordAt(memory, ref + layout.EP_TAIL);
  const state = wordAt(memory, ref + layout.EP_STATE);
  const isNotification = object(s, ref)?._tag === 'Notification';
  const waits = isNotification ? state === layout.NTFN_WAITING : state !== layout.EP_IDLE;
  if (waits !== (head !== 0)) fail(`its state is ${state}, the head of its queue ${hex(head)}`);
  let before = 0;
  let at = head;
  for (let steps = 0; at !== 0; steps++) {
    if (object(s, at)?._tag !== 'Tcb') {
      fail(`${hex(at)} in its queue is not a thread`);
      return;
    }
    if (steps > s.config.ramSize / powerOf2(s.config.tcbBits)) {
      fail('its queue does not end');
      return;
    }
    if (wordAt(memory, at + layout.TCB_EP_PREV) !== before)
      fail(`${hex(at)} in its queue does not name ${hex(before)} before it`);
    if (wordAt(memory, at + layout.TCB_BLOCKING_OBJECT) !== ref) fail(`${hex(at)} in its queue is not blocked on it`);
    before = at;
    at = wordAt(memory, at + layout.TCB_EP_NEXT);
  }
  if (tail !== before) fail(`the last thread of its queue is ${hex(before)}, its tail ${hex(tail)}`);
}

const WAITABLE: readonly Kind[] = ['IdleEP', 'SendEP', 'RecvEP', 'Notification'];

export const tcbQueueRelation: DesignInvariant = {
  name: "tcb_queue_relation'",
  kind: 'design',
  statement:
    'The queue of an endpoint or notification is a list from its head to its tail of threads that are blocked on it.',
  l4v: l4v(
    'proof/crefine/X64/TcbQueue_C.thy',
    "tcb_queue_relation'",
    'on memory alone; that it is the abstract queue is for the refinement relation',
  ),
  evidence: ['tail-not-moved-back'],
  ...perObjectOf(WAITABLE, checkWaiters),
  exercised: (memory, s) =>
    countObjects(s, (value, ref) => WAITABLE.includes(value._tag) && wordAt(memory, ref + memory.layout.EP_HEAD) !== 0),
};

export const untypedRangesZero: DesignInvariant = {
  name: "untyped_ranges_zero'",
  kind: 'design',
  statement:
    'The free memory of an untyped capability is zero, so that an object can be made in it without clearing it.',
  l4v: l4v(
    INVARIANTS_H,
    "untyped_ranges_zero'",
    'l4v tracks the ranges in a ghost field and says at the level of C that they are zero',
  ),
  evidence: ['reset-does-not-clear'],
  scope: 'global',
  violations: (memory, s) => {
    const out: Violation[] = [];
    const { layout, words } = memory;
    for (const { slot, type, meta, ptr, wordLo, wordHi } of ctes(memory, s)) {
      if (type !== layout.CAP_UNTYPED || (meta & 0x1_0000) !== 0) continue;
      const free = ptr + wordLo + wordHi * 2 ** 32;
      const end = (ptr + powerOf2((meta >>> 17) & 63) - layout.KS_CUR_THREAD) / 4;
      let index = Math.ceil((free - layout.KS_CUR_THREAD) / 4);
      while (index < end && words[index] === 0) index++;
      if (index < Math.min(end, words.length)) {
        const address = layout.KS_CUR_THREAD + index * 4;
        out.push({
          where: atSlot(slot),
          because: `its free memory from ${hex(free)} holds ${hex(words[index] ?? 0)} at ${hex(address)}`,
        });
      }
    }
    return out;
  },
  exercised: (memory, s) => countCtes(memory, s, ({ type }) => type === memory.layout.CAP_UNTYPED),
};
