/**
 * Replays one recorded script on one kernel, strictly: every thread issues the recorded operations, and every result, every
 * switch and the end state must be what the real kernel gave. The only thing not recorded is the phase of the timer tick, a parameter.
 */
import type { Clock } from './clock.ts';
import { tickingClock } from './clock.ts';
import { compareEnd, compareResult } from './compare.ts';
import type { Pending } from './course.ts';
import { courseOf } from './course.ts';
import { devicesOf } from './devices.ts';
import type { Difference, LeftOut } from './difference.ts';
import { Stop, describe } from './difference.ts';
import type { EntryTimes, Shifts } from './entry-times.ts';
import { entryTimes } from './entry-times.ts';
import type { KernelUnderTest } from './kernel-under-test.ts';
import type { AssertionCounts } from './outcomes.ts';
import { outcomesOf } from './outcomes.ts';
import type { Durations, Platform } from './platform.ts';
import { playerOf } from './player.ts';
import { programmedClock } from './programmed-clock.ts';
import { outOfScope } from './scope.ts';
import type { TraceEvent, TraceOp, TraceResult, TraceScript } from './trace.ts';
import { userMemory } from './user-memory.ts';

export interface Replayed {
  /** Operations in the recording. */
  readonly operations: number;
  /** Operations whose result, or whose not returning, was compared. */
  readonly compared: number;
  readonly leftOut: LeftOut | null;
  readonly difference: Difference | null;
  /** Words of the user program's that the kernel passed on, and whose value was taken from the recording when it first showed. */
  readonly taken: number;
  readonly assertions: AssertionCounts;
  /** Interrupts of the kernel's timer. */
  readonly ticks: number;
  /**
   * Whether ticks at other times could have made a difference: they cannot before a thread that was charged for all of them, and one more,
   * would have used up its time slice, while the domain has all the time in the world.
   */
  readonly phaseMatters: boolean;
  /** Times of the first tick, after the first and up to the second, that give this same replay; null where the kernel programs its timer. */
  readonly firstTick: readonly [after: number, upTo: number] | null;
  /** Whether a device's interrupt came in the middle of a system call, at the look for one that was asked for. */
  readonly preempted: boolean;
  /** Accesses that went by a translation that the kernel had not made the processor forget. */
  readonly staleUses: number;
}

/** What a recording does not say, and is tried. */
export interface Timing {
  /** When the first tick comes, in nanoseconds from the start of the script. */
  readonly firstTickNs: number;
  /** How many looks for an interrupt a long system call gets through before it sees the one that comes in the middle of it. */
  readonly looks: number;
  /** Where the kernel reads a clock: how long before the script root's slice began. */
  readonly usedNs?: number;
  readonly times?: EntryTimes;
  /** How much longer than usual the kernel takes from reading its clock to the thread that runs then, as a factor. */
  readonly tempo?: number;
}

const NO_SHIFTS: Shifts = new Map();

/** Ticks that no recording lasts for. */
const UNHURRIED = 2n ** 32n;

export function replay(
  script: TraceScript,
  kernel: KernelUnderTest,
  platform: Platform,
  { firstTickNs, looks, usedNs = 0, tempo = 1, times = entryTimes(NO_SHIFTS) }: Timing,
): Replayed {
  const { config } = platform;
  const { nextIP } = config.registers;
  const course = courseOf(script, kernel, platform);
  const { names, threads, unknown, pendingOf, check, checkWord, fail } = course;
  const devices = devicesOf(platform, kernel);
  const memory = userMemory(kernel, platform);
  const player = playerOf(course, devices, memory, looks);
  const programmed =
    platform.durations === null
      ? null
      : programmedClock(course, devices, player, atTempo(platform.durations, tempo), usedNs, times);
  const clock: Clock = programmed ?? tickingClock(course, devices, player, firstTickNs);
  const outcomes = outcomesOf(script, names);
  const operations = script.events.filter(isStart).length;
  const syscallBytes = BigInt(platform.instructionBytes['syscall'] ?? 0);
  let compared = 0;

  const finish = (event: TraceEvent): void => {
    const thread = course.threadNamed(event.t);
    const pending = pendingOf.get(event.t);
    if (pending === undefined) return fail('operation', 'one that was issued', 'none');
    const { entry } = pending;
    if (event.i !== undefined && pending.index !== undefined) check('operation', event.i, pending.index);
    const skipped = event.res?.skipped_by_fault_handler === true;
    const pc = kernel.register(thread, nextIP);
    let result: ReadonlyMap<string, string> = new Map<string, string>();
    let value: bigint | null = null;
    switch (entry._tag) {
      case 'Syscall':
        if (!skipped) check('program counter', pending.pc + syscallBytes, pc);
        break;
      case 'Fault':
        break;
      case 'Access':
        // What a load that was skipped leaves in its register, only the program knows.
        if (entry.access === 'load') value = pending.loaded ?? unknown.fresh();
        break;
      case 'Loop':
        if (memory.isWaiting(entry)) fail('shared word', 'another value', 'the one that is waited for to change');
        break;
      case 'Fpu':
        value = kernel.fpu().registers;
        break;
      case 'Count': {
        const physical = kernel.translate(entry.address, 'store');
        const before = unknown.valueOf(pending.before ?? 0n);
        if (physical !== null && !unknown.isUnknown(before)) kernel.storeWord(physical, before + entry.times);
        break;
      }
      case 'Alarm':
      case 'Clone':
      case 'None':
    }
    if (pc === pending.pc) fail('program counter', 'past the instruction', 'at the instruction');
    if (event.res?.value !== undefined) {
      if (value === null) fail('value', event.res.value, 'none');
      else checkWord('value', event.res.value, value);
    }
    if (value !== null) result = new Map([['value', String(unknown.valueOf(value))]]);
    if (event.res?.label !== undefined && !skipped) result = compareResult(course, thread, event.res);
    outcomes.returned(event, course.at, result);
    connectInterrupt(pending.op, event.res);
    pendingOf.delete(event.t);
    compared++;
  };
  /** The kernel tells the I/O APIC which interrupt a pin is; that is nothing that the model of a kernel has. */
  const connectInterrupt = ({ method, raw }: TraceOp, res: TraceResult | null | undefined): void => {
    if (method !== 'IRQControl_GetIOAPIC' || res?.err !== 'seL4_NoError') return;
    const [, , , pin, , , vector] = (raw?.mrs ?? []).map((word) => names.value(word));
    devices.connect(pin ?? 0n, config.irqController.userMin + Number(vector ?? 0n));
  };

  /** A thread in the middle of an operation can issue another only if it was sent elsewhere; the operation never returns then. */
  const abandon = (event: TraceEvent): void => {
    const pending = pendingOf.get(event.t);
    if (pending === undefined) return;
    const pc = kernel.register(course.threadNamed(event.t), nextIP);
    if (entryReturned(pending, pc)) fail('operation', `${pending.index ?? ''} still in progress`, 'returned');
    pendingOf.delete(event.t);
    compared++;
  };
  const entryReturned = ({ entry, pc: from }: Pending, pc: bigint): boolean => {
    if (entry._tag === 'Loop') return !memory.isWaiting(entry);
    return entry._tag === 'Syscall' && (pc === from || pc === from + syscallBytes);
  };

  /** Returns why the event's operation is left out; null when the event was replayed. */
  const step = (event: TraceEvent): string | null => {
    clock.advance(event.e === 'op' ? (event.ns0 ?? event.ns) : event.ns);
    course.checkRunning(event.t);
    switch (event.e) {
      case 'end':
        if (pendingOf.has(event.t)) fail('operation', 'none in progress', 'one in progress');
        return null;
      case 'done':
        finish(event);
        return null;
      case 'issue':
      case 'op': {
        if (event.op === undefined) return fail('operation', 'recorded', 'none');
        const reason = outOfScope(event.op, platform);
        if (reason !== null) return reason;
        abandon(event);
        outcomes.issued(event, course.at);
        programmed?.issue(event.ns0 ?? event.ns, nextStamp(event), event.op);
        player.start(event, event.op);
        player.settle();
        if (event.e === 'issue') return null;
        if (pendingOf.get(event.t)?.entry._tag === 'Syscall') programmed?.returned(event.t, event.ns);
        clock.advance(event.ns);
        course.checkRunning(event.t);
        finish(event);
        return null;
      }
    }
  };

  const nextStamp = (event: TraceEvent): number => {
    if (event.e === 'op') return event.ns;
    const next = script.events[course.at + 1];
    return next?.ns0 ?? next?.ns ?? Infinity;
  };

  const rootThread = kernel.currentThread();
  if (rootThread !== null) {
    threads.bind('root', rootThread);
    kernel.setRegisters(rootThread, [[nextIP, names.address('root_entry')]]);
  }
  let leftOut: LeftOut | null = null;
  let difference: Difference | null = null;
  let assertions: AssertionCounts = { hold: 0, leftOut: 0 };
  try {
    for (; course.at < script.events.length && leftOut === null; course.at++) {
      const event = script.events[course.at];
      if (event === undefined) break;
      const reason = step(event);
      if (reason !== null)
        leftOut = {
          reason,
          event: course.at,
          operation: describe(event, pendingOf.get(event.t)?.op),
          operations: operations - compared,
        };
    }
    if (leftOut === null) {
      const last = script.events.at(-1);
      if (last && last.e !== 'issue') course.checkRunning(last.t);
      compared += pendingOf.size;
      compareEnd(course);
    }
    assertions = outcomes.evaluate(leftOut === null);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    difference = error.difference;
  }
  return {
    operations,
    compared,
    leftOut,
    difference,
    taken: unknown.taken,
    assertions,
    ticks: clock.ticks,
    phaseMatters: clock.ticks + 1 >= config.timeSlice || kernel.domainTime() < UNHURRIED,
    firstTick: clock.firstTick,
    preempted: player.preempted,
    staleUses: memory.staleUses,
  };
}

function atTempo(durations: Durations, tempo: number): Durations {
  return { ...durations, inKernel: durations.inKernel * tempo };
}

function isStart({ e }: TraceEvent): boolean {
  return e === 'op' || e === 'issue';
}
