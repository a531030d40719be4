/**
 * The user side of a recorded script: where its code and data are, and what its threads' registers hold. A script fixes only what it passes
 * to the kernel; the rest of a thread's registers is the business of the program that ran it.
 */
import type { Event } from '../../spec/api/event.ts';
import type { SyscallName } from '../../spec/abi/words.ts';
import type { Access } from '../../spec/lookup/translate.ts';
import { InputError } from '../input-error.ts';
import type { Platform } from './platform.ts';
import type { TraceOp, TraceScript, TraceWord } from './trace.ts';

export interface Names {
  /** Slot of the root CNode by name. */
  slot(name: string): number | undefined;
  /** A number, the slot or the user address that a word of the script stands for. */
  value(word: TraceWord): bigint;
  address(name: string): bigint;
  /** Whether the program has code there: a thread that goes on anywhere else would fault. */
  isCode(at: bigint): boolean;
}

export function namesOf(script: TraceScript, platform: Platform): Names {
  const addresses = new Map<string, bigint>();
  const slot = (name: string): number | undefined =>
    script.names[name] ?? script.initial.slots[name] ?? extraBufferSlot(name);
  /** Every name gets a page of its own, except that an instruction and the one after it share one. */
  const address = (name: string): bigint => {
    const [, start, offset] = /^(.*)\+(0x[0-9a-f]+)$/.exec(name) ?? [];
    if (start !== undefined) return address(start) + BigInt(offset ?? 0);
    const instruction = /^(.*)_next$/.exec(name)?.[1];
    const bytes = instruction === undefined ? undefined : platform.instructionBytes[instruction];
    if (bytes !== undefined) return address(`${instruction ?? ''}_insn`) + BigInt(bytes);
    const page = pageOfRoot(name);
    if (page !== undefined) return page;
    const known = addresses.get(name) ?? FIRST_ADDRESS + BigInt(addresses.size) * 0x1000n;
    addresses.set(name, known);
    return known;
  };
  const value = (word: TraceWord): bigint => {
    if (typeof word === 'bigint') return word;
    if (word.startsWith('@')) return address(word.slice(1));
    const index = slot(word);
    if (index === undefined) throw new InputError(`${script.where}: script ${script.script}: nothing is named ${word}`);
    return BigInt(index);
  };
  const isCode = (at: bigint): boolean => {
    const page = (at - FIRST_ADDRESS) / 0x1000n;
    return at >= FIRST_ADDRESS && page < BigInt(addresses.size);
  };
  return { slot, value, address, isCode };
}

/** Scripts of many threads have more buffer frames than a script's initial state names: IPCFn from 8 on, in this slot + n. */
export const FIRST_EXTRA_BUFFER = 2692;

export function extraBufferSlot(name: string): number | undefined {
  const n = Number(/^IPCF(\d+)$/.exec(name)?.[1] ?? NaN);
  return n >= 8 && n <= 263 ? FIRST_EXTRA_BUFFER + n : undefined;
}

/**
 * Where the pages are mapped that scripts name: IPC buffers and shared memory. Chosen by us.
 *
 * @param name `ipcbuf0`, `mem3`
 */
export function pageOfRoot(name: string): bigint | undefined {
  const [, kind, number] = /^(ipcbuf|mem)(\d+)$/.exec(name) ?? [];
  if (kind === undefined) return undefined;
  const n = BigInt(number ?? 0);
  if (kind === 'mem') return 0x42_0000n + n * 0x1000n;
  return n < 8n ? 0x41_0000n + n * 0x1000n : 0x50_0000n + n * 0x1000n;
}

/** Away from what scripts use as bad addresses. */
export const FIRST_ADDRESS = 0x2000_0000n;

/**
 * Words that only the recorded program knew, such as its stack pointer when it faulted. Each is a placeholder, unlike any word of a
 * script, until the recording first shows its value; from then on it is that value.
 */
export interface UnknownWords {
  fresh(): bigint;
  /** Whether `found` is the recorded word, or can be. */
  agrees(recorded: bigint, found: bigint): boolean;
  isUnknown(word: bigint): boolean;
  /** The word itself, unless it was unknown and has shown its value. */
  valueOf(word: bigint): bigint;
  /** How many got their value from the recording. */
  readonly taken: number;
}

export function unknownWords(): UnknownWords {
  const values: (bigint | null)[] = [];
  let taken = 0;
  const isUnknown = (word: bigint): boolean => word >= FIRST_UNKNOWN && word - FIRST_UNKNOWN < BigInt(values.length);
  return {
    isUnknown,
    valueOf: (word) => (isUnknown(word) ? (values[Number(word - FIRST_UNKNOWN)] ?? word) : word),
    fresh: () => FIRST_UNKNOWN + BigInt(values.push(null) - 1),
    agrees: (recorded, found) => {
      if (!isUnknown(found)) return recorded === found;
      const index = Number(found - FIRST_UNKNOWN);
      const value = values[index];
      if (value !== null) return recorded === value;
      values[index] = recorded;
      taken++;
      return true;
    },
    get taken() {
      return taken;
    },
  };
}

const FIRST_UNKNOWN = 0xb6e1_7c25_0000_0000n;

/** How an operation of a script enters the kernel. */
export type Entry =
  | { readonly _tag: 'Syscall'; readonly event: Event; readonly number: bigint }
  /** `instruction` is where it stands, `pc` where the processor says the fault happened. */
  | { readonly _tag: 'Fault'; readonly event: Event; readonly instruction: bigint; readonly pc: bigint }
  /** A floating-point instruction: a fault if the unit is off, otherwise `value` is in the unit from then on. */
  | { readonly _tag: 'Fpu'; readonly event: Event; readonly instruction: bigint; readonly value: bigint }
  /** Goes round for as long as the word at an address stays what it is, with a Yield in each turn or without. */
  | { readonly _tag: 'Loop'; readonly yields: boolean; readonly address: bigint; readonly known: bigint }
  /** A load, a store or a jump: a page fault, or the thread goes on by itself. `instruction` is where it stands; of a short load, only the program knows. */
  | {
      readonly _tag: 'Access';
      readonly access: Access;
      readonly address: bigint;
      readonly stored: bigint;
      /** How many are read or written. */
      readonly bits: number;
      readonly event: Event;
      readonly instruction: bigint;
    }
  /** Sets the alarm of a clock in memory so many nanoseconds ahead, or with null lowers its line; a page fault as a load's where it is not mapped. */
  | {
      readonly _tag: 'Alarm';
      readonly address: bigint;
      readonly delay: bigint | null;
      readonly event: Event;
      readonly instruction: bigint;
    }
  /** Counts in memory, so many times if nothing ends it: how far it has come before, only the recording knows. */
  | { readonly _tag: 'Count'; readonly address: bigint; readonly times: bigint }
  /** The program image gets into the address space of the capability in a slot; how, is not recorded. */
  | { readonly _tag: 'Clone'; readonly slot: number }
  /** It does not: the thread goes on by itself. */
  | { readonly _tag: 'None' };

export interface UserMachine {
  entry(op: TraceOp): Entry;
}

export function userMachine(platform: Platform, names: Names): UserMachine {
  const userAction = (action: string, words: readonly TraceWord[]): Entry => {
    const [at = 0n, second = 0n] = words;
    const address = names.value(at);
    const accessing = (access: Access, stored = 0n, bits = 64): Entry => {
      const instruction = access === 'fetch' ? address : names.address(`${access}_insn`);
      const fsr = platform.pageFault[access];
      const event: Event = { _tag: 'VMFaultEvent', address, fsr, instruction: access === 'fetch' };
      return { _tag: 'Access', access, address, stored, bits, event, instruction };
    };
    switch (action) {
      case '@LOAD':
        return accessing('load');
      case '@LOAD32':
        return accessing('load', 0n, 32);
      case '@STORE':
        return accessing('store', names.value(second));
      case '@JUMP':
        return accessing('fetch');
      case '@STORE32':
        return accessing('store', names.value(second), 32);
      case '@RTCARM':
      case '@RTCCLR': {
        const event: Event = { _tag: 'VMFaultEvent', address, fsr: platform.pageFault.load, instruction: false };
        const delay = action === '@RTCARM' ? names.value(second) : null;
        return { _tag: 'Alarm', address, delay, event, instruction: names.address('load_insn') };
      }
      case '@COUNT':
        return { _tag: 'Count', address, times: names.value(second) };
      case '@SPIN_WHILE':
      case '@YIELD_WHILE':
        return { _tag: 'Loop', yields: action === '@YIELD_WHILE', address, known: names.value(second) };
      case '@CLONE_VSPACE':
        return { _tag: 'Clone', slot: Number(address) };
      case '@FPU': {
        const event: Event = { _tag: 'UserLevelFault', number: BigInt(platform.fpuException ?? 0), code: 0 };
        return { _tag: 'Fpu', event, instruction: names.address('fpu_insn'), value: address };
      }
      default:
        return { _tag: 'None' };
    }
  };
  return {
    entry: (op) => {
      const { sys } = op;
      if (typeof sys === 'bigint')
        return { _tag: 'Syscall', event: { _tag: 'UnknownSyscall', number: sys }, number: sys };
      if (isSyscall(sys, platform)) {
        const number = BigInt.asUintN(64, BigInt(platform.syscalls[sys] ?? 0));
        return { _tag: 'Syscall', event: { _tag: 'SyscallEvent', syscall: sys }, number };
      }
      const exception = platform.exceptions[sys];
      if (exception === undefined) return userAction(sys, actionWords(op));
      const event: Event = { _tag: 'UserLevelFault', number: BigInt(exception.number), code: 0 };
      const instruction = names.address(`${exception.insn}_insn`);
      return { _tag: 'Fault', event, instruction, pc: instruction + BigInt(exception.advance) };
    },
  };
}

export function isSyscall(name: string, { syscalls }: Platform): name is SyscallName {
  return Object.hasOwn(syscalls, name);
}

export function actionWords({ args }: TraceOp): readonly TraceWord[] {
  if (!Array.isArray(args)) return [];
  return args.map((word: unknown) => {
    if (typeof word === 'number') return BigInt.asUintN(64, BigInt(word));
    if (typeof word !== 'string') return 0n;
    return word.startsWith('#') ? BigInt.asUintN(64, BigInt(word.slice(1))) : word;
  });
}
