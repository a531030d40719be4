/**
 * I/O ports: ranges are given away once, and read and written by whoever has a capability to them.
 *
 * @source l4v spec/abstract/X64/ArchDecode_A.thy `decode_ioport_control_invocation`, `decode_port_invocation`; seL4 src/arch/x86/object/ioport.c
 */
import type { ErrorOf } from '../abi/error-codes.ts';
import { ILLEGAL, TRUNCATED } from '../abi/error-codes.ts';
import { labelName } from '../abi/variant.ts';
import type { Word } from '../abi/words.ts';
import { lookupTargetSlot } from '../lookup/cspace.ts';
import { ensureEmpty } from '../lookup/derive.ts';
import type { Either } from '../prelude.ts';
import { E, left, right } from '../prelude.ts';
import type { IOPortCap } from '../state/caps.ts';
import type { KernelState } from '../state/kernel-state.ts';
import type { IOPortInvocation, Request } from './invocation.ts';
import type { DecodedOn } from './refusals.ts';

/** Bits that are read or written, by label. */
const WIDTHS = {
  X86IOPortIn8: 8,
  X86IOPortIn16: 16,
  X86IOPortIn32: 32,
  X86IOPortOut8: 8,
  X86IOPortOut16: 16,
  X86IOPortOut32: 32,
} as const;

export function decodeIOPortControlInvocation(
  s: KernelState,
  { label, slot, args, extraCaps }: Request,
): DecodedOn<'IOPortControlCap', IOPortInvocation> {
  if (labelName(s.config, label) !== 'X86IOPortControlIssue') return left(ILLEGAL);
  const [firstWord, lastWord, index, depth] = args;
  const root = extraCaps[0]?.cap;
  if (firstWord === undefined || lastWord === undefined || index === undefined || depth === undefined)
    return left(TRUNCATED);
  if (root === undefined) return left(TRUNCATED);
  const [first, last] = [portOf(s, firstWord), portOf(s, lastWord)];
  if (last < first) return left({ _tag: 'InvalidArgument', argument: 1 });
  const isTaken = s.globals.ioPorts.some((range) => range.first <= last && range.last >= first);
  if (isTaken) return left({ _tag: 'RevokeFirst' });
  const target = lookupTargetSlot(s, root, index, depth);
  if (E.isLeft(target)) return target;
  const occupied = ensureEmpty(s, target.right);
  if (occupied) return left(occupied);
  return right({ _tag: 'IssuePorts', cap: { _tag: 'IOPortCap', first, last }, control: slot, target: target.right });
}

export function decodeIOPortInvocation(
  s: KernelState,
  cap: IOPortCap,
  { label, args }: Request,
): DecodedOn<'IOPortCap', IOPortInvocation> {
  const name = labelName(s.config, label);
  switch (name) {
    case 'X86IOPortIn8':
    case 'X86IOPortIn16':
    case 'X86IOPortIn32': {
      if (args[0] === undefined) return left(TRUNCATED);
      const port = allowedPort(s, cap, args[0], WIDTHS[name]);
      return E.isLeft(port) ? port : right({ _tag: 'PortIn', bits: WIDTHS[name] });
    }
    case 'X86IOPortOut8':
    case 'X86IOPortOut16':
    case 'X86IOPortOut32': {
      if (args[0] === undefined || args[1] === undefined) return left(TRUNCATED);
      const bits = WIDTHS[name];
      const port = allowedPort(s, cap, args[0], bits);
      if (E.isLeft(port)) return port;
      return right({ _tag: 'PortOut', port: port.right, bits, value: Number(BigInt.asUintN(bits, args[1])) });
    }
    default:
      return left(ILLEGAL);
  }
}

function portOf({ config }: KernelState, word: Word): number {
  return Number(word % BigInt(config.ioPorts));
}

/** All the ports that so many bits take are the capability's. */
function allowedPort(
  s: KernelState,
  { first, last }: IOPortCap,
  word: Word,
  bits: number,
): Either<ErrorOf<'IllegalOperation'>, number> {
  const port = portOf(s, word);
  return port >= first && port + bits / 8 - 1 <= last ? right(port) : left(ILLEGAL);
}
