/**
 * Refusals of an invocation, as rows in the order in which the kernel checks. Every row is one thing wrong with an otherwise valid
 * call. It must give its error alone, and also together with any one of the later rows: that is what the order means.
 */
import { expect, it } from 'vitest';
import type { SyscallError } from '../../spec/abi/error-codes.ts';
import type { Label } from '../../spec/abi/labels.ts';
import { labelNumberIn } from '../../spec/abi/variant.ts';
import { decodeInvocation } from '../../spec/decode/decode.ts';
import type { Invocation } from '../../spec/decode/invocation.ts';
import type { LookupFailure } from '../../spec/abi/failure.ts';
import { E } from '../../spec/prelude.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { getCap } from '../../spec/state/kernel-state.ts';
import type { SlotRef, Word } from '../../spec/state/refs.ts';
import type { Edit } from './states.ts';

/** A call that is accepted. */
export interface Call {
  readonly state: KernelState;
  /** Slot of the invoked capability. */
  readonly on: SlotRef;
  readonly label: Label;
  readonly args: readonly Word[];
  /** Slots of the extra capabilities. */
  readonly caps: readonly SlotRef[];
}

/** What is different from the accepted call. */
export interface Wrong {
  readonly on?: SlotRef;
  readonly label?: Label | 0;
  readonly args?: Readonly<Record<number, Word>>;
  /** How many words and capabilities are left. */
  readonly words?: number;
  readonly caps?: Readonly<Record<number, SlotRef>>;
  readonly capCount?: number;
  readonly state?: Edit;
}

export type Row = readonly [what: string, wrong: Wrong, error: string];

/** 0 is no label, and so is one that only the other kernel has. */
const numberOf = ({ config }: KernelState, label: Label | 0): Word =>
  BigInt(label === 0 ? 0 : (labelNumberIn(config, label) ?? 0));

function decode(call: Call, wrongs: readonly Wrong[]): string | Invocation {
  let s = call.state;
  let { on } = call;
  let label = numberOf(s, call.label);
  const args = [...call.args];
  const caps = [...call.caps];
  for (const wrong of wrongs) {
    if (wrong.state) s = wrong.state(s);
    on = wrong.on ?? on;
    if (wrong.label !== undefined) label = numberOf(s, wrong.label);
    for (const [index, word] of Object.entries(wrong.args ?? {})) args[Number(index)] = word;
    for (const [index, slot] of Object.entries(wrong.caps ?? {})) caps[Number(index)] = slot;
  }
  for (const { words, capCount } of wrongs) {
    args.length = Math.min(args.length, words ?? args.length);
    caps.length = Math.min(caps.length, capCount ?? caps.length);
  }
  const extraCaps = caps.map((slot) => ({ slot, cap: getCap(s, slot) }));
  const decoded = decodeInvocation(s, { cap: getCap(s, on), slot: on, label, args, extraCaps });
  return E.isLeft(decoded) ? renderError(decoded.left) : decoded.right;
}

function renderFailure(failure: LookupFailure): string {
  switch (failure._tag) {
    case 'InvalidRoot':
      return 'InvalidRoot';
    case 'MissingCapability':
      return `MissingCapability ${failure.bitsLeft}`;
    case 'DepthMismatch':
      return `DepthMismatch ${failure.bitsLeft} ${failure.bitsFound}`;
    case 'GuardMismatch':
      return `GuardMismatch ${failure.bitsLeft} ${failure.guard.toString()}/${failure.guardBits}`;
  }
}

export function renderError(error: SyscallError): string {
  switch (error._tag) {
    case 'InvalidArgument':
      return `InvalidArgument ${error.argument}`;
    case 'InvalidCapability':
      return `InvalidCapability ${error.capability}`;
    case 'RangeError':
      return `RangeError ${error.min}..${error.max}`;
    case 'FailedLookup':
      return `FailedLookup of ${error.isSource ? 'source' : 'target'}: ${renderFailure(error.failure)}`;
    case 'NotEnoughMemory':
      return `NotEnoughMemory ${error.available}`;
    default:
      return error._tag;
  }
}

/** What a row changes; two rows that change the same thing cannot be wrong at once. */
function touched({ on, label, args, words, caps, capCount, state }: Wrong): string[] {
  return [
    ...(on === undefined ? [] : ['on']),
    ...(label === undefined ? [] : ['label']),
    ...(words === undefined ? [] : ['words']),
    ...(capCount === undefined ? [] : ['capCount']),
    ...(state === undefined ? [] : ['state']),
    ...Object.keys(args ?? {}).map((index) => `word ${index}`),
    ...Object.keys(caps ?? {}).map((index) => `capability ${index}`),
  ];
}

function canBeBoth(a: Wrong, b: Wrong): boolean {
  const changed = touched(a);
  return !touched(b).some((thing) => changed.includes(thing));
}

export function itRefuses(call: Call, rows: readonly Row[]): void {
  it.each(rows.map(([what, wrong, error], index) => ({ what, wrong, error, later: rows.slice(index + 1) })))(
    'refuses $what with $error',
    ({ wrong, error, later }) => {
      expect(decode(call, [wrong])).toBe(error);
      for (const [what, other] of later) {
        if (canBeBoth(wrong, other)) expect(decode(call, [wrong, other]), `and ${what}`).toBe(error);
      }
    },
  );
}

/** What an accepted call asks for. */
export function accepted(call: Call, change: Wrong = {}): Invocation {
  const decoded = decode(call, [change]);
  if (typeof decoded === 'string') throw new Error(`refused: ${decoded}`);
  return decoded;
}
