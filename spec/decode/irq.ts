/**
 * Asking for interrupts, and handling them.
 *
 * @source l4v spec/abstract/Decode_A.thy `decode_irq_control_invocation`, `decode_irq_handler_invocation`;
 * seL4 src/object/interrupt.c
 */
import type { ErrorOf } from '../abi/error-codes.ts';
import { ILLEGAL, TRUNCATED } from '../abi/error-codes.ts';
import { labelName } from '../abi/variant.ts';
import type { Word } from '../abi/words.ts';
import type { IrqRequest } from '../arch/irq-controller.ts';
import { checkIrq, irqRequest } from '../arch/irq-controller.ts';
import type { NoSlot } from '../lookup/cspace.ts';
import { lookupTargetSlot } from '../lookup/cspace.ts';
import { ensureEmpty } from '../lookup/derive.ts';
import type { Either } from '../prelude.ts';
import { E, left, right } from '../prelude.ts';
import type { Cap, IRQHandlerCap } from '../state/caps.ts';
import { ALLOW_WRITE } from '../state/caps.ts';
import type { KernelState } from '../state/kernel-state.ts';
import type { SlotRef } from '../state/refs.ts';
import type { IrqControlInvocation, IrqHandlerInvocation, Request } from './invocation.ts';
import type { Decoded, DecodedOn } from './refusals.ts';

export function decodeIrqControlInvocation(
  s: KernelState,
  request: Request,
): DecodedOn<'IRQControlCap', IrqControlInvocation> {
  const name = labelName(s.config, request.label);
  if (name === 'IRQIssueIRQHandler') return decodeIssueHandler(s, request);
  const special = irqRequest(name);
  return special === null ? left(ILLEGAL) : decodeSpecialRequest(s, special, request);
}

/** The interrupt must be free before the place for its capability is looked at. */
function decodeIssueHandler(
  s: KernelState,
  { slot, args, extraCaps }: Request,
): Decoded<'IRQIssueIRQHandler', IrqControlInvocation> {
  const root = extraCaps[0]?.cap;
  const [irqWord, index, depth] = args;
  if (irqWord === undefined || index === undefined || depth === undefined || root === undefined) return left(TRUNCATED);
  const irq = checkIrq(s.config, irqWord);
  if (E.isLeft(irq)) return irq;
  const target = freeTarget(s, irq.right, root, index, depth);
  return E.isLeft(target) ? target : right({ irq: irq.right, control: slot, target: target.right });
}

/** The same in the words of the interrupt controller, of which those about where the interrupt comes from are looked at last. */
function decodeSpecialRequest(
  s: KernelState,
  request: IrqRequest,
  { slot, args, extraCaps }: Request,
): Decoded<'X86IRQIssueIRQHandlerIOAPIC', IrqControlInvocation> {
  const root = extraCaps[0]?.cap;
  const [index, depth] = args.slice(request.index);
  if (args.length < request.length || index === undefined || depth === undefined || root === undefined)
    return left(TRUNCATED);
  const irq = request.irq(s.config, args);
  if (E.isLeft(irq)) return irq;
  const target = freeTarget(s, irq.right, root, index, depth);
  if (E.isLeft(target)) return target;
  const refused = request.refuseSource(s.config, args);
  return refused ? left(refused) : right({ irq: irq.right, control: slot, target: target.right });
}

/** The empty slot for the handler of an interrupt that nobody has. */
function freeTarget(
  s: KernelState,
  irq: number,
  root: Cap,
  index: Word,
  depth: Word,
): Either<NoSlot | ErrorOf<'RevokeFirst' | 'DeleteFirst'>, SlotRef> {
  if (s.globals.irqStates[irq] !== 'Inactive') return left({ _tag: 'RevokeFirst' });
  const target = lookupTargetSlot(s, root, index, depth);
  if (E.isLeft(target)) return target;
  const occupied = ensureEmpty(s, target.right);
  return occupied ? left(occupied) : target;
}

/** A notification that may not be signalled is refused as capability 0, although it is the first extra one. */
export function decodeIrqHandlerInvocation(
  s: KernelState,
  { irq }: IRQHandlerCap,
  { label, extraCaps }: Request,
): DecodedOn<'IRQHandlerCap', IrqHandlerInvocation> {
  switch (labelName(s.config, label)) {
    case 'IRQAckIRQ':
      return right({ _tag: 'AckIRQ', irq });
    case 'IRQSetIRQHandler': {
      const given = extraCaps[0];
      if (given === undefined) return left(TRUNCATED);
      const { cap, slot } = given;
      const canSignal = cap._tag === 'NotificationCap' && (cap.rights & ALLOW_WRITE) !== 0;
      return canSignal
        ? right({ _tag: 'SetIRQHandler', irq, cap, source: slot })
        : left({ _tag: 'InvalidCapability', capability: 0 });
    }
    case 'IRQClearIRQHandler':
      return right({ _tag: 'ClearIRQHandler', irq });
    default:
      return left(ILLEGAL);
  }
}
