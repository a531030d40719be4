import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  CPTR_CNODE,
  CPTR_ENDPOINT,
  CPTR_NOTIFICATION,
  ENDPOINT,
  FREE,
  Machine,
  TCB_A,
  TCB_B,
  description,
  loadKernel,
  slot,
} from './machine.ts';
import type { Kernel } from './machine.ts';

let kernel: Kernel;
let m: Machine;
beforeAll(async () => {
  kernel = await loadKernel();
});
beforeEach(() => {
  m = new Machine(kernel);
});

describe('call and reply', () => {
  it('hands the message to the waiting receiver, and the answer back to the caller', () => {
    const { abi, layout } = kernel;
    m.receive(CPTR_ENDPOINT);
    expect(m.current).toBe(TCB_B);
    expect(m.state(TCB_A)).toBe(layout.STATE_BLOCKED_ON_RECEIVE);

    m.write(CPTR_ENDPOINT, 77, [1, 2, 3, 4, 5, 6n << 40n]);
    kernel.syscall(abi.SYSCALL_CALL);
    expect(m.current).toBe(TCB_A);
    expect(m.read(TCB_A)).toEqual({
      label: 77,
      badge: 0n,
      words: [1n, 2n, 3n, 4n, 5n, 6n << 40n],
      extraCaps: 0,
      unwrapped: 0,
    });
    expect(m.state(TCB_B)).toBe(layout.STATE_BLOCKED_ON_REPLY);
    expect(m.peek(TCB_B + layout.TCB_BLOCKING_OBJECT)).toBe(0);
    expect(m.capType(TCB_A + layout.TCB_SLOT_CALLER * 32)).toBe(layout.CAP_REPLY);

    m.write(0, 5, [42]);
    kernel.syscall(abi.SYSCALL_REPLY);
    expect(m.current).toBe(TCB_A);
    expect(m.state(TCB_B)).toBe(layout.STATE_RUNNING);
    expect(m.read(TCB_B)).toMatchObject({ label: 5, badge: 0n, words: [42n] });
    expect(m.capType(TCB_A + layout.TCB_SLOT_CALLER * 32)).toBe(layout.CAP_NULL);
  });

  it('delivers a queued call with the badge of the capability it came through', () => {
    const { abi, layout } = kernel;
    expect(
      m.call(CPTR_CNODE, abi.LABEL_CNODE_MINT, [FREE, 64, CPTR_ENDPOINT, 64, 15, 0x1_0000_0007n], [CPTR_CNODE]),
    ).toEqual([0]);
    m.write(FREE, 9, []);
    kernel.syscall(abi.SYSCALL_CALL);
    expect(m.current).toBe(TCB_B);
    expect(m.state(TCB_A)).toBe(layout.STATE_BLOCKED_ON_SEND);
    m.receive(CPTR_ENDPOINT);
    expect(m.read(TCB_B)).toMatchObject({ label: 9, badge: 0x1_0000_0007n });
    expect(m.peek(ENDPOINT + layout.EP_STATE)).toBe(layout.EP_IDLE);
    expect(m.peek64(TCB_A + layout.TCB_BLOCKING_BADGE_LO)).toBe(0n);
  });

  it('leaves a caller inactive whose capability carries neither grant nor grant reply', () => {
    const { abi, layout } = kernel;
    m.call(CPTR_CNODE, abi.LABEL_CNODE_MINT, [FREE, 64, CPTR_ENDPOINT, 64, abi.RIGHT_WRITE, 0], [CPTR_CNODE]);
    m.write(FREE, 9, [3]);
    kernel.syscall(abi.SYSCALL_CALL);
    m.receive(CPTR_ENDPOINT);
    expect(m.read(TCB_B)).toMatchObject({ label: 9, words: [3n] });
    expect(m.state(TCB_A)).toBe(layout.STATE_INACTIVE);
  });
});

describe('capabilities in a message', () => {
  it('unwraps the endpoint itself, installs the first other one and stops at the second', () => {
    const { abi, config, layout } = kernel;
    m.receive(CPTR_ENDPOINT);
    const root = m.bufferOf(TCB_A) + (config.MSG_MAX_LENGTH + 2 + config.MSG_MAX_EXTRA_CAPS) * 8;
    m.poke64(root, BigInt(CPTR_CNODE));
    m.poke64(root + 8, BigInt(FREE));
    m.poke64(root + 16, 64n);
    m.write(CPTR_ENDPOINT, 1, [], [CPTR_ENDPOINT, CPTR_NOTIFICATION, CPTR_NOTIFICATION]);
    kernel.syscall(abi.SYSCALL_SEND);
    expect(m.read(TCB_A)).toMatchObject({ extraCaps: 2, unwrapped: 1 });
    expect(m.capType(slot(FREE))).toBe(layout.CAP_NOTIFICATION);
    expect(m.chain(slot(CPTR_NOTIFICATION))).toEqual([slot(CPTR_NOTIFICATION), slot(FREE)]);
  });
});

describe('notifications', () => {
  it('gathers badges while nobody waits, and changes only the badge register of who takes them', () => {
    const { abi, config, layout } = kernel;
    for (const badge of [1, 4]) {
      m.call(CPTR_CNODE, abi.LABEL_CNODE_MINT, [FREE + badge, 64, CPTR_NOTIFICATION, 64, 15, badge], [CPTR_CNODE]);
      expect(m.call(FREE + badge, 0, [])).toEqual([0]);
    }
    m.write(CPTR_NOTIFICATION, 321, [8]);
    kernel.syscall(abi.SYSCALL_NB_RECV);
    expect(m.register(TCB_A, config.REG_CAP)).toBe(5n);
    expect(m.read(TCB_A)).toMatchObject({ label: 321, words: [8n] });
    m.receive(CPTR_NOTIFICATION);
    expect(m.state(TCB_A)).toBe(layout.STATE_BLOCKED_ON_NOTIFICATION);
  });
});

describe('time', () => {
  it('gives equal priorities a slice each, in turn', () => {
    const { config } = kernel;
    m = new Machine(kernel, description(kernel, 5, 5));
    const ran = Array.from({ length: config.TIME_SLICE * 3 }, () => {
      const thread = m.current;
      kernel.interrupt(config.TIMER_IRQ);
      return thread;
    });
    const slice = (thread: number): number[] => Array.from({ length: config.TIME_SLICE }, () => thread);
    expect(ran).toEqual([...slice(TCB_A), ...slice(TCB_B), ...slice(TCB_A)]);
  });

  it('charges nothing for a spurious interrupt', () => {
    const { layout } = kernel;
    const left = m.peek(TCB_A + layout.TCB_TIME_SLICE);
    kernel.interrupt(layout.NO_IRQ);
    expect(m.current).toBe(TCB_A);
    expect(m.peek(TCB_A + layout.TCB_TIME_SLICE)).toBe(left);
  });

  it('forgets at the end of an event an interrupt that was still to come', () => {
    const { layout } = kernel;
    m.poke(layout.HW_IRQ_COUNTDOWN, 5);
    kernel.syscall(kernel.abi.SYSCALL_YIELD);
    expect(m.peek(layout.HW_IRQ_COUNTDOWN)).toBe(layout.NO_IRQ);
  });

  it('yields to an equal, not to a lower priority', () => {
    kernel.syscall(kernel.abi.SYSCALL_YIELD);
    expect(m.current).toBe(TCB_A);
    m = new Machine(kernel, description(kernel, 5, 5));
    kernel.syscall(kernel.abi.SYSCALL_YIELD);
    expect(m.current).toBe(TCB_B);
  });
});

describe('faults', () => {
  it('sends an unknown system call to the handler, and restarts at the instruction the answer names', () => {
    const { abi, config, layout } = kernel;
    m.receive(CPTR_ENDPOINT);
    m.setRegister(TCB_B, config.REG_NEXT_IP, 0x400n);
    kernel.unknownSyscall(0xffff_ff00, 0xffff_ffff);
    expect(m.current).toBe(TCB_A);
    const fault = m.read(TCB_A);
    expect(fault.label).toBe(abi.FAULT_UNKNOWN_SYSCALL);
    expect(fault.words).toHaveLength(config.UNKNOWN_SYSCALL_REGISTERS.length + 1);
    expect(fault.words.at(-1)).toBe(0xffff_ffff_ffff_ff00n);
    const ip = config.UNKNOWN_SYSCALL_REGISTERS.indexOf(config.REG_FAULT_IP);
    expect(fault.words[ip]).toBe(0x400n);

    const words = fault.words.map((word, n) => (n === ip ? 0x800n : word)).slice(0, -1);
    m.write(0, 0, words);
    kernel.syscall(abi.SYSCALL_REPLY);
    expect(m.state(TCB_B)).toBe(layout.STATE_RESTART);
    m.receive(CPTR_ENDPOINT);
    expect(m.current).toBe(TCB_B);
    expect(m.register(TCB_B, config.REG_NEXT_IP)).toBe(0x800n);
  });

  it('tells where a page fault was', () => {
    const { abi, config } = kernel;
    m.receive(CPTR_ENDPOINT);
    m.setRegister(TCB_B, config.REG_NEXT_IP, 0x400n);
    kernel.vmFault(0x1234, 0x5, 20, 1);
    expect(m.read(TCB_A)).toMatchObject({ label: abi.FAULT_VM, words: [0x400n, 0x5_0000_1234n, 1n, 20n] });
  });

  it('stops a thread whose handler is not there', () => {
    const { layout } = kernel;
    kernel.userException(13, 0, 0);
    expect(m.state(TCB_A)).toBe(layout.STATE_INACTIVE);
    expect(m.peek(TCB_A + layout.TCB_FAULT)).toBe(0);
    expect(m.current).toBe(TCB_B);
  });
});
