/**
 * Ready queues, the scheduler's globals and the machine. The bitmaps have no counterpart: that they fit the queues is a design
 * invariant (`valid_bitmaps`), as in l4v.
 *
 * @source l4v proof/refine/StateRelation.thy `ready_queues_relation`, `sched_act_relation`, `interrupt_state_relation`, `state_relation`
 */
import { powerOf2 } from '../../spec/abi/words.ts';
import type { Globals, IrqState, KernelState, SchedulerAction } from '../../spec/state/kernel-state.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { Difference, Image } from './image.ts';
import { compareNumber, compareReference, compareWord, differ, hex, load, reference } from './image.ts';
import { EMPTY_QUEUE, compareQueue, renderQueue } from './queue.ts';
import { compareTime } from './time.ts';
import { compareVSpaceGlobals } from './vspace.ts';

/** `key` is domain * priorities + priority. */
export function compareReadyQueue(m: Image, s: KernelState, key: number, out: Difference[]): void {
  const { layout: L } = m;
  const head = L.KS_READY_QUEUES + key * L.READY_QUEUE_BYTES;
  if (s.config.scheduler === 'lazy') {
    compareLazyQueue(m, s, head, key, out);
    return;
  }
  compareQueue(
    m,
    head,
    L.TCB_SCHED_NEXT,
    L.TCB_SCHED_PREV,
    PMap.get(s.queues, key) ?? EMPTY_QUEUE,
    'ready queue',
    key,
    out,
  );
}

/**
 * Lazy scheduling: the threads of the specification's queue are the runnable ones of the list but for the current thread, in any order. Blocked
 * threads may linger in the list. That it is well-formed is a design invariant (`list_queue_relation`).
 */
function compareLazyQueue(m: Image, s: KernelState, head: number, key: number, out: Difference[]): void {
  const { layout: L } = m;
  const expected = PMap.get(s.queues, key) ?? EMPTY_QUEUE;
  const found: number[] = [];
  const limit = m.bytes / powerOf2(m.config.tcbBits);
  let thread = load(m, head);
  for (let n = 0; thread !== 0 && n <= limit; n++) {
    const state = load(m, thread + L.TCB_STATE);
    const runnable = state === L.STATE_RUNNING || state === L.STATE_RESTART;
    if (runnable && thread !== s.globals.currentThread) found.push(thread);
    thread = load(m, thread + L.TCB_SCHED_NEXT);
  }
  if (found.length === expected.length && expected.every((one) => found.includes(one))) return;
  differ(out, `ready queue ${hex(key)}`, 'ready threads', renderQueue(expected), renderQueue(found));
}

/** The globals that change in the course of things. */
export function compareGlobals(m: Image, globals: Globals, out: Difference[]): void {
  const { layout: L } = m;
  const { machine } = globals;
  global(m, L.KS_CUR_DOMAIN, globals.currentDomain, 'current domain', out);
  global(m, L.KS_DOMAIN_INDEX, globals.domainIndex, 'domain schedule index', out);
  global(m, L.KS_DOMAIN_START, globals.domainStart, 'domain schedule start', out);
  global(m, L.KS_WORK_UNITS, globals.workUnits, 'work units', out);
  global(m, L.HW_PENDING_IRQ, machine.pendingIrq ?? L.NO_IRQ, 'pending interrupt', out);
  global(m, L.HW_IRQ_COUNTDOWN, machine.irqArrival?.countdown ?? L.NO_IRQ, 'looks until an interrupt comes', out);
  global(m, L.HW_ARRIVING_IRQ, machine.irqArrival?.irq ?? L.NO_IRQ, 'interrupt on its way', out);
  global(m, L.HW_FPU_ENABLED, machine.fpu.enabled ? 1 : 0, 'floating-point unit enabled', out);
  compareWord(m, L.HW_FPU_LO, machine.fpu.registers, 'globals', m.base, 'floating-point registers', out);
  compareReference(m, L.KS_FPU_OWNER, globals.fpuOwner, 'globals', m.base, "floating-point unit's owner", out);
  compareWord(m, L.KS_DOMAIN_TIME_LO, globals.domainTime, 'globals', m.base, 'domain time', out);
  compareReference(m, L.KS_CUR_THREAD, globals.currentThread, 'globals', m.base, 'current thread', out);
  compareVSpaceGlobals(m, globals, out);
  compareTime(m, globals, out);
  global(m, L.HW_PORT_IN, machine.portIn, 'answer of a port', out);
  global(m, L.HW_PORT_OUT, machine.portOut?.port ?? 0, 'port written', out);
  global(m, L.HW_PORT_OUT_BITS, machine.portOut?.bits ?? 0, 'bits written to a port', out);
  global(m, L.HW_PORT_OUT_VALUE, machine.portOut?.value ?? 0, 'value written to a port', out);
  const action = load(m, L.KS_SCHEDULER_ACTION);
  if (action !== actionWord(L, globals.schedulerAction)) {
    differ(out, `globals ${hex(m.base)}`, 'scheduler action', renderAction(globals.schedulerAction), reference(action));
  }
}

function global(m: Image, address: number, spec: number, field: string, out: Difference[]): void {
  compareNumber(m, address, spec, 'globals', m.base, field, out);
}

function actionWord(L: Image['layout'], action: SchedulerAction): number {
  switch (action._tag) {
    case 'ResumeCurrentThread':
      return L.ACTION_RESUME;
    case 'ChooseNewThread':
      return L.ACTION_CHOOSE;
    case 'SwitchToThread':
      return action.thread;
  }
}

function renderAction(action: SchedulerAction): string {
  return action._tag === 'SwitchToThread' ? `${action._tag} ${hex(action.thread)}` : action._tag;
}

const IRQ_STATES: Readonly<Record<IrqState, number>> = { Inactive: 0, Signal: 1, Timer: 2, Reserved: 3 };

/** State and mask of every interrupt. */
export function compareInterrupts(m: Image, globals: Globals, out: Difference[]): void {
  const { layout: L } = m;
  for (let irq = 0; irq < globals.irqStates.length; irq++) {
    const spec = globals.irqStates[irq]!;
    compareNumber(m, L.KS_IRQ_STATE + irq * 4, IRQ_STATES[spec], 'interrupt', irq, 'state', out);
  }
  for (let irq = 0; irq < globals.machine.irqMasked.length; irq++) {
    compareNumber(
      m,
      L.HW_IRQ_MASKED + irq * 4,
      globals.machine.irqMasked[irq] === true ? 1 : 0,
      'interrupt',
      irq,
      'masked',
      out,
    );
  }
}

/** Which I/O ports somebody has. */
export function compareIOPorts(m: Image, { ioPorts }: Globals, out: Difference[]): void {
  const words = new Uint32Array(m.config.ioPorts / 32);
  for (const { first, last } of ioPorts)
    for (let port = first; port <= last; port++) words[port >>> 5]! |= 1 << (port & 31);
  for (let at = 0; at < words.length; at++)
    compareNumber(m, m.layout.KS_IO_PORTS + at * 4, words[at]!, 'I/O ports', at * 32, 'taken', out);
}

/** The table of domains and durations. */
export function compareDomainSchedule(m: Image, globals: Globals, out: Difference[]): void {
  const { layout: L } = m;
  for (let index = 0; index < globals.domainSchedule.length; index++) {
    const spec = globals.domainSchedule[index]!;
    const at = L.KS_DOMAIN_SCHEDULE + index * L.DOMAIN_ENTRY_BYTES;
    compareNumber(m, at, spec.domain, 'domain schedule entry', index, 'domain', out);
    compareNumber(m, at + 4, 0, 'domain schedule entry', index, 'padding', out);
    compareWord(m, at + 8, spec.duration, 'domain schedule entry', index, 'duration', out);
  }
}
