/**
 * Replays one recorded script on one kernel, strictly: every thread issues the recorded operations, and every result, every
 * switch and the end state must be what the real kernel gave. The only thing not recorded is the phase of the timer tick, a parameter.
 */
import { ERROR_NAMES } from '../../spec/abi/error-codes.ts';
import { messageInfoFromWord, messageInfoToWord } from '../../spec/abi/message-info.ts';
import { WORD_MASK } from '../../spec/abi/words.ts';
import type { Event } from '../../spec/api/event.ts';
import { bufferCapWord, bufferMessageWord, bufferReceiveWord } from '../../spec/lookup/ipc-buffer.ts';
import { InputError } from '../input-error.ts';
import { slotOfRootCNode } from './boot.ts';
import { devicesOf } from './devices.ts';
import type { KernelUnderTest } from './kernel-under-test.ts';
import type { Platform } from './platform.ts';
import type { Outcome, OutcomeSource } from './expect.ts';
import { evaluate } from './expect.ts';
import { outOfScope } from './scope.ts';
import type { TraceEvent, TraceOp, TraceResult, TraceScript, TraceWord } from './trace.ts';
import type { Entry } from './user-program.ts';
import { userMemory } from './user-memory.ts';
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
  /** Assertions of the script: how many hold, and how many are about operations that were left out. */
  readonly assertions: { readonly hold: number; readonly leftOut: number };
  readonly ticks: number;
  /**
   * Whether ticks at other times could have made a difference: they cannot before a thread that was charged for all of them, and one more,
   * would have used up its time slice, while the domain has all the time in the world.
   */
  readonly phaseMatters: boolean;
  /** Times of the first tick, after the first and up to the second, that give this same replay. */
  readonly firstTick: readonly [after: number, upTo: number];
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
}

/** Largest length that a message info can say. */
const LENGTH_FIELD_MAX = 127;

/** Ticks that no recording lasts for. */
const UNHURRIED = 2n ** 32n;

export const TICK_NS = 2_000_000;

/** What a thread of the script is in the middle of. */
interface Pending {
  readonly index: number | undefined;
  readonly op: TraceOp;
  readonly entry: Entry;
  /** What a load has read. */
  loaded?: bigint;
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
  { firstTickNs, looks }: Timing,
): Replayed {
  const { config } = platform;
  const { registers } = config;
  const names = namesOf(script, platform);
  const user = userMachine(platform, names);
  const unknown = unknownWords();
  const pendingOf = new Map<string, Pending>();
  const outcomes = new Map<string, Outcome>();
  /** Words of the last message that each thread received. */
  const received = new Map<string, readonly bigint[]>();
  const threadNames = new Set(['root', ...Object.keys(script.threads), ...script.events.map(({ t }) => t)]);
  const threadOf = new Map<string, number>();
  const nameOf = new Map<number, string>();
  const operations = script.events.filter(isStart).length;
  const syscallBytes = BigInt(platform.instructionBytes['syscall'] ?? 0);

  const devices = devicesOf(platform, kernel);
  const memory = userMemory(kernel, platform);

  let at = 0;
  let compared = 0;
  let preempted = false;

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
  const advanceTicks = (ns: number): void => {
    if (platform.timeLimitNs !== null) {
      if (ns >= platform.timeLimitNs) throw new Beyond('a budget can have run out');
    } else {
      for (; firstTickNs + ticks * TICK_NS <= ns; ticks++) {
        after = Math.max(after, now - ticks * TICK_NS);
        upTo = Math.min(upTo, ns - ticks * TICK_NS);
        enter({ _tag: 'Interrupt', irq: config.timerIrq });
        settle();
      }
    }
    if (ns > now) count();
    now = Math.max(now, ns);
    after = Math.max(after, now - ticks * TICK_NS);
  };
  const advance = (ns: number): void => {
    for (let next = devices.next(); next !== null && next.at <= ns; next = devices.next()) {
      advanceTicks(next.at);
      if (devices.raise()) interrupt(next.irq);
    }
    advanceTicks(ns);
  };
  const interrupt = (irq: number): void => {
    enter({ _tag: 'Interrupt', irq });
    settle();
  };
  /** What a thread that counts has come to by now, only the program knows. */
  const count = (): void => {
    const current = kernel.currentThread();
    const entry = current === null ? undefined : pendingOf.get(nameOf.get(current) ?? '')?.entry;
    if (entry?._tag !== 'Count') return;
    const physical = kernel.translate(entry.address, 'store');
    if (physical !== null) kernel.storeWord(physical, unknown.fresh());
  };

  /* --- operations ------------------------------------------------------------------------------------------------- */

  const rootSlot = (name: string): number => slotOfRootCNode(config, names.slot(name) ?? 0);
  const start = (event: TraceEvent, op: TraceOp): void => {
    const thread = threadNamed(event.t);
    const pc = kernel.register(thread, registers.nextIP);
    if (!names.isCode(pc) && !unknown.isUnknown(pc))
      fail('program counter', 'in the code of the program', `0x${pc.toString(16)}`);
    const entry = user.entry(op);
    const scratch = platform.scratchRegisters.map((register) => [register, unknown.fresh()] as const);
    const begin = (at: bigint): void => {
      pendingOf.set(event.t, { index: event.i, op, entry, pc: at });
    };
    noteIssue(event);
    switch (entry._tag) {
      case 'Clone':
        kernel.shareImage(rootSlot('VSPACE'), slotOfRootCNode(config, entry.slot));
        begin(0n);
        kernel.setRegisters(thread, [...scratch, [registers.nextIP, unknown.fresh()]]);
        return;
      case 'None':
        begin(0n);
        kernel.setRegisters(thread, [...scratch, [registers.nextIP, unknown.fresh()]]);
        return;
      case 'Access': {
        const instruction = entry.bits < 64 ? unknown.fresh() : entry.instruction;
        begin(instruction);
        kernel.setRegisters(thread, [...scratch, [registers.nextIP, instruction]]);
        return;
      }
      case 'Alarm':
        begin(entry.instruction);
        kernel.setRegisters(thread, [...scratch, [registers.nextIP, entry.instruction]]);
        return;
      case 'Count':
        begin(0n);
        kernel.setRegisters(thread, [...scratch, [registers.nextIP, unknown.fresh()]]);
        return;
      case 'Loop':
        begin(names.address('syscall_insn'));
        kernel.setRegisters(thread, [...scratch, [registers.nextIP, unknown.fresh()]]);
        return;
      case 'Fpu':
        begin(entry.instruction);
        kernel.setRegisters(thread, [...scratch, [registers.nextIP, entry.instruction]]);
        return;
      case 'Fault':
        begin(entry.instruction);
        kernel.setRegisters(thread, [...scratch, [registers.nextIP, entry.pc]]);
        enter(entry.event);
        return;
      case 'Syscall': {
        const instruction = names.address('syscall_insn');
        begin(instruction);
        kernel.setRegisters(thread, [
          ...scratch,
          [registers.nextIP, instruction],
          [platform.syscallNumber, entry.number],
          ...messageRegisters(event.t, op),
        ]);
        writeBuffer(event.t, thread, op);
        if (op.method?.startsWith('X86_IOPort_In')) kernel.setPortIn(Number(resultOf(event)?.mrs?.[0] ?? 0n));
        enterUntil(script.events[at + (event.e === 'op' ? 0 : 1)]?.ns ?? Infinity, entry.event, thread, instruction);
        const written = kernel.takePortOut();
        if (written !== null) devices.portWritten(written.port, written.value, event.ns);
      }
    }
  };
  /** A system call during which a device may raise its interrupt: whether the kernel saw that in the middle of it shows in that it is to be issued again. */
  const enterUntil = (ns: number, event: Event, thread: number, instruction: bigint): void => {
    const next = devices.next();
    const mayCome = next !== null && next.at <= ns && !kernel.isMasked(next.irq);
    if (mayCome) kernel.setArrival(next.irq, looks);
    enter(event);
    const isIssuedAgain =
      kernel.thread(thread).state === 'restart' || kernel.register(thread, registers.nextIP) === instruction;
    if (!mayCome || !isIssuedAgain) return;
    preempted = true;
    devices.raise();
  };
  /** What the recording says came of an operation. */
  const resultOf = ({ res, t, i }: TraceEvent): TraceResult | null | undefined =>
    res ?? script.events.find((later, index) => index > at && later.t === t && later.i === i)?.res;

  /** `@echo` is the word at the same place of the message received before. */
  const stacks = new Map<TraceWord, bigint>();
  /** Where a stack is, only the program knows. */
  const stack = (word: TraceWord): bigint => {
    const known = stacks.get(word) ?? unknown.fresh();
    stacks.set(word, known);
    return known;
  };
  const messageWord = (name: string, { raw, patch }: TraceOp, index: number): bigint => {
    const word = raw?.mrs[index] ?? 0n;
    if (patch?.mr === index) return (received.get(name)?.[patch.prev_result_mr] ?? 0n) + BigInt(patch.add);
    if (typeof word === 'string' && word.startsWith('@stack')) return stack(word);
    return word === '@echo' ? (received.get(name)?.[index] ?? 0n) : names.value(word);
  };
  const messageRegisters = (name: string, op: TraceOp): (readonly [register: number, value: bigint])[] => {
    const { raw, dest, reply } = op;
    const { label = 0n, length = 0, extraCaps = 0 } = raw ?? {};
    return [
      [registers.cap, dest === undefined ? 0n : names.value(dest)],
      ...(reply === undefined ? [] : [[registers.reply, names.value(reply)] as const]),
      [registers.msgInfo, messageInfoToWord({ label, capsUnwrapped: 0, extraCaps, length })],
      ...registers.messageRegisters.map((register, index) => [register, messageWord(name, op, index)] as const),
    ];
  };
  const writeBuffer = (name: string, thread: number, op: TraceOp): void => {
    const { raw, recv } = op;
    const { caps = [], mrs = [] } = raw ?? {};
    const buffer = kernel.ipcBuffer(thread);
    if (buffer === null) return;
    for (let index = registers.messageRegisters.length; index < mrs.length; index++) {
      kernel.storeWord(bufferMessageWord(buffer, index), messageWord(name, op, index));
    }
    for (let index = 0; index < config.msgMaxExtraCaps; index++) {
      kernel.storeWord(bufferCapWord(config, buffer, index), names.value(caps[index] ?? 0n));
    }
    const { cnode = 0n, index = 0n, depth = 0n } = recv ?? {};
    kernel.storeWord(bufferReceiveWord(config, buffer, 0), names.value(cnode));
    kernel.storeWord(bufferReceiveWord(config, buffer, 1), names.value(index));
    kernel.storeWord(bufferReceiveWord(config, buffer, 2), names.value(depth));
  };

  /** Carries out what the thread's address space allows, as often as it comes to the instruction. */
  const accessed = (thread: number, pending: Pending, entry: Entry & { _tag: 'Access' }): Event | null => {
    const { access, address, stored, bits } = entry;
    const physical = memory.reached(entry, resultAtOnce(thread, pending));
    if (physical === null) return memory.pageFault(entry);
    const isRam = memory.isRam(physical);
    if (devices.isAt(physical)) {
      // Which time a clock tells, only the recording knows.
      if (access === 'load') pending.loaded = unknown.fresh();
      if (access === 'store') devices.write(physical, stored, now);
    } else if (!isRam && access !== 'fetch' && !memory.answers(physical)) {
      return memory.pageFault(entry);
    } else if (access === 'load') {
      pending.loaded = isRam ? memory.load(physical, bits) : BigInt.asUintN(bits, WORD_MASK);
    } else if (access === 'store' && isRam) {
      memory.store(physical, bits, stored);
    }
    kernel.remember(address, access);
    kernel.setRegisters(thread, [[registers.nextIP, unknown.fresh()]]);
    return null;
  };
  /** What an operation gave, when the recording has nothing between the two. */
  const resultAtOnce = (thread: number, { index }: Pending): TraceResult | null => {
    const name = nameOf.get(thread);
    const returned = [script.events[at], script.events[at + 1]].find(
      (event) => event?.e !== 'issue' && event?.t === name && event?.i === index,
    );
    return returned?.res ?? null;
  };
  const setAlarm = (thread: number, { address, delay, event }: Entry & { _tag: 'Alarm' }): Event | null => {
    const physical = kernel.translate(address, 'store');
    if (physical === null) return event;
    devices.setAlarm(physical, delay, now);
    kernel.setRegisters(thread, [[registers.nextIP, unknown.fresh()]]);
    return null;
  };
  /** A thread cannot go on where its address space has no code. Where exactly it is in the code may be unknown. */
  const fetchFault = (thread: number): Event | null => {
    const pc = kernel.register(thread, registers.nextIP);
    const address = unknown.isUnknown(pc) ? names.address('syscall_insn') : pc;
    if (kernel.translate(address, 'fetch') !== null) return null;
    return { _tag: 'VMFaultEvent', address: pc, fsr: platform.pageFault.fetch, instruction: true };
  };
  /** What the running thread does next without being told: null when nothing enters the kernel. */
  const nextEntry = (): Event | null => {
    const current = kernel.currentThread();
    if (current === null) return null;
    const fetch = fetchFault(current);
    if (fetch !== null) return fetch;
    const pending = pendingOf.get(nameOf.get(current) ?? '');
    if (pending === undefined) return null;
    const { entry } = pending;
    const isThere = kernel.register(current, registers.nextIP) === pending.pc;
    switch (entry._tag) {
      case 'Clone':
      case 'Count':
      case 'None':
        return null;
      case 'Alarm':
        return isThere ? setAlarm(current, entry) : null;
      case 'Syscall':
      case 'Fault':
        return isThere ? entry.event : null;
      case 'Fpu':
        if (!isThere) return null;
        if (!kernel.fpu().enabled) return entry.event;
        kernel.setFpu(entry.value);
        kernel.setRegisters(current, [[registers.nextIP, unknown.fresh()]]);
        return null;
      case 'Access':
        return isThere ? accessed(current, pending, entry) : null;
      case 'Loop':
        if (!entry.yields || !memory.isWaiting(entry)) return null;
        kernel.setRegisters(current, [[registers.nextIP, pending.pc]]);
        return { _tag: 'SyscallEvent', syscall: 'Yield' };
    }
  };
  /**
   * A thread that the kernel sent back to its system call issues it again, with the registers it has: nothing of that is recorded. Threads
   * that yield while they wait go round until one of them comes again: then only time can change anything.
   */
  const settle = (): void => {
    bindWorkers();
    const yielded = new Set<number | null>();
    for (let round = 0; round < 1000; round++) {
      const latched = devices.takeLatched();
      const event: Event | null = latched === null ? nextEntry() : { _tag: 'Interrupt', irq: latched };
      if (event === null) return;
      if (event._tag === 'SyscallEvent' && event.syscall === 'Yield') {
        const current = kernel.currentThread();
        if (yielded.has(current)) return;
        yielded.add(current);
      }
      enter(event);
    }
    fail('progress', 'a thread comes out of its system call', 'it is sent back for ever');
  };

  /* --- comparison ------------------------------------------------------------------------------------------------- */

  /** Compares a result, and returns what was found under the names of its fields. */
  const checkResult = (thread: number, res: TraceResult): Map<string, string> => {
    // As it stands in the register: a length that the kernel should have limited must show.
    const info = messageInfoFromWord(kernel.register(thread, registers.msgInfo), LENGTH_FIELD_MAX);
    const error = ERROR_NAMES[Number(info.label)];
    const badge = kernel.register(thread, registers.cap);
    const err = error === undefined ? `label ${info.label}` : `seL4_${error}`;
    if (res.err !== undefined) check('err', res.err, err);
    if (res.label !== undefined) check('label', res.label, info.label);
    if (res.length !== undefined) check('length', res.length, info.length);
    if (res.extraCaps !== undefined) check('extraCaps', res.extraCaps, info.extraCaps);
    if (res.capsUnwrapped !== undefined) check('capsUnwrapped', res.capsUnwrapped, info.capsUnwrapped);
    if (res.badge !== undefined) checkWord('badge', res.badge, badge);
    const buffer = kernel.ipcBuffer(thread);
    const inBuffer = (address: (buffer: number) => number): bigint =>
      buffer === null ? 0n : kernel.loadWord(address(buffer));
    if (res.mrs !== undefined && res.length !== undefined) check('number of message words', res.mrs.length, res.length);
    const words = (res.mrs ?? []).map((word, index) => {
      const register = registers.messageRegisters[index];
      const found =
        register === undefined ? inBuffer((b) => bufferMessageWord(b, index)) : kernel.register(thread, register);
      const symbol = res.mrs_sym?.[String(index)];
      checkWord(`mrs[${index}]`, symbol === undefined ? word : names.address(symbol.replace(/^@/, '')), found);
      return found;
    });
    res.caps_or_badges?.forEach((word, index) => {
      checkWord(
        `caps_or_badges[${index}]`,
        word,
        inBuffer((b) => bufferCapWord(config, b, index)),
      );
    });
    received.set(nameOf.get(thread) ?? '', words);
    return new Map<string, string>([
      ...Object.entries({ err, ...info, badge: unknown.valueOf(badge) }).map(
        ([name, value]) => [name, String(value)] as const,
      ),
      ...words.map((word, index) => [`mrs.${index}`, String(unknown.valueOf(word))] as const),
    ]);
  };

  const finish = (event: TraceEvent): void => {
    const thread = threadNamed(event.t);
    const pending = pendingOf.get(event.t);
    if (pending === undefined) return fail('operation', 'one that was issued', 'none');
    const { entry } = pending;
    if (event.i !== undefined && pending.index !== undefined) check('operation', event.i, pending.index);
    const skipped = event.res?.skipped_by_fault_handler === true;
    const pc = kernel.register(thread, registers.nextIP);
    let result = new Map<string, string>();
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
      case 'Alarm':
      case 'Clone':
      case 'Count':
      case 'None':
    }
    if (pc === pending.pc) fail('program counter', 'past the instruction', 'at the instruction');
    if (event.res?.value !== undefined) {
      if (value === null) fail('value', event.res.value, 'none');
      else checkWord('value', event.res.value, value);
    }
    if (value !== null) result.set('value', String(unknown.valueOf(value)));
    if (event.res?.label !== undefined && !skipped) result = checkResult(thread, event.res);
    noteReturn(event, result);
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

  const noteIssue = (event: TraceEvent): void => {
    const issuedNs = event.ns0 ?? event.ns;
    outcomes.set(outcomeKey(event.t, event.i), {
      issued: at,
      issuedNs,
      done: null,
      elapsedNs: null,
      result: new Map(),
    });
  };
  const noteReturn = (event: TraceEvent, result: ReadonlyMap<string, string>): void => {
    const key = outcomeKey(event.t, event.i);
    const outcome = outcomes.get(key);
    if (outcome) outcomes.set(key, { ...outcome, done: at, elapsedNs: event.ns - outcome.issuedNs, result });
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
  const entryReturned = ({ entry, pc: from }: Pending, pc: bigint): boolean => {
    if (entry._tag === 'Loop') return !memory.isWaiting(entry);
    return entry._tag === 'Syscall' && (pc === from || pc === from + syscallBytes);
  };

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
        const reason = outOfScope(event.op, platform);
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

  const checkAssertions = (): Replayed['assertions'] => {
    const source: OutcomeSource = {
      outcome: (thread, index) => outcomes.get(outcomeKey(thread, index)) ?? null,
      reached: (thread, index) => leftOut === null || outcomes.get(outcomeKey(thread, index))?.done != null,
      symbol: (name) => String(names.address(name)),
    };
    const counts = { hold: 0, leftOut: 0 };
    script.expect?.forEach((assertion, index) => {
      const verdict = evaluate(assertion, source);
      if (verdict._tag === 'Holds') counts.hold++;
      else if (verdict._tag === 'NotReached') counts.leftOut++;
      else
        throw new Stop({
          event: null,
          operation: `assertion ${index}`,
          field: verdict.field,
          expected: verdict.expected,
          found: verdict.found,
        });
    });
    return counts;
  };

  const rootThread = kernel.currentThread();
  if (rootThread !== null) {
    bind('root', rootThread);
    kernel.setRegisters(rootThread, [[registers.nextIP, names.address('root_entry')]]);
  }
  let leftOut: LeftOut | null = null;
  let difference: Difference | null = null;
  let assertions: Replayed['assertions'] = { hold: 0, leftOut: 0 };
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
    assertions = checkAssertions();
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
    ticks,
    phaseMatters: ticks + 1 >= config.timeSlice || kernel.domainTime() < UNHURRIED,
    firstTick: [after, upTo],
    preempted,
    staleUses: memory.staleUses,
  };
}

function outcomeKey(thread: string, index: number | undefined): string {
  return `${thread} ${index ?? ''}`;
}

function isStart({ e }: TraceEvent): boolean {
  return e === 'op' || e === 'issue';
}

function describe(event: TraceEvent, pending?: Pending): string {
  const { method, sys } = event.op ?? pending?.op ?? {};
  return `${event.t}[${event.i ?? '?'}] ${event.e} ${method ?? String(sys ?? '')}`.trim();
}
