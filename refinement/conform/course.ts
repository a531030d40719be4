/** Where a replay stands: at which event, what its threads are in the middle of, and how a difference there is told. */
import type { Event } from '../../spec/api/event.ts';
import { InputError } from '../input-error.ts';
import { Stop, describe } from './difference.ts';
import type { KernelUnderTest } from './kernel-under-test.ts';
import type { Platform } from './platform.ts';
import type { Threads } from './threads.ts';
import { threadsOf } from './threads.ts';
import type { TraceOp, TraceResult, TraceScript } from './trace.ts';
import type { Entry, Names, UnknownWords } from './user-program.ts';
import { namesOf, unknownWords } from './user-program.ts';

/** What a thread of the script is in the middle of. */
export interface Pending {
  readonly index: number | undefined;
  readonly op: TraceOp;
  readonly entry: Entry;
  /** What a load has read. */
  loaded?: bigint;
  /** What stood where a thread counts. */
  readonly before?: bigint | null;
  /** Where the instruction stands that enters the kernel. */
  readonly pc: bigint;
}

export interface Timekeeper {
  beforeEntry(isInterrupt: boolean): void;
  afterEntry(): void;
}

export interface Course {
  readonly script: TraceScript;
  readonly platform: Platform;
  readonly kernel: KernelUnderTest;
  readonly names: Names;
  readonly threads: Threads;
  readonly unknown: UnknownWords;
  /** By the thread's name. */
  readonly pendingOf: Map<string, Pending>;
  /** Words of the last message that each thread received. */
  readonly received: Map<string, readonly bigint[]>;
  /** Index of the event; the number of events at the end. */
  at: number;
  /** Nanoseconds since the start of the script. */
  now: number;
  /** Threads that were in a system call when they last were in the kernel, and whose registers nobody has written since. */
  readonly inSystemCall: Set<number>;
  /** Keeps the time of kernel entries, where the kernel reads a clock. */
  timekeeper: Timekeeper | null;
  readonly fail: (field: string, expected: unknown, found: unknown) => never;
  readonly check: (field: string, expected: unknown, found: unknown) => void;
  readonly checkWord: (field: string, expected: bigint, found: bigint) => void;
  readonly checkRunning: (thread: string) => void;
  readonly threadNamed: (name: string) => number;
  /** One kernel entry; a kernel that gives no answer is a difference. */
  readonly enter: (event: Event) => void;
  /** What the running thread is in the middle of. */
  readonly pendingOfCurrent: () => Pending | undefined;
  /** What an operation gave, when the recording has nothing between the two. */
  readonly resultAtOnce: (thread: number, pending: Pending) => TraceResult | null;
}

export function courseOf(script: TraceScript, kernel: KernelUnderTest, platform: Platform): Course {
  const names = namesOf(script, platform);
  const threads = threadsOf(script, kernel, platform, names);
  const unknown = unknownWords();
  const pendingOf = new Map<string, Pending>();
  const fail = (field: string, expected: unknown, found: unknown): never => {
    const event = script.events[course.at];
    throw new Stop({
      event: event === undefined ? null : course.at,
      operation: event === undefined ? 'end' : describe(event, pendingOf.get(event.t)?.op),
      field,
      expected: String(expected),
      found: String(found),
    });
  };
  const check = (field: string, expected: unknown, found: unknown): void => {
    if (String(expected) !== String(found)) fail(field, expected, found);
  };
  const course: Course = {
    script,
    platform,
    kernel,
    names,
    threads,
    unknown,
    pendingOf,
    received: new Map(),
    at: 0,
    now: 0,
    inSystemCall: new Set(),
    timekeeper: null,
    fail,
    check,
    checkWord: (field, expected, found) => {
      if (!unknown.agrees(expected, found)) fail(field, expected, found);
    },
    checkRunning: (thread) => {
      check('running thread', thread, threads.current());
    },
    threadNamed: (name) => threads.tcb(name) ?? fail('thread', `a thread ${name}`, 'none'),
    enter: (event) => {
      const current = kernel.currentThread();
      if (event._tag === 'SyscallEvent' || event._tag === 'UnknownSyscall') course.inSystemCall.add(current ?? 0);
      else course.inSystemCall.delete(current ?? 0);
      course.timekeeper?.beforeEntry(event._tag === 'Interrupt');
      try {
        kernel.enter(event);
        course.timekeeper?.afterEntry();
      } catch (error) {
        if (error instanceof InputError) throw error;
        fail('kernel', 'an answer', error instanceof Error ? `${error.name}: ${error.message}` : String(error));
      }
    },
    pendingOfCurrent: () => {
      const current = kernel.currentThread();
      return current === null ? undefined : pendingOf.get(threads.name(current) ?? '');
    },
    resultAtOnce: (thread, { index }) => {
      const name = threads.name(thread);
      const returned = [script.events[course.at], script.events[course.at + 1]].find(
        (event) => event?.e !== 'issue' && event?.t === name && event?.i === index,
      );
      return returned?.res ?? null;
    },
  };
  return course;
}
