/**
 * Replays one recorded script on one kernel, strictly: every thread issues the recorded system calls, and every result, every
 * switch and the end state must be what the real kernel gave. The only thing not recorded is the phase of the timer tick, a parameter.
 */
import type { KernelConfig } from '../../spec/abi/config.ts';
import { messageInfoFromWord, messageInfoToWord } from '../../spec/abi/message-info.ts';
import type { SyscallName } from '../../spec/abi/words.ts';
import type { Event } from '../../spec/api/event.ts';
import { bufferCapWord, bufferMessageWord, bufferReceiveWord } from '../../spec/lookup/ipc-buffer.ts';
import { rootSlot } from './boot.ts';
import type { KernelUnderTest } from './kernel-under-test.ts';
import { outOfScope } from './scope.ts';
import type { TraceEvent, TraceOp, TraceResult, TraceScript, TraceWord } from './trace.ts';

export interface Mismatch {
  /** Index in the script's `events`; null for the state at the end. */
  readonly event: number | null;
  readonly operation: string;
  readonly field: string;
  readonly expected: string;
  readonly found: string;
}

export interface Replayed {
  /** Operations whose result, or whose not returning, was compared. */
  readonly compared: number;
  /** Where the comparison ended early, because the operation is not modelled, and how many operations were left. */
  readonly leftOut: { readonly reason: string; readonly operations: number } | null;
  readonly mismatch: Mismatch | null;
  readonly ticks: number;
}

const TICK_NS = 2_000_000;

/** Registers by the names that the real kernel's platform gives them. */
function registersOf(config: KernelConfig) {
  const named = (name: string): number => config.registers.names.indexOf(name);
  return { ...config.registers, number: named('RDX') };
}

/** A thread of the script: which operation it is in the middle of. */
interface Worker {
  pending: {
    readonly index: number;
    readonly op: TraceOp;
    readonly entry: bigint;
    readonly event: Event | null;
  } | null;
}

class Stop extends Error {
  readonly mismatch: Mismatch;
  constructor(mismatch: Mismatch) {
    super('mismatch');
    this.mismatch = mismatch;
  }
}

export function replay(
  script: TraceScript,
  kernel: KernelUnderTest,
  config: KernelConfig,
  firstTickNs: number,
): Replayed {
  const registers = registersOf(config);
  const workers = new Map<string, Worker>([['root', { pending: null }]]);
  for (const { t: name } of script.events) workers.set(name, { pending: null });
  const threadOf = new Map<string, number>();
  const nameOf = new Map<number, string>();
  const bind = (name: string, tcb: number): void => {
    threadOf.set(name, tcb);
    nameOf.set(tcb, name);
  };
  const rootThread = kernel.currentThread();
  if (rootThread !== null) bind('root', rootThread);

  const symbols = new Map<string, bigint>();
  /** User addresses: every name gets a page of its own; an instruction and the one after it share one. */
  const address = (name: string): bigint => {
    const next = /^(.*)_next$/.exec(name);
    if (next) return address(`${next[1] ?? ''}_insn`) + (INSTRUCTION_BYTES[next[1] ?? ''] ?? 0n);
    let found = symbols.get(name);
    if (found === undefined) {
      found = 0x1000_0000n + BigInt(symbols.size) * 0x1000n;
      symbols.set(name, found);
    }
    return found;
  };
  const slotOf = (name: string): number | undefined => script.names[name] ?? script.initial.slots[name];
  const value = (given: TraceWord): bigint => {
    if (typeof given === 'bigint') return given;
    if (given.startsWith('@')) return address(given.slice(1));
    const slot = slotOf(given);
    if (slot === undefined) throw new Error(`${script.script}: unknown name ${given}`);
    return BigInt(slot);
  };

  let at = 0;
  let compared = 0;
  let ticks = 0;
  let nextTick = firstTickNs;
  const describe = (event: TraceEvent | undefined): string => {
    if (event === undefined) return 'end';
    const op = event.op ?? workers.get(event.t)?.pending?.op;
    return `${event.t}[${event.i ?? 'end'}] ${event.e} ${op?.method ?? op?.sys ?? ''}`;
  };
  const fail = (field: string, expected: unknown, found: unknown): never => {
    throw new Stop({
      event: at < script.events.length ? at : null,
      operation: describe(script.events[at]),
      field,
      expected: String(expected),
      found: String(found),
    });
  };
  const nameOfCurrent = (): string => {
    const current = kernel.currentThread();
    if (current === null) return 'idle';
    return nameOf.get(current) ?? `thread ${current.toString(16)}`;
  };

  /** Workers are created by root; whose TCB is in the slot the script names is known as soon as it is there. */
  const bindWorkers = (): void => {
    if (threadOf.size === workers.size) return;
    for (const name of workers.keys()) {
      if (threadOf.has(name)) continue;
      const slot = slotOf(script.threads[name]?.tcb ?? `tcb${name}`);
      const thread = slot === undefined ? null : kernel.threadInSlot(rootSlot(slot));
      if (thread !== null) bind(name, thread);
    }
  };

  const startOp = (name: string, worker: Worker, index: number, op: TraceOp): void => {
    const thread = threadOf.get(name);
    if (thread === undefined) throw new Error('a thread that issues an operation is known');
    const user = userAction(op);
    if (user !== null) {
      const entry = address(`${user.insn}_insn`);
      worker.pending = { index, op, entry, event: user.event };
      if (user.event === null) return;
      kernel.setRegister(thread, registers.nextIP, entry + user.advance);
      kernel.enter(user.event);
      return;
    }
    const entry = address('syscall_insn');
    kernel.setRegister(thread, registers.nextIP, entry);
    writeMessage(thread, op);
    const event = syscallEvent(op);
    worker.pending = { index, op, entry, event };
    kernel.enter(event);
  };

  const writeMessage = (thread: number, op: TraceOp): void => {
    const { raw } = op;
    kernel.setRegister(thread, registers.cap, op.dest === undefined ? 0n : value(op.dest));
    const info = raw
      ? messageInfoToWord({ label: raw.label, capsUnwrapped: 0, extraCaps: raw.extraCaps, length: raw.length })
      : 0n;
    kernel.setRegister(thread, registers.msgInfo, info);
    registers.messageRegisters.forEach((register, index) => {
      const word = raw?.mrs[index];
      kernel.setRegister(thread, register, word === undefined ? 0n : value(word));
    });
    const buffer = kernel.ipcBuffer(thread);
    if (buffer === null) return;
    raw?.mrs.forEach((word, index) => {
      if (index >= registers.messageRegisters.length) kernel.storeWord(bufferMessageWord(buffer, index), value(word));
    });
    raw?.caps.forEach((cap, index) => {
      kernel.storeWord(bufferCapWord(config, buffer, index), value(cap));
    });
    const { cnode = 0n, index = 0n, depth = 0n } = op.recv ?? {};
    kernel.storeWord(bufferReceiveWord(config, buffer, 0), value(cnode));
    kernel.storeWord(bufferReceiveWord(config, buffer, 1), value(index));
    kernel.storeWord(bufferReceiveWord(config, buffer, 2), value(depth));
  };

  /** A thread that the kernel sent back to its system call issues it again, with the registers it has: nothing of that is recorded. */
  const settle = (): void => {
    bindWorkers();
    for (let round = 0; round < 1000; round++) {
      const current = kernel.currentThread();
      if (current === null) return;
      const pending = workers.get(nameOfCurrent())?.pending;
      if (!pending?.event || kernel.register(current, registers.nextIP) !== pending.entry) return;
      kernel.enter(pending.event);
    }
    fail('progress', 'a thread comes out of its system call', 'it is sent back for ever');
  };

  const tickUntil = (ns: number): void => {
    while (nextTick <= ns) {
      kernel.enter({ _tag: 'Interrupt', irq: config.timerIrq });
      ticks++;
      nextTick += TICK_NS;
      settle();
    }
  };

  const checkResult = (thread: number, op: TraceOp, res: TraceResult): void => {
    if (res.badge !== undefined) check('badge', res.badge, kernel.register(thread, registers.cap));
    const info = messageInfoFromWord(kernel.register(thread, registers.msgInfo), config.msgMaxLength);
    if (res.label !== undefined) check('label', res.label, info.label);
    if (res.length !== undefined) check('length', res.length, info.length);
    if (res.extraCaps !== undefined) check('extraCaps', res.extraCaps, info.extraCaps);
    if (res.capsUnwrapped !== undefined) check('capsUnwrapped', res.capsUnwrapped, info.capsUnwrapped);
    const buffer = kernel.ipcBuffer(thread);
    res.mrs?.forEach((expected, index) => {
      const symbol = res.mrs_sym?.[String(index)];
      const register = registers.messageRegisters[index];
      const found =
        register !== undefined
          ? kernel.register(thread, register)
          : buffer === null
            ? 0n
            : kernel.loadWord(bufferMessageWord(buffer, index));
      check(`mrs[${index}]`, symbol === undefined ? expected : address(symbol.replace(/^@/, '')), found);
    });
    res.caps_or_badges?.forEach((expected, index) => {
      const unwrapped = ((res.capsUnwrapped ?? 0) >> index) & 1;
      if (unwrapped === 0 || buffer === null) return;
      check(`caps_or_badges[${index}]`, expected, kernel.loadWord(bufferCapWord(config, buffer, index)));
    });
  };
  const check = (field: string, expected: unknown, found: unknown): void => {
    if (String(expected) !== String(found)) fail(field, expected, found);
  };

  const finish = (event: TraceEvent, worker: Worker): void => {
    const thread = threadOf.get(event.t);
    const { pending } = worker;
    if (pending === null || thread === undefined) return fail('thread', 'a thread in an operation', 'none');
    if (pending.event !== null) {
      const pc = kernel.register(thread, registers.nextIP);
      if (pc === pending.entry) fail('program counter', 'behind the system call', 'at the system call');
    }
    if (event.res && event.res.skipped_by_fault_handler !== true) checkResult(thread, pending.op, event.res);
    compared++;
    worker.pending = null;
  };

  const step = (event: TraceEvent): void => {
    tickUntil(event.e === 'op' ? (event.ns0 ?? event.ns) : event.ns);
    check('running thread', event.t, nameOfCurrent());
    const worker = workers.get(event.t);
    if (worker === undefined) return fail('thread', 'a thread of the script', event.t);
    if (event.e === 'end') return;
    if (event.e === 'done') {
      finish(event, worker);
      return;
    }
    if (event.op === undefined) return fail('op', 'an operation', 'none');
    startOp(event.t, worker, event.i ?? 0, event.op);
    settle();
    if (event.e === 'op') {
      tickUntil(event.ns);
      check('running thread', event.t, nameOfCurrent());
      finish(event, worker);
    }
  };

  const checkEnd = (): void => {
    for (const [name, { pending }] of workers) {
      const thread = threadOf.get(name);
      if (pending?.event && thread !== undefined && kernel.currentThread() === thread) {
        if (kernel.register(thread, registers.nextIP) !== pending.entry) {
          fail(`thread ${name}`, `still in operation ${pending.index}`, 'returned');
        }
      }
      if (pending) compared++;
    }
    for (const name of new Set([...Object.keys(script.final_caps), ...Object.keys(script.names)])) {
      const slot = slotOf(name);
      if (slot === undefined) continue;
      check(`cap in ${name}`, script.final_caps[name] ?? 'empty', kernel.capType(rootSlot(slot)) ?? 'empty');
    }
    for (const [name, expected] of Object.entries(script.final_threads)) {
      const slot = slotOf(name);
      const workerName = Object.keys(script.threads).find((worker) => script.threads[worker]?.tcb === name);
      const inSlot = slot === undefined ? null : kernel.threadInSlot(rootSlot(slot));
      const thread = name === 'root' ? rootThread : (inSlot ?? threadOf.get(workerName ?? ''));
      if (thread === null || thread === undefined) return fail(`thread ${name}`, expected.state, 'unknown');
      const found = kernel.thread(thread);
      check(`state of ${name}`, expected.state, found.state);
      check(`priority of ${name}`, expected.prio, found.priority);
      check(`domain of ${name}`, expected.domain, found.domain);
    }
  };

  try {
    for (; at < script.events.length; at++) {
      const event = script.events[at];
      if (event === undefined) break;
      const reason = event.op ? outOfScope(event.op) : null;
      if (reason !== null) {
        const operations = script.events.slice(at).filter(({ e }) => e === 'op' || e === 'issue').length;
        return { compared, leftOut: { reason, operations }, mismatch: null, ticks };
      }
      step(event);
    }
    checkEnd();
    return { compared, leftOut: null, mismatch: null, ticks };
  } catch (error) {
    if (error instanceof Stop) return { compared, leftOut: null, mismatch: error.mismatch, ticks };
    const found = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const mismatch = {
      event: at,
      operation: describe(script.events[at]),
      field: 'kernel',
      expected: 'an answer',
      found,
    };
    return { compared, leftOut: null, mismatch, ticks };
  }
}

const INSTRUCTION_BYTES: Readonly<Record<string, bigint>> = {
  syscall: 2n,
  ud2: 2n,
  hlt: 1n,
  int3: 1n,
  div0: 2n,
  load: 3n,
  store: 3n,
  jump: 2n,
};

function syscallEvent(op: TraceOp): Event {
  const name = op.sys;
  if (typeof name === 'number') return { _tag: 'UnknownSyscall', number: BigInt.asUintN(64, BigInt(name)) };
  return { _tag: 'SyscallEvent', syscall: name as SyscallName };
}

/** What a thread does without a system call: null event when it only takes time. */
function userAction(
  op: TraceOp,
): { readonly insn: string; readonly event: Event | null; readonly advance: bigint } | null {
  if (typeof op.sys === 'number' || !op.sys.startsWith('@')) return null;
  const exception = (number: bigint): Event => ({ _tag: 'UserLevelFault', number, code: 0 });
  switch (op.sys) {
    case '@UD2':
      return { insn: 'ud2', event: exception(6n), advance: 0n };
    case '@HLT':
      return { insn: 'hlt', event: exception(13n), advance: 0n };
    case '@INT3':
      return { insn: 'int3', event: exception(3n), advance: 1n };
    case '@DIV0':
      return { insn: 'div0', event: exception(0n), advance: 0n };
    default:
      return { insn: 'spin', event: null, advance: 0n };
  }
}
