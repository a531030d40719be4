/**
 * Interrupts: who handles them, and what happens when one comes.
 *
 * @source seL4 src/object/interrupt.c
 */
import { NUM_IRQS } from '#impl-config';
// biome-ignore format: packed
import {
  ILLEGAL_OPERATION, INVALID_CAPABILITY, LABEL_IRQ_ACK_IRQ, LABEL_IRQ_CLEAR_IRQ_HANDLER, LABEL_IRQ_ISSUE_IRQ_HANDLER, LABEL_IRQ_SET_IRQ_HANDLER,
  REVOKE_FIRST, TRUNCATED_MESSAGE,
} from '../abi.ts';
import { ackInterrupt, getActiveIrq, maskInterrupt } from '../hardware/irq-controller.ts';
import { resetTimer, timerFired } from '../hardware/timer.ts';
import { load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  CAP_IRQ_HANDLER, CAP_NOTIFICATION, CTE_WORD_HI, CTE_WORD_LO, IRQ_INACTIVE, IRQ_SIGNAL, IRQ_TIMER, KS_REPROGRAM, NO_IRQ,
} from '../memory/layout.ts';
import { argCount, argHi, argLo } from './arguments.ts';
import { CAP_A, capAddress, capField, capType, loadCap, makeCap } from './caps.ts';
import { beginPerform } from './cnode.ts';
import { foundSlot, lookupSlotForCNodeOp } from './cspace.ts';
// biome-ignore format: packed
import {
  acknowledgeIrq, checkIrq, decodeIrqRequest, decodeIrqSource, maskIrqSignal, requestIndexWord, requestedIrq,
} from './irq-platform.ts';
import { deletingIrqHandler, irqNode, irqState, setIrqState } from './irq-state.ts';
import { cteInsert, ensureEmptySlot } from './mdb.ts';
import { sendSignal } from './notification.ts';
import { OK, fail, failWith } from './outcome.ts';
import { TIME_IS_BUDGETED } from '../variant.ts';
import { timerTick } from './scheduler.ts';
import { extraCapCount, extraCaps } from './transfer.ts';

export function decodeIrqControl(slot: number, label: number): number {
  if (label === LABEL_IRQ_ISSUE_IRQ_HANDLER) {
    if (argCount < 3 || extraCapCount < 1) return fail(TRUNCATED_MESSAGE);
    const status = checkIrq();
    return status === OK ? issue(slot, label, requestedIrq, requestIndexWord, false) : status;
  }
  const status = decodeIrqRequest(label);
  return status === OK ? issue(slot, label, requestedIrq, requestIndexWord, true) : status;
}

/** @param word message word with the index of the new capability, before its depth */
function issue(control: number, label: number, irq: number, word: number, hasSource: boolean): number {
  if (irqState(irq) !== IRQ_INACTIVE) return fail(REVOKE_FIRST);
  let status = lookupSlotForCNodeOp(0, extraCaps[0]!, argLo[word]!, argHi[word]!, argLo[word + 1]!, argHi[word + 1]!);
  if (status !== OK) return status;
  const target = foundSlot;
  status = ensureEmptySlot(target);
  if (status === OK && hasSource) status = decodeIrqSource(label);
  if (status !== OK) return status;
  beginPerform();
  setIrqState(irq, IRQ_SIGNAL);
  makeCap(CAP_A, CAP_IRQ_HANDLER, 0, 0, irq, 0);
  cteInsert(CAP_A, control, target);
  return OK;
}

export function decodeIrqHandler(slot: number, label: number): number {
  const irq = load(slot + CTE_WORD_LO);
  switch (label) {
    case LABEL_IRQ_ACK_IRQ:
      beginPerform();
      acknowledgeIrq(irq);
      return OK;
    case LABEL_IRQ_SET_IRQ_HANDLER: {
      if (extraCapCount < 1) return fail(TRUNCATED_MESSAGE);
      const notification = extraCaps[0]!;
      // Counted as the invoked capability, although it is the one given with it.
      if (capType(notification) !== CAP_NOTIFICATION || capField(notification, 16, 1) === 0)
        return failWith(INVALID_CAPABILITY, 0);
      beginPerform();
      deletingIrqHandler(irq);
      loadCap(CAP_A, notification);
      cteInsert(CAP_A, notification, irqNode(irq));
      return OK;
    }
    case LABEL_IRQ_CLEAR_IRQ_HANDLER:
      beginPerform();
      deletingIrqHandler(irq);
      return OK;
    default:
      return fail(ILLEGAL_OPERATION);
  }
}

/** Handles the interrupt that is pending. None is: it was a false alarm. */
export function handleInterrupt(): void {
  const irq = getActiveIrq();
  if (irq === NO_IRQ) return;
  if (irq >= NUM_IRQS) {
    maskInterrupt(irq, true);
  } else {
    switch (irqState(irq)) {
      case IRQ_TIMER:
        timerFired();
        if (TIME_IS_BUDGETED) store(KS_REPROGRAM, 1);
        else timerTick();
        resetTimer();
        break;
      case IRQ_SIGNAL:
        signal(irqNode(irq));
        maskIrqSignal(irq);
        break;
      case IRQ_INACTIVE:
        maskInterrupt(irq, true);
        break;
      default:
    }
  }
  ackInterrupt(irq);
}

function signal(node: number): void {
  if (capType(node) !== CAP_NOTIFICATION || capField(node, 16, 1) === 0) return;
  sendSignal(capAddress(node), load(node + CTE_WORD_LO), load(node + CTE_WORD_HI));
}
