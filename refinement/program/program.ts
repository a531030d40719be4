/**
 * Programs are data: a list of rows, each one kernel entry of whichever thread runs then. Rows are concrete: capability pointers, slot
 * indices and words are what the program says. Slots are named by the program itself, so leaving a row out never changes what another
 * row refers to; at worst it finds the slot empty, which is a defined error on both sides. So every sub-sequence of a program is a program.
 */
import { messageInfoToWord } from '../../spec/abi/message-info.ts';
import { abi } from '../../spec/abi/variant.ts';
import type { SyscallName, Word } from '../../spec/abi/words.ts';
import { powerOf2 } from '../../spec/abi/words.ts';
import { bufferCapWord, bufferMessageWord, bufferReceiveWord, lookupIpcBuffer } from '../../spec/lookup/ipc-buffer.ts';
import type { Event } from '../../spec/api/event.ts';
import type { Access } from '../../spec/lookup/translate.ts';
import { translate } from '../../spec/lookup/translate.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { getTcb, wordKey } from '../../spec/state/kernel-state.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { KernelStep } from '../step/kernel-step.ts';
import type { Clock } from './clock.ts';
import { clockOf } from './clock.ts';
import type { EventName } from './operations.ts';

/** A system call. */
export interface CallRow {
  readonly op: string;
  readonly syscall: SyscallName;
  /** Capability pointer of the invoked capability. */
  readonly cap: Word;
  readonly label: Word;
  readonly words: readonly Word[];
  /** Capability pointers of the extra capabilities, at most three. */
  readonly caps: readonly Word[];
  /** Receive slot to set in the IPC buffer first: CNode, index, depth. */
  readonly receive: readonly [Word, Word, Word] | null;
  /** Looks for interrupts that the kernel makes before it finds one; null for never. */
  readonly irqCountdown: number | null;
  /** Which interrupt that is; null for the timer's. */
  readonly irq: number | null;
  /** MCS: capability pointers to the reply object, and to what NBSendRecv sends to; 0 if absent. */
  readonly reply?: Word;
  readonly sendDest?: Word;
  /** MCS: ticks that pass before, since the kernel was left; and between two looks at the timer within the call. 0 if absent. */
  readonly ticks?: Word;
  readonly lookTicks?: Word;
  /** The thread clears its registers and its IPC buffer first, and begins anew, so that nothing is left of what was before. No if absent. */
  readonly fresh?: true;
  readonly other?: Row | null;
}

/** Another way in. */
export interface EventRow {
  readonly op: EventName;
  /** Number of the system call, exception or interrupt, the address, or the value. */
  readonly word: Word;
  /** MCS: ticks that pass before; 0 if absent. A Tick comes when the timer's deadline does, and so many ticks late. */
  readonly ticks?: Word;
  readonly lookTicks?: Word;
  readonly fresh?: true;
  readonly other?: Row | null;
}

/** `other`: in a pair of runs, what the second one does instead; null for nothing, absent for the same. It has no `other` of its own. */
export type Row = CallRow | EventRow;
export type Program = readonly Row[];

export function isCallRow(row: Row): row is CallRow {
  return 'syscall' in row;
}

/** What devices say: bits in every part of the word. */
const DEVICE_WORD = 0x9a5b_c3d7;

/** Ways in that do not come from the running program. */
export const INTERRUPTS: readonly Row['op'][] = ['Tick', 'Spurious', 'Interrupt'];

let last: { readonly row: Row; readonly s: KernelState; readonly step: KernelStep | null } | null = null;

/**
 * The row as the running thread carries it out; null when it cannot: the idle thread only takes interrupts, and a kernel has not all calls. The same row in the same state
 * gives the same object, by which it is known that it was tried before.
 */
export function toKernelStep(row: Row, s: KernelState): KernelStep | null {
  if (last?.row !== row || last.s !== s) {
    const step = makeStep(row, s);
    last = { row, s, step: step !== null && row.fresh === true ? afresh(step, s) : step };
  }
  return last.step;
}

/** The step, with everything cleared before it that the thread has: as of a program that goes back to its beginning. */
function afresh(step: KernelStep, s: KernelState): KernelStep {
  const { config, globals, memory } = s;
  const { flags } = config.registers;
  const thread = globals.currentThread;
  if (thread === globals.idleThread) return step;
  const cleared: [number, Word][] = [];
  getTcb(s, thread).context.forEach((value, register) => {
    if (value !== 0n && register !== flags) cleared.push([register, 0n]);
  });
  const buffer = lookupIpcBuffer(s, true, thread);
  const wiped: [number, Word][] = [];
  for (let at = buffer ?? 0; buffer !== null && at < buffer + powerOf2(config.ipcBufferBits); at += 8)
    if (PMap.get(memory, wordKey(at)) !== undefined) wiped.push([at, 0n]);
  return { ...step, registers: [...cleared, ...step.registers], stores: [...wiped, ...step.stores] };
}

function makeStep(row: Row, s: KernelState): KernelStep | null {
  if (s.globals.currentThread === s.globals.idleThread && !INTERRUPTS.includes(row.op)) return null;
  const { config } = s;
  const clock = clockOf(row, s);
  if (clock.isOvertaken) return entering({ _tag: 'Interrupt', irq: config.timerIrq }, clock);
  if (!isCallRow(row)) return eventStep(row, s, clock);
  if (abi(config).syscalls[row.syscall] === undefined) return null;
  const { registers: names } = config;
  // What a sender has in the field of unwrapped capabilities means nothing; so that not all programs have zero there, it is of the label.
  const capsUnwrapped = Number(row.label & 7n);
  const info = { label: row.label, capsUnwrapped, extraCaps: row.caps.length, length: row.words.length };
  const registers: [number, Word][] = [
    [names.cap, row.cap],
    [names.msgInfo, messageInfoToWord(info)],
  ];
  if (clock.time !== null) registers.push([names.reply, row.reply ?? 0n]);
  if (row.syscall === 'NBSendRecv') registers.push([names.sendDest, row.sendDest ?? 0n]);
  const stores: [number, Word][] = [];
  const buffer =
    row.words.length > names.messageRegisters.length || row.caps.length > 0 || row.receive !== null
      ? lookupIpcBuffer(s, true, s.globals.currentThread)
      : null;
  row.words.forEach((word, index) => {
    const register = names.messageRegisters[index];
    if (register !== undefined) registers.push([register, word]);
    else if (buffer !== null && index < config.msgMaxLength) stores.push([bufferMessageWord(buffer, index), word]);
  });
  if (buffer !== null) {
    row.caps.forEach((cap, index) => stores.push([bufferCapWord(config, buffer, index), cap]));
    if (row.receive !== null) {
      stores.push([bufferReceiveWord(config, buffer, 0), row.receive[0]]);
      stores.push([bufferReceiveWord(config, buffer, 1), row.receive[1]]);
      stores.push([bufferReceiveWord(config, buffer, 2), row.receive[2]]);
    }
  }
  return {
    registers,
    stores,
    access: null,
    portIn: row.op.startsWith('IOPort_In') ? DEVICE_WORD : 0,
    fpu: null,
    irqArrival: row.irqCountdown === null ? null : { countdown: row.irqCountdown, irq: row.irq ?? config.timerIrq },
    time: clock.time,
    lookTicks: clock.lookTicks,
    event: { _tag: 'SyscallEvent', syscall: row.syscall },
  };
}

function entering(event: Event, { time, lookTicks }: Clock): KernelStep {
  return { registers: [], stores: [], access: null, portIn: 0, fpu: null, irqArrival: null, time, lookTicks, event };
}

/** Number of the exception when a thread touches floating-point registers that are off. */
const FPU_EXCEPTION = 7n;

function eventStep({ op, word }: EventRow, s: KernelState, clock: Clock): KernelStep {
  const { config, globals } = s;
  switch (op) {
    case 'Tick':
      return entering({ _tag: 'Interrupt', irq: config.timerIrq }, clock);
    case 'Spurious':
      return entering({ _tag: 'Interrupt', irq: null }, clock);
    case 'Interrupt':
      return entering({ _tag: 'Interrupt', irq: Number(word % BigInt(config.irqLines)) }, clock);
    case 'UseFpu':
      // A thread that may use the unit goes on with it until something else makes it enter the kernel.
      return globals.machine.fpu.enabled
        ? { ...entering({ _tag: 'Interrupt', irq: null }, clock), fpu: word }
        : entering({ _tag: 'UserLevelFault', number: FPU_EXCEPTION, code: 0 }, clock);
    case 'UnknownSyscall':
      return entering({ _tag: 'UnknownSyscall', number: word }, clock);
    case 'UserException':
      return entering({ _tag: 'UserLevelFault', number: word, code: Number(word >> 32n) }, clock);
    case 'VMFault':
      return entering(vmFault(word), clock);
    case 'Load':
      return accessing(s, 'load', word, clock);
    case 'Store':
      return accessing(s, 'store', word, clock);
    case 'Fetch':
      return accessing(s, 'fetch', word, clock);
  }
}

/** Status words of page faults, as on x86_64. */
const FAULT_STATUS: Readonly<Record<Access, number>> = { load: 4, store: 6, fetch: 20 };

/** An access that succeeds enters the kernel only when something else does: the machine has nothing to say then. A store puts the address there. */
function accessing(s: KernelState, access: Access, vaddr: Word, { time, lookTicks }: Clock): KernelStep {
  const aligned = vaddr - (vaddr % 8n);
  const physical = translate(s, aligned, access);
  const { ramBase, ramSize } = s.config;
  const isRam = physical !== null && physical >= ramBase && physical < ramBase + ramSize;
  return {
    registers: [],
    stores: access === 'store' && isRam ? [[physical, aligned]] : [],
    access: { vaddr: aligned, access, physical },
    portIn: 0,
    fpu: null,
    irqArrival: null,
    time,
    lookTicks,
    event:
      physical === null
        ? { _tag: 'VMFaultEvent', address: aligned, fsr: FAULT_STATUS[access], instruction: access === 'fetch' }
        : { _tag: 'Interrupt', irq: null },
  };
}

/** A read, a write or an instruction fetch of a page that is not there. */
function vmFault(address: Word): Event {
  switch (Number(address & 3n)) {
    case 1:
      return { _tag: 'VMFaultEvent', address, fsr: 6, instruction: false };
    case 2:
      return { _tag: 'VMFaultEvent', address, fsr: 20, instruction: true };
    default:
      return { _tag: 'VMFaultEvent', address, fsr: 4, instruction: false };
  }
}
