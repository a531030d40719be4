/**
 * The kernel from outside: one function for each way in. This is what a bundle exports.
 *
 * @source seL4 src/arch/x86/c_traps.c, src/api/syscall.c `handleInterruptEntry`, `handleUnknownSyscall`, `handleUserLevelFault`
 */
import { FASTPATH, REG_FAULT_IP, REG_NEXT_IP, SCHEDULER, SYSCALL_BYTES } from '#impl-config';
import { EXCEPTION_CODE_MASK, FAULT_UNKNOWN_SYSCALL, FAULT_USER_EXCEPTION, FAULT_VM } from '../abi.ts';
import { forgetCountdown, raiseInterrupt } from '../hardware/irq-controller.ts';
import { memory, store } from '../memory/heap.ts';
import { HW_CHOSEN, HW_FASTPATH, HW_PREEMPTED, IDLE_THREAD } from '../memory/layout.ts';
import { TIME_IS_BUDGETED } from '../variant.ts';
import { chargePreempted, checkBudget, checkBudgetRestart } from './budget.ts';
import { updateTimestamp } from './clock.ts';
import { handleFault } from './fault.ts';
import { handleInterrupt } from './irq.ts';
import { registerHi, registerLo, setRegister } from './message.ts';
import { PREEMPTED } from './outcome.ts';
import { activateThread, currentThread, schedule } from './scheduler.ts';
import { handleSyscall } from './syscall.ts';
import { fastpath } from './variant.ts';

export { boot } from './boot.ts';
export { memory };
export { translate } from '../hardware/mmu.ts';
export * as layout from '../memory/layout.ts';
export * as config from '#impl-config';
export * as abi from '../abi.ts';

/** Time has passed. The hardware saves the program counter; a system call has moved it past its instruction. */
function enter(isSyscall: boolean): void {
  if (TIME_IS_BUDGETED) updateTimestamp();
  store(HW_PREEMPTED, 0);
  if (SCHEDULER === 'lazy') store(HW_CHOSEN, 0);
  const thread = currentThread();
  if (thread !== IDLE_THREAD) saveProgramCounter(thread, isSyscall);
}

function saveProgramCounter(thread: number, isSyscall: boolean): void {
  const lo = registerLo(thread, REG_NEXT_IP);
  const hi = registerHi(thread, REG_NEXT_IP);
  setRegister(thread, REG_FAULT_IP, lo, hi);
  if (isSyscall) {
    const next = (lo + SYSCALL_BYTES) >>> 0;
    setRegister(thread, REG_NEXT_IP, next, next < SYSCALL_BYTES ? hi + 1 : hi);
  }
}

/** By any way but the fastpath. */
function leave(): void {
  store(HW_FASTPATH, 0);
  forgetCountdown();
  schedule();
  activateThread();
}

/** @param number as in the ABI */
export function syscall(number: number): void {
  enter(true);
  if (FASTPATH) {
    const isHandled = fastpath(number);
    if (isHandled) {
      store(HW_FASTPATH, 1);
      forgetCountdown();
      return;
    }
  }
  slowpath(number);
}

/** The same, never by the fastpath: what the fastpath is compared with. */
export function syscallSlowly(number: number): void {
  enter(true);
  slowpath(number);
}

function slowpath(number: number): void {
  if (mayGoOn() && handleSyscall(number) === PREEMPTED) {
    store(HW_PREEMPTED, 1);
    if (TIME_IS_BUDGETED) chargePreempted();
    handleInterrupt();
  }
  leave();
}

/** Whether anything is done for the thread: not if its budget is used up. */
function mayGoOn(): boolean {
  return !TIME_IS_BUDGETED || checkBudgetRestart();
}

export function unknownSyscall(numberLo: number, numberHi: number): void {
  enter(true);
  if (mayGoOn()) handleFault(currentThread(), FAULT_UNKNOWN_SYSCALL, numberLo, numberHi, 0, 0);
  leave();
}

/** Number and code as a fault message has room for them: 32 and 28 bits. */
export function userException(numberLo: number, _numberHi: number, code: number): void {
  enter(false);
  if (mayGoOn()) handleFault(currentThread(), FAULT_USER_EXCEPTION, numberLo, 0, code & EXCEPTION_CODE_MASK, 0);
  leave();
}

/** @param instruction 1 for an instruction fetch */
export function vmFault(addressLo: number, addressHi: number, fsr: number, instruction: number): void {
  enter(false);
  if (mayGoOn()) handleFault(currentThread(), FAULT_VM, addressLo, addressHi, instruction, fsr);
  leave();
}

/** @param irq NO_IRQ for an interrupt that is gone when one looks */
export function interrupt(irq: number): void {
  enter(false);
  if (TIME_IS_BUDGETED) checkBudget();
  raiseInterrupt(irq);
  handleInterrupt();
  leave();
}
