/**
 * Replays one recorded script on one kernel, strictly: every thread issues the recorded operations, and every result, every
 * switch and the end state must be what the real kernel gave. The only thing not recorded is the phase of the timer tick, a parameter.
 */
import { ERROR_NAMES } from '../../spec/abi/error-codes.ts';
import { messageInfoFromWord, messageInfoToWord } from '../../spec/abi/message-info.ts';
import type { Event } from '../../spec/api/event.ts';
import { bufferCapWord, bufferMessageWord, bufferReceiveWord } from '../../spec/lookup/ipc-buffer.ts';
import { InputError } from '../input-error.ts';
import { slotOfRootCNode } from './boot.ts';
import type { KernelUnderTest } from './kernel-under-test.ts';
import type { Platform } from './platform.ts';
import { outOfScope } from './scope.ts';
import type { TraceEvent, TraceOp, TraceResult, TraceScript } from './trace.ts';
import type { Entry } from './user-program.ts';
import { namesOf, unknownWords, userMachine } from './user-program.ts';

/** The first place where a kernel does not do what the real one did. */
export interface Difference {
  /** Index in the script's `events`; null for the state at the end. */
  readonly event: number | null;
  /** Thread, number of the operation in that thread, what happened, and the method or system call. */
  readonly operation: string;
  readonly field: string;
  /** What the real kernel gave. */
  readonly expected: string;
  readonly found: string;
}

/** Where the comparison ended early. The end state is not compared then. */
export interface LeftOut {
  readonly reason: string;
  readonly event: number;
  readonly operation: string;
  readonly operations: number;
}

export interface Replayed {
  /** Operations in the recording. */
  readonly operations: number;
  /** Operations whose result, or whose not returning, was compared. */
  readonly compared: number;
  readonly leftOut: LeftOut | null;
  readonly difference: Difference | null;
  /** Words of the user program's that the kernel passed on, and whose value was taken from the recording when it first showed. */
  readonly taken: number;
  readonly ticks: number;
  /** Times of the first tick, after the first and up to the second, that give this same replay. */
  readonly firstTick: readonly [after: number, upTo: number];
}

/** Largest length that a message info can say. */
const LENGTH_FIELD_MAX = 127;

export const TICK_NS = 2_000_000;

/** What a thread of the script is in the middle of. */
interface Pending {
  readonly index: number | undefined;
  readonly op: TraceOp;
  readonly entry: Entry;
  /** Where the instruction stands that enters the kernel. */
  readonly pc: bigint;
}

/** Ends a replay. */
class Stop extends Error {
  readonly difference: Difference;
  constructor(difference: Difference) {
    super('difference');
    this.difference = difference;
  }
}

/** The recording goes where the model does not. */
class Beyond extends Error {
  override readonly name = 'Beyond';
}

export function replay(
  script: TraceScript,
  kernel: KernelUnderTest,
  platform: Platform,
  firstTickNs: number,
): Replayed {
  const { config } = platform;
  const { registers } = config;
  const names = namesOf(script, platform);
  const user = userMachine(platform, names);
  const unknown = unknownWords();
  const pendingOf = new Map<string, Pending>();
  const threadNames = new Set(['root', ...Object.keys(script.threads), ...script.events.map(({ t }) => t)]);
  const threadOf = new Map<string, number>();
  const nameOf = new Map<number, string>();
  const operations = script.events.filter(isStart).length;
  const syscallBytes = BigInt(platform.instructionBytes['syscall'] ?? 0);

  let at = 0;
  let compared = 0;

  const fail = (field: string, expected: unknown, found: unknown): never => {
    const event = script.events[at];
    throw new Stop({
      event: event === undefined ? null : at,
      operation: event === undefined ? 'end' : describe(event, pendingOf.get(event.t)),
      field,
      expected: String(expected),
      found: String(found),
    });
  };
  const check = (field: string, expected: unknown, found: unknown): void => {
    if (String(expected) !== String(found)) fail(field, expected, found);
  };
  const checkWord = (field: string, expected: bigint, found: bigint): void => {
    if (!unknown.agrees(expected, found)) fail(field, expected, found);
  };

  /* --- threads ---------------------------------------------------------------------------------------------------- */

  const bind = (name: string, tcb: number): void => {
    threadOf.set(name, tcb);
    nameOf.set(tcb, name);
  };
  /** Workers are created by root; whose TCB is in the slot that the script names is known as soon as it is there. */
  const bindWorkers = (): void => {
    if (threadOf.size === threadNames.size) return;
    for (const name of threadNames) {
      if (threadOf.has(name)) continue;
      const slot = names.slot(script.threads[name]?.tcb ?? `tcb${name}`);
      const thread = slot === undefined ? null : kernel.threadInSlot(slotOfRootCNode(config, slot));
      if (thread !== null) bind(name, thread);
    }
  };
  const nameOfCurrent = (): string => {
    const current = kernel.currentThread();
    if (current === null) return 'idle';
    return nameOf.get(current) ?? `thread 0x${current.toString(16)}`;
  };
  const threadNamed = (name: string): number => threadOf.get(name) ?? fail('thread', `a thread ${name}`, 'none');

  const enter = (event: Event): void => {
    try {
      kernel.enter(event);
    } catch (error) {
      if (error instanceof InputError) throw error;
      if (error instanceof Error && error.name === 'NotModelled') throw new Beyond(`not modelled: ${error.message}`);
      fail('kernel', 'an answer', error instanceof Error ? `${error.name}: ${error.message}` : String(error));
    }
  };

  /* --- time ------------------------------------------------------------------------------------------------------- */

  let now = 0;
  let ticks = 0;
  let after = 0;
  let upTo = TICK_NS;
  const advance = (ns: number): void => {
    if (platform.timeLimitNs !== null) {
      if (ns >= platform.timeLimitNs) throw new Beyond('a budget can have run out');
      return;
    }
    for (; firstTickNs + ticks * TICK_NS <= ns; ticks++) {
      after = Math.max(after, now - ticks * TICK_NS);
      upTo = Math.min(upTo, ns - ticks * TICK_NS);
      enter({ _tag: 'Interrupt', irq: config.timerIrq });
      settle();
    }
    now = Math.max(now, ns);
    after = Math.max(after, now - ticks * TICK_NS);
  };

  /* --- operations ------------------------------------------------------------------------------------------------- */

  const start = (event: TraceEvent, op: TraceOp): void => {
    const thread = threadNamed(event.t);
    const pc = kernel.register(thread, registers.nextIP);
    if (!names.isCode(pc) && !unknown.isUnknown(pc))
      fail('program counter', 'in the code of the program', `0x${pc.toString(16)}`);
    const entry = user.entry(op);
    const scratch = platform.scratchRegisters.map((register) => [register, unknown.fresh()] as const);
    switch (entry._tag) {
      case 'None':
        pendingOf.set(event.t, { index: event.i, op, entry, pc: 0n });
        kernel.setRegisters(thread, [...scratch, [registers.nextIP, unknown.fresh()]]);
        return;
      case 'Fault':
        pendingOf.set(event.t, { index: event.i, op, entry, pc: entry.instruction });
        kernel.setRegisters(thread, [...scratch, [registers.nextIP, entry.pc]]);
        enter(entry.event);
        return;
      case 'Syscall': {
        const instruction = names.address('syscall_insn');
        pendingOf.set(event.t, { index: event.i, op, entry, pc: instruction });
        kernel.setRegisters(thread, [
          ...scratch,
          [registers.nextIP, instruction],
          [platform.syscallNumber, entry.number],
          ...messageRegisters(op),
        ]);
        writeBuffer(thread, op);
        enter(entry.event);
      }
    }
  };

  /** Type of the capability that a thread's message goes to. */
  const invokedBy = (thread: number, { sys, dest }: TraceOp): string | null => {
    if (dest === undefined || (sys !== 'Call' && sys !== 'Send' && sys !== 'NBSend')) return null;
    const slot = kernel.lookupSlot(thread, names.value(dest));
    return slot === null ? null : kernel.capType(slot);
  };

  const messageRegisters = ({ raw, dest, reply }: TraceOp): (readonly [register: number, value: bigint])[] => {
    const { label = 0n, length = 0, extraCaps = 0, mrs = [] } = raw ?? {};
    return [
      [registers.cap, dest === undefined ? 0n : names.value(dest)],
      ...(reply === undefined ? [] : [[registers.reply, names.value(reply)] as const]),
      [registers.msgInfo, messageInfoToWord({ label, capsUnwrapped: 0, extraCaps, length })],
      ...registers.messageRegisters.map((register, index) => [register, names.value(mrs[index] ?? 0n)] as const),
    ];
  };
  const writeBuffer = (thread: number, { raw, recv }: TraceOp): void => {
    const { caps = [], mrs = [] } = raw ?? {};
    const buffer = kernel.ipcBuffer(thread);
    if (buffer === null) return;
    for (let index = registers.messageRegisters.length; index < mrs.length; index++) {
      kernel.storeWord(bufferMessageWord(buffer, index), names.value(mrs[index] ?? 0n));
    }
    for (let index = 0; index < config.msgMaxExtraCaps; index++) {
      kernel.storeWord(bufferCapWord(config, buffer, index), names.value(caps[index] ?? 0n));
    }
    const { cnode = 0n, index = 0n, depth = 0n } = recv ?? {};
    kernel.storeWord(bufferReceiveWord(config, buffer, 0), names.value(cnode));
    kernel.storeWord(bufferReceiveWord(config, buffer, 1), names.value(index));
    kernel.storeWord(bufferReceiveWord(config, buffer, 2), names.value(depth));
  };

  /** The current thread when it stands where its operation enters the kernel. */
  const aboutToEnter = (): Event | null => {
    const current = kernel.currentThread();
    const pending = current === null ? undefined : pendingOf.get(nameOf.get(current) ?? '');
    if (current === null || pending === undefined || pending.entry._tag === 'None') return null;
    return kernel.register(current, registers.nextIP) === pending.pc ? pending.entry.event : null;
  };
  /** A thread that the kernel sent back to its system call issues it again, with the registers it has: nothing of that is recorded. */
  const settle = (): void => {
    bindWorkers();
    for (let round = 0; round < 1000; round++) {
      const event = aboutToEnter();
      if (event === null) return;
      enter(event);
    }
    fail('progress', 'a thread comes out of its system call', 'it is sent back for ever');
  };

  /* --- comparison ------------------------------------------------------------------------------------------------- */

  const checkResult = (thread: number, res: TraceResult): void => {
    // As it stands in the register: a length that the kernel should have limited must show.
    const info = messageInfoFromWord(kernel.register(thread, registers.msgInfo), LENGTH_FIELD_MAX);
    if (res.err !== undefined) {
      const found = ERROR_NAMES[Number(info.label)];
      check('err', res.err, found === undefined ? `label ${info.label}` : `seL4_${found}`);
    }
    if (res.label !== undefined) check('label', res.label, info.label);
    if (res.length !== undefined) check('length', res.length, info.length);
    if (res.extraCaps !== undefined) check('extraCaps', res.extraCaps, info.extraCaps);
    if (res.capsUnwrapped !== undefined) check('capsUnwrapped', res.capsUnwrapped, info.capsUnwrapped);
    if (res.badge !== undefined) checkWord('badge', res.badge, kernel.register(thread, registers.cap));
    const buffer = kernel.ipcBuffer(thread);
    const inBuffer = (address: (buffer: number) => number): bigint =>
      buffer === null ? 0n : kernel.loadWord(address(buffer));
    if (res.mrs !== undefined && res.length !== undefined) check('number of message words', res.mrs.length, res.length);
    res.mrs?.forEach((word, index) => {
      const register = registers.messageRegisters[index];
      const found =
        register === undefined ? inBuffer((b) => bufferMessageWord(b, index)) : kernel.register(thread, register);
      const symbol = res.mrs_sym?.[String(index)];
      checkWord(`mrs[${index}]`, symbol === undefined ? word : names.address(symbol.replace(/^@/, '')), found);
    });
    res.caps_or_badges?.forEach((word, index) => {
      checkWord(
        `caps_or_badges[${index}]`,
        word,
        inBuffer((b) => bufferCapWord(config, b, index)),
      );
    });
  };

  const finish = (event: TraceEvent): void => {
    const thread = threadNamed(event.t);
    const pending = pendingOf.get(event.t);
    if (pending === undefined) return fail('operation', 'one that was issued', 'none');
    const { entry } = pending;
    if (event.i !== undefined && pending.index !== undefined) check('operation', event.i, pending.index);
    const skipped = event.res?.skipped_by_fault_handler === true;
    const pc = kernel.register(thread, registers.nextIP);
    if (entry._tag === 'Syscall' && !skipped) check('program counter', pending.pc + syscallBytes, pc);
    else if (entry._tag !== 'None' && pc === pending.pc)
      fail('program counter', 'past the instruction', 'at the instruction');
    if (entry._tag === 'None' && entry.value !== null && event.res?.value !== undefined) {
      checkWord('value', event.res.value, entry.value);
    }
    if (event.res && !skipped) checkResult(thread, event.res);
    pendingOf.delete(event.t);
    compared++;
  };

  /** A thread in the middle of an operation can issue another only if it was sent elsewhere; the operation never returns then. */
  const abandon = (event: TraceEvent): void => {
    const pending = pendingOf.get(event.t);
    if (pending === undefined) return;
    const pc = kernel.register(threadNamed(event.t), registers.nextIP);
    if (entryReturned(pending, pc)) fail('operation', `${pending.index ?? ''} still in progress`, 'returned');
    pendingOf.delete(event.t);
    compared++;
  };
  const entryReturned = ({ entry, pc: from }: Pending, pc: bigint): boolean =>
    entry._tag === 'Syscall' && (pc === from || pc === from + syscallBytes);

  /** Returns why the event's operation is left out; null when the event was replayed. */
  const step = (event: TraceEvent): string | null => {
    advance(event.e === 'op' ? (event.ns0 ?? event.ns) : event.ns);
    check('running thread', event.t, nameOfCurrent());
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
        const reason = outOfScope(event.op, platform, invokedBy(threadNamed(event.t), event.op));
        if (reason !== null) return reason;
        abandon(event);
        start(event, event.op);
        settle();
        if (event.e === 'issue') return null;
        advance(event.ns);
        check('running thread', event.t, nameOfCurrent());
        finish(event);
        return null;
      }
    }
  };

  const stepOrBeyond = (event: TraceEvent): string | null => {
    try {
      return step(event);
    } catch (error) {
      if (error instanceof Beyond) return error.message;
      throw error;
    }
  };

  const checkEnd = (): void => {
    const last = script.events.at(-1);
    if (last && last.e !== 'issue') check('running thread', last.t, nameOfCurrent());
    compared += pendingOf.size;
    const recorded = Object.keys(script.final_caps);
    for (const name of new Set([...recorded, ...Object.keys(script.names), 'U0', 'U1', 'UD'])) {
      const slot = names.slot(name);
      if (slot === undefined) continue;
      check(
        `capability in ${name}`,
        script.final_caps[name] ?? 'empty',
        kernel.capType(slotOfRootCNode(config, slot)) ?? 'empty',
      );
    }
    for (const [name, expected] of Object.entries(script.final_threads)) {
      const slot = names.slot(name);
      const inSlot = slot === undefined ? null : kernel.threadInSlot(slotOfRootCNode(config, slot));
      const worker = Object.keys(script.threads).find((thread) => script.threads[thread]?.tcb === name);
      const thread = inSlot ?? threadOf.get(worker ?? name) ?? fail(`thread ${name}`, expected.state, 'none');
      const found = kernel.thread(thread);
      check(`state of ${name}`, expected.state, found.state);
      check(`priority of ${name}`, expected.prio, found.priority);
      check(`domain of ${name}`, expected.domain, found.domain);
    }
  };

  const rootThread = kernel.currentThread();
  if (rootThread !== null) {
    bind('root', rootThread);
    kernel.setRegisters(rootThread, [[registers.nextIP, names.address('root_entry')]]);
  }
  let leftOut: LeftOut | null = null;
  let difference: Difference | null = null;
  try {
    for (; at < script.events.length && leftOut === null; at++) {
      const event = script.events[at];
      if (event === undefined) break;
      const reason = stepOrBeyond(event);
      if (reason !== null)
        leftOut = {
          reason,
          event: at,
          operation: describe(event, pendingOf.get(event.t)),
          operations: operations - compared,
        };
    }
    if (leftOut === null) checkEnd();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    difference = error.difference;
  }
  return { operations, compared, leftOut, difference, taken: unknown.taken, ticks, firstTick: [after, upTo] };
}

function isStart({ e }: TraceEvent): boolean {
  return e === 'op' || e === 'issue';
}

function describe(event: TraceEvent, pending?: Pending): string {
  const { method, sys } = event.op ?? pending?.op ?? {};
  return `${event.t}[${event.i ?? '?'}] ${event.e} ${method ?? String(sys ?? '')}`.trim();
}
