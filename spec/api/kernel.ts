/**
 * The whole kernel as one function: from a state and an event to the next state.
 *
 * @source l4v spec/abstract/Syscall_A.thy `call_kernel`, `handle_event`
 */
import { handleFault } from '../perform/fault.ts';
import type { Preemptible } from '../perform/outcome.ts';
import { E, right, specAssert } from '../prelude.ts';
import type { Choices } from '../schedule/choices.ts';
import { STRICT } from '../schedule/choices.ts';
import { activateThread, schedule } from '../schedule/schedule.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { setMachine } from '../state/kernel-state.ts';
import { getRegister, setRegisters } from '../state/user-context.ts';
import type { Event } from './event.ts';
import { timePoints } from '../time/variant.ts';
import { apiPoints } from './variant.ts';

/** What a fault message has room for. */
const EXCEPTION_NUMBER_MASK = 0xffff_ffffn;
export const EXCEPTION_CODE_MASK = 0x0fff_ffff;

export function callKernel(s: KernelState, event: Event, choices: Choices = STRICT): KernelState {
  const handled = enterAndHandle(enterKernel(s, event), event);
  const ended = E.isLeft(handled) ? handlePreemption(handled.left.state) : handled.right;
  const quiet = ended.globals.machine.irqArrival === null ? ended : setMachine(ended, { irqArrival: null });
  return activateThread(schedule(quiet, choices));
}

/** What the hardware does: the program counter is saved, and behind a system call it points past the instruction. */
function enterKernel(s: KernelState, event: Event): KernelState {
  const thread = s.globals.currentThread;
  if (thread === s.globals.idleThread) {
    specAssert(event._tag === 'Interrupt', 'the idle thread enters the kernel by interrupts only');
    return s;
  }
  const { faultIP, nextIP } = s.config.registers;
  const pc = getRegister(s, thread, nextIP);
  const isCall = event._tag === 'SyscallEvent' || event._tag === 'UnknownSyscall';
  return setRegisters(s, thread, [
    [faultIP, pc],
    [nextIP, isCall ? BigInt.asUintN(64, pc + s.config.arch.syscallInstructionBytes) : pc],
  ]);
}

/** Where there is no time left nothing is done for the thread. */
function enterAndHandle(s: KernelState, event: Event): Preemptible {
  const points = timePoints(s);
  if (event._tag === 'Interrupt') return handleEvent(points.enterByInterrupt(s), event);
  const { state, goesOn } = points.enter(s);
  return goesOn ? handleEvent(state, event) : right(state);
}

function handleEvent(s: KernelState, event: Event): Preemptible {
  const thread = s.globals.currentThread;
  switch (event._tag) {
    case 'SyscallEvent':
      return apiPoints(s).handleSyscall(s, event.syscall);
    case 'UnknownSyscall':
      return right(handleFault(s, thread, { _tag: 'UnknownSyscallException', number: event.number }));
    case 'UserLevelFault':
      return right(
        handleFault(s, thread, {
          _tag: 'UserException',
          number: event.number & EXCEPTION_NUMBER_MASK,
          code: event.code & EXCEPTION_CODE_MASK,
        }),
      );
    case 'VMFaultEvent': {
      const { address, fsr, instruction } = event;
      return right(handleFault(s, thread, { _tag: 'VMFault', address, fsr, instruction }));
    }
    case 'Interrupt':
      return right(apiPoints(s).handleInterrupt(s, event.irq));
  }
}

/** What ended a long operation is handled before anybody runs: time that ran out, an interrupt. */
function handlePreemption(start: KernelState): KernelState {
  const s = timePoints(start).preempted(start);
  const irq = s.globals.machine.pendingIrq;
  return apiPoints(s).handleInterrupt(setMachine(s, { pendingIrq: null }), irq);
}
