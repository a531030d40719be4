/** Stories of interrupts, domains and the floating-point unit. A is current at priority 5, B waits at priority 4 unless told otherwise. */
import { beforeEach, describe, expect, it } from 'vitest';
import { LABEL_IRQ_ISSUE_IRQ_HANDLER_IOAPIC } from '../../impl/arch/x86_64.ts';
import type { BootDescription } from '../../impl/kernel/boot-description.ts';
import {
  BUFFER_B,
  CPTR_A,
  CPTR_B,
  CPTR_CNODE,
  CPTR_ENDPOINT,
  CPTR_NOTIFICATION,
  CPTR_UNTYPED,
  FREE,
  Machine,
  TCB_A,
  TCB_B,
  description,
  loadKernel,
  slot,
} from './machine.ts';

const kernel = await loadKernel();
const { abi, config, layout } = kernel;

const CPTR_IRQ_CONTROL = 8;
const CPTR_DOMAIN = 9;
const BADGED = FREE;
const HANDLER = FREE + 1;
/** As users count, and as the kernel does. */
const VECTOR = 2;
const IRQ = config.IRQ_USER_MIN + VECTOR;
const NODE = layout.KS_IRQ_NODE + IRQ * layout.CTE_BYTES;

function withKernelCaps(priorityA = 5, priorityB = 4): BootDescription {
  const base = description(kernel, priorityA, priorityB);
  const original = { parent: null, original: true } as const;
  return {
    ...base,
    caps: [
      ...base.caps,
      { slot: slot(CPTR_IRQ_CONTROL), cap: { _tag: 'IRQControlCap' }, ...original },
      { slot: slot(CPTR_DOMAIN), cap: { _tag: 'DomainCap' }, ...original },
    ],
    domainSchedule: [
      { domain: 0, duration: 2n },
      { domain: 1, duration: 3n },
    ],
  };
}

let m: Machine;
beforeEach(() => {
  m = new Machine(kernel, withKernelCaps());
});

const isMasked = (irq: number): boolean => m.peek(layout.HW_IRQ_MASKED + irq * 4) === 1;
const irqState = (irq: number): number => m.peek(layout.KS_IRQ_STATE + irq * 4);
const tick = (): void => {
  kernel.interrupt(config.TIMER_IRQ);
};

const ask = (): readonly number[] =>
  m.call(CPTR_IRQ_CONTROL, LABEL_IRQ_ISSUE_IRQ_HANDLER_IOAPIC, [HANDLER, 64, 0, 0, 0, 0, VECTOR], [CPTR_CNODE]);

/** A handler for the interrupt, which signals the notification with badge 64. */
function handle(): void {
  const mint = [BADGED, 64, CPTR_NOTIFICATION, 64, 15, 64];
  expect(m.call(CPTR_CNODE, abi.LABEL_CNODE_MINT, mint, [CPTR_CNODE])).toEqual([0]);
  expect(ask()).toEqual([0]);
  expect(m.call(HANDLER, abi.LABEL_IRQ_SET_IRQ_HANDLER, [], [BADGED])).toEqual([0]);
}

describe('an interrupt', () => {
  it('wakes who waits for its notification, with the badge of that capability, and keeps quiet until it is acknowledged', () => {
    handle();
    expect([irqState(IRQ), isMasked(IRQ)]).toEqual([layout.IRQ_SIGNAL, false]);
    m.receive(CPTR_NOTIFICATION);
    expect(m.current).toBe(TCB_B);
    kernel.interrupt(IRQ);
    expect([m.current, m.read(TCB_A).badge, isMasked(IRQ)]).toEqual([TCB_A, 64n, true]);
    expect(m.call(HANDLER, abi.LABEL_IRQ_ACK_IRQ, [])).toEqual([0]);
    expect(isMasked(IRQ)).toBe(false);
  });

  it('is lost when nobody is to be told', () => {
    handle();
    expect(m.call(HANDLER, abi.LABEL_IRQ_CLEAR_IRQ_HANDLER, [])).toEqual([0]);
    expect(m.capType(NODE)).toBe(layout.CAP_NULL);
    kernel.interrupt(IRQ);
    expect(isMasked(IRQ)).toBe(true);
    m.receive(CPTR_NOTIFICATION);
    expect(m.state(TCB_A)).toBe(layout.STATE_BLOCKED_ON_NOTIFICATION);
  });

  it('is free again when its last handler is deleted', () => {
    handle();
    m.call(CPTR_CNODE, abi.LABEL_CNODE_COPY, [HANDLER + 1, 64, HANDLER, 64, 15], [CPTR_CNODE]);
    m.call(CPTR_CNODE, abi.LABEL_CNODE_DELETE, [HANDLER, 64]);
    expect(irqState(IRQ)).toBe(layout.IRQ_SIGNAL);
    m.call(CPTR_CNODE, abi.LABEL_CNODE_DELETE, [HANDLER + 1, 64]);
    expect([irqState(IRQ), isMasked(IRQ), m.capType(NODE)]).toEqual([layout.IRQ_INACTIVE, true, layout.CAP_NULL]);
    expect(ask()).toEqual([0]);
  });

  it('goes with the revocation of interrupt control', () => {
    handle();
    m.call(CPTR_CNODE, abi.LABEL_CNODE_REVOKE, [CPTR_IRQ_CONTROL, 64]);
    expect([m.capType(slot(HANDLER)), irqState(IRQ)]).toEqual([layout.CAP_NULL, layout.IRQ_INACTIVE]);
    expect(m.capType(slot(CPTR_IRQ_CONTROL))).toBe(layout.CAP_IRQ_CONTROL);
  });

  it('that nobody has is masked, and so is a line that the kernel does not know', () => {
    m.poke(layout.HW_IRQ_MASKED + IRQ * 4, 0);
    kernel.interrupt(IRQ);
    expect(isMasked(IRQ)).toBe(true);
    const unknown = config.NUM_IRQS;
    expect(isMasked(unknown)).toBe(false);
    kernel.interrupt(unknown);
    expect(isMasked(unknown)).toBe(true);
  });

  it.each([
    ['reserved', 0],
    ['spurious', layout.NO_IRQ],
    ['of the timer', config.TIMER_IRQ],
  ])('%s changes no mask, and is over when the kernel is left', (_, irq) => {
    const before = Array.from({ length: config.NUM_IRQ_LINES }, (_line, n) => isMasked(n));
    kernel.interrupt(irq);
    expect(Array.from({ length: config.NUM_IRQ_LINES }, (_line, n) => isMasked(n))).toEqual(before);
    expect([m.current, m.peek(layout.HW_IRQ_IN_SERVICE), m.peek(layout.HW_TIMER_ARMED)]).toEqual([
      TCB_A,
      layout.NO_IRQ,
      1,
    ]);
  });

  it('lets whom it wakes run in the middle of a revocation, which goes on afterwards', () => {
    m = new Machine(kernel, withKernelCaps(4, 5));
    handle();
    m.call(CPTR_CNODE, abi.LABEL_CNODE_DELETE, [HANDLER + 9, 64]);
    expect(m.current).toBe(TCB_A);
    m.retype(abi.OBJECT_ENDPOINT, 0, FREE + 4, 4);
    m.call(CPTR_A, abi.LABEL_TCB_SET_PRIORITY, [3], [CPTR_A]);
    expect(m.current).toBe(TCB_B);
    m.receive(CPTR_NOTIFICATION);
    expect(m.current).toBe(TCB_A);
    m.setRegister(TCB_A, config.REG_NEXT_IP, 0x800n);
    m.poke(layout.KS_WORK_UNITS, 0);
    m.poke(layout.HW_IRQ_COUNTDOWN, 0);
    m.poke(layout.HW_ARRIVING_IRQ, IRQ);
    m.write(CPTR_CNODE, abi.LABEL_CNODE_REVOKE, [CPTR_UNTYPED, 64]);
    kernel.syscall(abi.SYSCALL_CALL);
    expect([m.peek(layout.HW_PREEMPTED), m.current, m.read(TCB_B).badge]).toEqual([1, TCB_B, 64n]);
    expect(m.state(TCB_A)).toBe(layout.STATE_RESTART);
    expect(m.chain(slot(CPTR_UNTYPED))).toHaveLength(1 + 4 - config.MAX_WORK_UNITS);
    m.receive(CPTR_NOTIFICATION);
    expect([m.current, m.register(TCB_A, config.REG_NEXT_IP)]).toEqual([TCB_A, 0x800n]);
    kernel.syscall(abi.SYSCALL_CALL);
    expect(m.chain(slot(CPTR_UNTYPED))).toHaveLength(1);
    expect(m.read(TCB_A).label).toBe(0);
  });
});

describe('a domain', () => {
  const setDomain = (thread: number, domain: number): readonly number[] =>
    m.call(CPTR_DOMAIN, abi.LABEL_DOMAIN_SET_SET, [domain], [thread]);
  const inDomain = (): readonly number[] => [m.peek(layout.KS_CUR_DOMAIN), m.peek(layout.KS_DOMAIN_TIME_LO), m.current];

  it('has its turn when the time of the one before is up, whoever else could run', () => {
    expect(setDomain(CPTR_B, 1)).toEqual([0]);
    tick();
    expect(inDomain()).toEqual([0, 1, TCB_A]);
    tick();
    expect(inDomain()).toEqual([1, 3, TCB_B]);
    for (let n = 0; n < 3; n++) tick();
    expect(inDomain()).toEqual([0, 2, TCB_A]);
  });

  it('idles when nobody of it can run', () => {
    tick();
    tick();
    expect(inDomain()).toEqual([1, 3, layout.IDLE_THREAD]);
    for (let n = 0; n < 3; n++) tick();
    expect(inDomain()).toEqual([0, 2, TCB_A]);
  });

  it('loses its running thread to another one at once', () => {
    setDomain(CPTR_A, 1);
    expect(inDomain()).toEqual([0, 2, TCB_B]);
    tick();
    tick();
    expect(inDomain()).toEqual([1, 3, TCB_A]);
    expect(m.read(TCB_A).label).toBe(0);
  });

  it('starts over at once where the schedule is told to start', () => {
    expect(m.call(CPTR_DOMAIN, abi.LABEL_DOMAIN_SCHEDULE_CONFIGURE, [3, 1, 7])).toEqual([0]);
    expect(m.call(CPTR_DOMAIN, abi.LABEL_DOMAIN_SCHEDULE_SET_START, [3])).toEqual([0]);
    expect(inDomain()).toEqual([1, 7, layout.IDLE_THREAD]);
    for (let n = 0; n < 7; n++) tick();
    expect(inDomain()).toEqual([1, 7, layout.IDLE_THREAD]);
  });
});

describe('the floating-point unit', () => {
  const unit = (): readonly [owner: number, enabled: number, registers: bigint] => [
    m.peek(layout.KS_FPU_OWNER),
    m.peek(layout.HW_FPU_ENABLED),
    m.peek64(layout.HW_FPU_LO),
  ];
  const yieldTo = (cptr: number): void => {
    m.call(cptr === CPTR_A ? CPTR_B : CPTR_A, abi.LABEL_TCB_SET_PRIORITY, [1], [CPTR_A]);
    m.call(cptr, abi.LABEL_TCB_SET_PRIORITY, [5], [CPTR_A]);
  };

  it('holds the registers of the thread that runs, and no others', () => {
    expect(unit()).toEqual([TCB_A, 1, 0n]);
    m.poke64(layout.HW_FPU_LO, 11n);
    yieldTo(CPTR_B);
    expect(unit()).toEqual([TCB_B, 1, 0n]);
    m.poke64(layout.HW_FPU_LO, 22n);
    yieldTo(CPTR_A);
    expect(unit()).toEqual([TCB_A, 1, 11n]);
    expect(m.peek64(TCB_B + layout.TCB_FPU_LO)).toBe(22n);
  });

  it('is off for a thread that may not use it, which leaves the registers of the last one in', () => {
    expect(m.call(CPTR_B, abi.LABEL_TCB_SET_FLAGS, [0, 1])).toEqual([0, 1]);
    m.poke64(layout.HW_FPU_LO, 11n);
    yieldTo(CPTR_B);
    expect([m.current, ...unit()]).toEqual([TCB_B, TCB_A, 0, 11n]);
    yieldTo(CPTR_A);
    expect(unit()).toEqual([TCB_A, 1, 11n]);
  });

  it('is switched off and on under a running thread by its flag', () => {
    m.poke64(layout.HW_FPU_LO, 11n);
    m.call(CPTR_A, abi.LABEL_TCB_SET_FLAGS, [0, 1]);
    expect(unit()).toEqual([0, 0, 11n]);
    m.call(CPTR_A, abi.LABEL_TCB_SET_FLAGS, [1, 0]);
    expect(unit()).toEqual([TCB_A, 1, 11n]);
  });

  it('belongs to nobody once another domain has its turn, or its owner is deleted', () => {
    m.poke64(layout.HW_FPU_LO, 11n);
    tick();
    tick();
    expect([m.current, ...unit().slice(0, 2)]).toEqual([layout.IDLE_THREAD, 0, 0]);
    expect(m.peek64(TCB_A + layout.TCB_FPU_LO)).toBe(11n);

    m = new Machine(kernel, withKernelCaps());
    m.call(CPTR_B, abi.LABEL_TCB_SET_FLAGS, [0, 1]);
    yieldTo(CPTR_B);
    m.call(CPTR_CNODE, abi.LABEL_CNODE_DELETE, [CPTR_A, 64]);
    expect([m.current, ...unit().slice(0, 2)]).toEqual([TCB_B, 0, 0]);
  });
});

describe('a fault', () => {
  /** B faults, A handles it: A waits on the endpoint of B's handler. */
  function fault(enter: () => void): readonly [label: number, words: readonly bigint[]] {
    m.receive(CPTR_ENDPOINT);
    expect(m.current).toBe(TCB_B);
    m.setRegister(TCB_B, config.REG_NEXT_IP, 0x7000n);
    enter();
    expect(m.current).toBe(TCB_A);
    const { label, words } = m.read(TCB_A);
    return [label, words];
  }
  const reply = (label: number, words: readonly bigint[]): void => {
    m.write(0, label, words);
    kernel.syscall(abi.SYSCALL_REPLY);
  };

  it('of an exception says number and code, as wide as a message has them', () => {
    const [label, words] = fault(() => {
      kernel.userException(13, 1, 0xf000_0009);
    });
    expect([label, words]).toEqual([3, [0x7000n, 0n, 0x202n, 13n, 9n]]);
  });

  it('is answered with registers: flags and addresses that a user may have', () => {
    fault(() => {
      kernel.userException(6, 0, 0);
    });
    reply(0, [0x8000_0000_0000n, 0x1234n, 0xffff_ffffn]);
    expect(m.state(TCB_B)).toBe(layout.STATE_RESTART);
    expect(m.register(TCB_B, config.REG_FAULT_IP)).toBe(0n);
    expect(m.register(TCB_B, config.REG_SP)).toBe(0x1234n);
    expect(m.register(TCB_B, config.REG_FLAGS)).toBe(0xed7n);
  });

  it('of memory restarts the thread whatever the answer says', () => {
    const [label, words] = fault(() => {
      kernel.vmFault(0x9000, 1, 20, 1);
    });
    expect([label, words]).toEqual([5, [0x7000n, 0x1_0000_9000n, 1n, 20n]]);
    reply(7, [1n]);
    expect([m.state(TCB_B), m.register(TCB_B, config.REG_FAULT_IP)]).toEqual([layout.STATE_RESTART, 0x7000n]);
  });

  it('of a system call that does not exist stops the thread when the answer has a label', () => {
    fault(() => {
      kernel.unknownSyscall(99, 0);
    });
    reply(1, []);
    expect([m.state(TCB_B), m.peek(TCB_B + layout.TCB_FAULT)]).toEqual([layout.STATE_INACTIVE, abi.FAULT_NONE]);
  });

  it('without a handler stops the thread for good, and nothing is remembered', () => {
    kernel.userException(6, 0, 0);
    expect([m.current, m.state(TCB_A), m.peek(TCB_A + layout.TCB_FAULT)]).toEqual([TCB_B, layout.STATE_INACTIVE, 0]);
  });

  it('has as many words as it needs, in the buffer as well', () => {
    m.receive(CPTR_ENDPOINT);
    kernel.unknownSyscall(7, 0);
    const { words } = m.read(TCB_A);
    expect(words).toHaveLength(config.UNKNOWN_SYSCALL_REGISTERS.length + 1);
    expect(words.at(-1)).toBe(7n);
    expect(m.peek64(BUFFER_B + 8)).toBe(0n);
  });
});
