/** Plays the user's part: what the threads of a script do, with the recorded registers and buffers, and what they do without being told. */
import { messageInfoToWord } from '../../spec/abi/message-info.ts';
import { WORD_MASK } from '../../spec/abi/words.ts';
import type { Event } from '../../spec/api/event.ts';
import { bufferCapWord, bufferMessageWord, bufferReceiveWord } from '../../spec/lookup/ipc-buffer.ts';
import { slotOfRootCNode } from './boot.ts';
import type { Course, Pending } from './course.ts';
import type { Devices } from './devices.ts';
import type { TraceEvent, TraceOp, TraceResult, TraceWord } from './trace.ts';
import type { UserMemory } from './user-memory.ts';
import type { Entry } from './user-program.ts';
import { userMachine } from './user-program.ts';

export interface Player {
  /** The thread of an event issues its operation. */
  start(event: TraceEvent, op: TraceOp): void;
  /**
   * A thread that the kernel sent back to its system call issues it again, with the registers it has: nothing of that is recorded. Threads
   * that yield while they wait go round until one of them comes again: then only time can change anything.
   */
  settle(): void;
  /** Whether a device's interrupt came in the middle of a system call, at the look for one that was asked for. */
  readonly preempted: boolean;
}

/** @param looks for an interrupt that a long system call gets through before it sees the one that comes in the middle of it */
export function playerOf(course: Course, devices: Devices, memory: UserMemory, looks: number): Player {
  const { script, platform, kernel, names, threads, unknown, pendingOf, received, fail, enter } = course;
  const { config } = platform;
  const { registers } = config;
  const user = userMachine(platform, names);
  let preempted = false;

  const rootSlot = (name: string): number => slotOfRootCNode(config, names.slot(name) ?? 0);
  const start = (event: TraceEvent, op: TraceOp): void => {
    const thread = course.threadNamed(event.t);
    const pc = kernel.register(thread, registers.nextIP);
    if (!names.isCode(pc) && !unknown.isUnknown(pc))
      fail('program counter', 'in the code of the program', `0x${pc.toString(16)}`);
    const entry = user.entry(op);
    const scratch = platform.scratchRegisters.map((register) => [register, unknown.fresh()] as const);
    const begin = (at: bigint): void => {
      pendingOf.set(event.t, { index: event.i, op, entry, pc: at });
    };
    switch (entry._tag) {
      case 'Clone':
        kernel.shareImage(rootSlot('VSPACE'), slotOfRootCNode(config, entry.slot));
        begin(0n);
        kernel.setRegisters(thread, [...scratch, [registers.nextIP, unknown.fresh()]]);
        return;
      case 'Count': {
        const physical = kernel.translate(entry.address, 'store');
        const before = physical === null ? null : kernel.loadWord(physical);
        pendingOf.set(event.t, { index: event.i, op, entry, pc: 0n, before });
        kernel.setRegisters(thread, [...scratch, [registers.nextIP, unknown.fresh()]]);
        return;
      }
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
      case 'Loop':
        begin(names.address('syscall_insn'));
        kernel.setRegisters(thread, [...scratch, [registers.nextIP, unknown.fresh()]]);
        return;
      case 'Alarm':
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
        noteWritten(event, op);
        const returns = script.events[course.at + (event.e === 'op' ? 0 : 1)]?.ns ?? Infinity;
        enterUntil(returns, entry.event, thread, instruction);
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
  /** From then on the kernel goes back to the thread with all its registers. */
  const noteWritten = (event: TraceEvent, { method, dest }: TraceOp): void => {
    if (method !== 'TCB_WriteRegisters' && method !== 'TCB_CopyRegisters') return;
    if (dest === undefined || resultOf(event)?.err !== 'seL4_NoError') return;
    const written = kernel.threadInSlot(slotOfRootCNode(config, Number(names.value(dest))));
    if (written !== null) course.inSystemCall.delete(written);
  };
  /** What the recording says came of an operation. */
  const resultOf = ({ res, t, i }: TraceEvent): TraceResult | null | undefined =>
    res ?? script.events.find((later, index) => index > course.at && later.t === t && later.i === i)?.res;

  const stacks = new Map<TraceWord, bigint>();
  /** Where a stack is, only the program knows. */
  const stack = (word: TraceWord): bigint => {
    const known = stacks.get(word) ?? unknown.fresh();
    stacks.set(word, known);
    return known;
  };
  /** `@echo` is the word at the same place of the message received before. */
  const messageWord = (name: string, { raw, patch }: TraceOp, index: number): bigint => {
    const word = raw?.mrs[index] ?? 0n;
    if (patch?.mr === index) return (received.get(name)?.[patch.prev_result_mr] ?? 0n) + BigInt(patch.add);
    if (typeof word === 'string' && word.startsWith('@stack')) return stack(word);
    return word === '@echo' ? (received.get(name)?.[index] ?? 0n) : names.value(word);
  };
  const messageRegisters = (name: string, op: TraceOp): (readonly [register: number, value: bigint])[] => {
    const { raw, dest, send_dest: sendDest, reply } = op;
    const { label = 0n, length = 0, extraCaps = 0 } = raw ?? {};
    return [
      [registers.cap, dest === undefined ? 0n : names.value(dest)],
      ...(sendDest === undefined ? [] : [[registers.sendDest, names.value(sendDest)] as const]),
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
    const physical = memory.reached(entry, course.resultAtOnce(thread, pending));
    if (physical === null) return memory.pageFault(entry);
    const isRam = memory.isRam(physical);
    if (devices.isAt(physical)) {
      // Which time a clock tells, only the recording knows.
      if (access === 'load') pending.loaded = unknown.fresh();
      if (access === 'store') devices.write(physical, stored, course.now);
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
  const setAlarm = (thread: number, { address, delay, event }: Entry & { _tag: 'Alarm' }): Event | null => {
    const physical = kernel.translate(address, 'store');
    if (physical === null) return event;
    devices.setAlarm(physical, delay, course.now);
    kernel.setRegisters(thread, [[registers.nextIP, unknown.fresh()]]);
    return null;
  };
  /** Only a thread that faults at once shows what the return has made of its registers. */
  const returnFromSystemCall = (thread: number, pc: bigint): void => {
    const { systemReturn } = platform;
    if (systemReturn === null || registers.flags === null || !course.inSystemCall.has(thread)) return;
    kernel.setRegisters(thread, [
      [systemReturn.pc, pc],
      [systemReturn.flags, kernel.register(thread, registers.flags)],
      [systemReturn.lost, unknown.fresh()],
    ]);
  };
  /** A thread cannot go on where its address space has no code. Where exactly it is in the code may be unknown. */
  const fetchFault = (thread: number): Event | null => {
    const pc = kernel.register(thread, registers.nextIP);
    const address = unknown.isUnknown(pc) ? names.address('syscall_insn') : pc;
    if (kernel.translate(address, 'fetch') !== null) return null;
    returnFromSystemCall(thread, pc);
    return { _tag: 'VMFaultEvent', address: pc, fsr: platform.pageFault.fetch, instruction: true };
  };
  /** What the running thread does next without being told: null when nothing enters the kernel. */
  const nextEntry = (): Event | null => {
    const current = kernel.currentThread();
    if (current === null) return null;
    const fetch = fetchFault(current);
    if (fetch !== null) return fetch;
    const pending = course.pendingOfCurrent();
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
  const settle = (): void => {
    threads.bindWorkers();
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
  return {
    start,
    settle,
    get preempted() {
      return preempted;
    },
  };
}
