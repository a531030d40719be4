/**
 * Every condition of the fastpath: it is taken when all hold, and with any of them false the slow path is, with its result. What is right is
 * what the slow path does from the same memory.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  CNODE,
  CPTR_CNODE,
  CPTR_ENDPOINT,
  CPTR_NOTIFICATION,
  ENDPOINT,
  FREE,
  Machine,
  NOTIFICATION,
  RADIX,
  TCB_A,
  TCB_B,
  description,
  loadKernel,
  slot,
} from './machine.ts';
import type { Kernel } from './machine.ts';

const TCB_C = 0x11600;
const PML4 = 0x11800;
const TCB_D = 0x11a00;
const POOL = 0x11c00;
const POOL_SLOT = TCB_D + 128;
const VTABLE = 32;
const BADGED = FREE;
const MESSAGE = [11, 22, 33, 44];

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

/** A, of priority 5, is about to call B, of priority 9, which waits to receive. C, of priority 3, is ready; D is stopped. */
function beforeCall(): Machine {
  const { caps, objects, threads, ...rest } = description(kernel, 5, 9);
  const vspace = { _tag: 'PagingCap', level: 'PML4', ref: PML4, mapped: { asid: 1, vaddr: 0n } } as const;
  const first = threads[0];
  if (first === undefined) throw new Error('the description has threads');
  const m = new Machine(kernel, {
    ...rest,
    objects: [
      ...objects,
      ...[TCB_C, TCB_D].map((address) => ({ type: 'Tcb', address }) as const),
      { type: 'PML4', address: PML4 },
      { type: 'ASIDPool', address: POOL },
    ],
    caps: [
      ...caps,
      { slot: POOL_SLOT, cap: { _tag: 'ASIDPoolCap', ref: POOL, base: 0 }, parent: null, original: true },
      ...[TCB_A, TCB_B, TCB_D].map((tcb) => ({ slot: tcb + VTABLE, cap: vspace, parent: null, original: true })),
    ],
    threads: [...threads, { ...first, tcb: TCB_C, priority: 3 }],
  });
  m.call(CPTR_CNODE, kernel.abi.LABEL_CNODE_MINT, [BADGED, 64, CPTR_ENDPOINT, 64, 15, 0x1_0000_0007n], [CPTR_CNODE]);
  kernel.syscall(kernel.abi.SYSCALL_YIELD);
  expect(m.current).toBe(TCB_B);
  m.receive(CPTR_ENDPOINT);
  expect(m.current).toBe(TCB_A);
  m.write(BADGED, 0xabcde, MESSAGE);
  return m;
}

/** B has been called by A, and is about to answer and to receive again. */
function beforeReplyRecv(): Machine {
  const m = beforeCall();
  kernel.syscall(kernel.abi.SYSCALL_CALL);
  expect(m.current).toBe(TCB_B);
  m.write(CPTR_ENDPOINT, 0xfedcb, MESSAGE);
  return m;
}

/** Whether the fastpath is taken, after seeing that the same story without it ends in the same memory. */
function takes(before: () => Machine, edit: Edit, number: number): boolean {
  const flag = kernel.layout.HW_FASTPATH;
  const ram = new Uint8Array(kernel.memory.buffer, 0, kernel.config.RAM_SIZE);
  const slow = before();
  edit(slow);
  kernel.syscallSlowly(number);
  expect(slow.peek(flag)).toBe(0);
  const expected = ram.slice();
  const m = before();
  edit(m);
  kernel.syscall(number);
  const taken = m.peek(flag) === 1;
  m.poke(flag, 0);
  expect(Buffer.compare(ram, expected)).toBe(0);
  return taken;
}

/** What is different in a case, given the machine in which all conditions hold. */
type Edit = (m: Machine) => void;

const info =
  (change: (word: bigint) => bigint): Edit =>
  (m) => {
    const { REG_MSG_INFO } = m.kernel.config;
    m.setRegister(m.current, REG_MSG_INFO, change(m.register(m.current, REG_MSG_INFO)));
  };
const cptr =
  (value: bigint): Edit =>
  (m) => {
    m.setRegister(m.current, m.kernel.config.REG_CAP, value);
  };
/** Takes bits out of the `meta` word of an entry. */
const without =
  (at: number, bits: number): Edit =>
  (m) => {
    const address = at + m.kernel.layout.CTE_META;
    m.poke(address, m.peek(address) & ~bits);
  };
const field =
  (tcb: number, name: 'TCB_PRIORITY' | 'TCB_DOMAIN' | 'TCB_FAULT' | 'TCB_BLOCKING_FLAGS', value: number): Edit =>
  (m) => {
    m.poke(tcb + m.kernel.layout[name], value);
  };
/** D waits at the endpoint, behind whoever is there, to receive or to send. */
const waitD =
  (kind: 'RECV' | 'SEND'): Edit =>
  (m) => {
    const { layout } = m.kernel;
    const tail = m.peek(ENDPOINT + layout.EP_TAIL);
    m.poke(tail === 0 ? ENDPOINT + layout.EP_HEAD : tail + layout.TCB_EP_NEXT, TCB_D);
    m.poke(TCB_D + layout.TCB_EP_PREV, tail);
    m.poke(ENDPOINT + layout.EP_TAIL, TCB_D);
    m.poke(ENDPOINT + layout.EP_STATE, layout[`EP_${kind}`]);
    m.poke(TCB_D + layout.TCB_STATE, kind === 'RECV' ? layout.STATE_BLOCKED_ON_RECEIVE : layout.STATE_BLOCKED_ON_SEND);
    m.poke(TCB_D + layout.TCB_BLOCKING_OBJECT, ENDPOINT);
  };
/** B is stopped, and nobody waits at the endpoint. */
const stopB: Edit = (m) => {
  const { layout } = m.kernel;
  for (const at of [layout.EP_HEAD, layout.EP_TAIL, layout.EP_STATE]) m.poke(ENDPOINT + at, 0);
  for (const at of [layout.TCB_STATE, layout.TCB_BLOCKING_OBJECT, layout.TCB_BLOCKING_FLAGS]) m.poke(TCB_B + at, 0);
};
const bindB =
  (state: 'IDLE' | 'ACTIVE'): Edit =>
  (m) => {
    const { layout } = m.kernel;
    m.poke(NOTIFICATION + layout.NTFN_BOUND_TCB, TCB_B);
    m.poke(NOTIFICATION + layout.NTFN_STATE, layout[`NTFN_${state}`]);
    m.poke(TCB_B + layout.TCB_BOUND_NOTIFICATION, NOTIFICATION);
  };
const saveCaller: Edit = (m) => {
  m.call(CPTR_CNODE, m.kernel.abi.LABEL_CNODE_SAVE_CALLER, [30, 64]);
  m.write(CPTR_ENDPOINT, 1, MESSAGE);
};
const both =
  (first: Edit, second: Edit): Edit =>
  (m) => {
    first(m);
    second(m);
  };
const SEND = 1 << 16;
const RECEIVE = 1 << 17;
const GRANT = 1 << 18;
const GRANT_REPLY = 1 << 19;
const nothing: Edit = () => undefined;

describe('Call', () => {
  it('hands over message, badge and processor', () => {
    const m = beforeCall();
    kernel.syscall(kernel.abi.SYSCALL_CALL);
    expect(m.peek(kernel.layout.HW_FASTPATH)).toBe(1);
    expect(m.current).toBe(TCB_B);
    expect(m.state(TCB_A)).toBe(kernel.layout.STATE_BLOCKED_ON_REPLY);
    expect(m.read(TCB_B)).toEqual({
      label: 0xabcde,
      badge: 0x1_0000_0007n,
      words: MESSAGE.map(BigInt),
      extraCaps: 0,
      unwrapped: 0,
    });
    expect(m.capType(TCB_B + kernel.layout.TCB_SLOT_CALLER * 32)).toBe(kernel.layout.CAP_REPLY);
    expect(m.peek(ENDPOINT + kernel.layout.EP_STATE)).toBe(kernel.layout.EP_IDLE);
  });

  const taken: readonly (readonly [string, Edit])[] = [
    ['all conditions hold', nothing],
    ['an empty message', info((word) => word & ~0x7fn)],
    ['bits that say capabilities were unwrapped', info((word) => word | 0xe00n)],
    ['grant without grant reply', without(slot(BADGED), GRANT_REPLY)],
    ['grant reply without grant', without(slot(BADGED), GRANT)],
    ['no receive right', without(slot(BADGED), RECEIVE)],
    ['a receiver of the same priority', field(TCB_B, 'TCB_PRIORITY', 5)],
    ['a receiver of lower priority with nobody ready above it', field(TCB_B, 'TCB_PRIORITY', 3)],
    ['a second receiver behind the first', waitD('RECV')],
    ['a receiver that may not grant', field(TCB_B, 'TCB_BLOCKING_FLAGS', 0)],
  ];
  it.each(taken)('takes it: %s', (_, edit) => {
    expect(takes(beforeCall, edit, kernel.abi.SYSCALL_CALL)).toBe(true);
  });

  const refused: readonly (readonly [string, Edit])[] = [
    ['extra capabilities', info((word) => word | 0x80n)],
    ['a message longer than the registers', info((word) => word + 1n)],
    ['a caller with a fault', field(TCB_A, 'TCB_FAULT', 2)],
    ['no such capability', cptr(1n << 40n)],
    ['an empty slot', cptr(30n)],
    ['a capability that is no endpoint', cptr(BigInt(CPTR_NOTIFICATION))],
    ['no send right', without(slot(BADGED), SEND)],
    ['nobody who receives', stopB],
    ['a sender in the queue instead of a receiver', both(stopB, waitD('SEND'))],
    ['a receiver without address space', without(TCB_B + VTABLE, -1)],
    ['an address space that is not mapped', without(TCB_B + VTABLE, 1 << 18)],
    ['a paging structure that is no root', without(TCB_B + VTABLE, 1 << 16)],
    ['a receiver below somebody who is ready', field(TCB_B, 'TCB_PRIORITY', 2)],
    ['neither grant nor grant reply', without(slot(BADGED), GRANT | GRANT_REPLY)],
    ['a receiver in another domain', field(TCB_B, 'TCB_DOMAIN', 1)],
  ];
  it.each(refused)('does not take it: %s', (_, edit) => {
    expect(takes(beforeCall, edit, kernel.abi.SYSCALL_CALL)).toBe(false);
  });
});

describe('ReplyRecv', () => {
  it('answers, gives the processor back and waits', () => {
    const m = beforeReplyRecv();
    kernel.syscall(kernel.abi.SYSCALL_REPLY_RECV);
    expect(m.peek(kernel.layout.HW_FASTPATH)).toBe(1);
    expect(m.current).toBe(TCB_A);
    expect(m.state(TCB_B)).toBe(kernel.layout.STATE_BLOCKED_ON_RECEIVE);
    expect(m.read(TCB_A)).toEqual({
      label: 0xfedcb,
      badge: 0n,
      words: MESSAGE.map(BigInt),
      extraCaps: 0,
      unwrapped: 0,
    });
    expect(m.capType(TCB_B + kernel.layout.TCB_SLOT_CALLER * 32)).toBe(kernel.layout.CAP_NULL);
    expect(m.peek(ENDPOINT + kernel.layout.EP_STATE)).toBe(kernel.layout.EP_RECV);
  });

  const taken: readonly (readonly [string, Edit])[] = [
    ['all conditions hold', nothing],
    ['no send right', without(slot(CPTR_ENDPOINT), SEND)],
    ['no grant right', without(slot(CPTR_ENDPOINT), GRANT | GRANT_REPLY)],
    ['another receiver in the queue', waitD('RECV')],
    ['a bound notification without signal', bindB('IDLE')],
  ];
  it.each(taken)('takes it: %s', (_, edit) => {
    expect(takes(beforeReplyRecv, edit, kernel.abi.SYSCALL_REPLY_RECV)).toBe(true);
  });

  const refused: readonly (readonly [string, Edit])[] = [
    ['extra capabilities', info((word) => word | 0x80n)],
    ['a message longer than the registers', info((word) => word + 1n)],
    ['a replier with a fault', field(TCB_B, 'TCB_FAULT', 2)],
    ['no such capability', cptr(1n << 40n)],
    ['a capability that is no endpoint', cptr(BigInt(CPTR_NOTIFICATION))],
    ['no receive right', without(slot(CPTR_ENDPOINT), RECEIVE)],
    ['a signal that waits', bindB('ACTIVE')],
    ['a sender that waits', waitD('SEND')],
    ['no reply capability', saveCaller],
    ['a caller with a fault', field(TCB_A, 'TCB_FAULT', 2)],
    ['a caller without address space', without(TCB_A + VTABLE, -1)],
    ['a caller below somebody who is ready', field(TCB_A, 'TCB_PRIORITY', 2)],
    ['a caller in another domain', field(TCB_A, 'TCB_DOMAIN', 1)],
  ];
  it.each(refused)('does not take it: %s', (_, edit) => {
    expect(takes(beforeReplyRecv, edit, kernel.abi.SYSCALL_REPLY_RECV)).toBe(false);
  });
});

describe('the capability pointer', () => {
  /** Bits of a pointer from the top: guard and index of every level. What is left over is ones. */
  const pointer = (...parts: readonly (readonly [value: bigint, bits: number])[]): bigint => {
    let left = 64;
    let word = 0n;
    for (const [value, bits] of parts) {
      left -= bits;
      word |= left >= 0 ? value << BigInt(left) : value >> BigInt(-left);
    }
    return left > 0 ? word | ((1n << BigInt(left)) - 1n) : word;
  };
  const cnodeCap =
    (at: number, guardBits: number, guard: bigint): Edit =>
    (m) => {
      const { CAP_CNODE, CTE_META, CTE_WORD_LO } = m.kernel.layout;
      m.poke(at, CNODE);
      m.poke(at + CTE_META, (CAP_CNODE << 27) | (guardBits << 16) | (RADIX << 22));
      m.poke64(at + CTE_WORD_LO, guard);
    };
  const INNER = 20;
  const BITS = [0x5an, 0x89ab_cdefn, 0x1_89ab_cdefn, 0x123_4567_89ab_cdefn] as const;
  const index = (at: number): readonly [bigint, number] => [BigInt(at), RADIX];

  const oneLevel: readonly (readonly [string, number, bigint, bigint, boolean])[] = [
    ['no guard', 0, 0n, pointer(index(BADGED)), true],
    ['a short guard', 7, BITS[0], pointer([BITS[0], 7], index(BADGED)), true],
    ['a short guard that differs', 7, BITS[0], pointer([BITS[0] ^ 1n, 7], index(BADGED)), false],
    ['a guard of 32 bits', 32, BITS[1], pointer([BITS[1], 32], index(BADGED)), true],
    ['a guard of 32 bits that differs', 32, BITS[1], pointer([BITS[1] ^ 1n, 32], index(BADGED)), false],
    ['a guard of 33 bits', 33, BITS[2], pointer([BITS[2], 33], index(BADGED)), true],
    ['a guard of 33 bits that differs at the top', 33, BITS[2], pointer([BITS[1], 33], index(BADGED)), false],
    ['a guard that leaves only the index', 59, BITS[3], pointer([BITS[3], 59], index(BADGED)), true],
    ['one bit more than there is', 60, 0n, pointer([0n, 60], index(BADGED)), false],
    ['nothing but guard', 63, 0n, pointer([0n, 63], index(BADGED)), false],
    ['a slot that is empty', 0, 0n, pointer(index(30)), false],
  ];
  it.each(oneLevel)('%s', (_, guardBits, guard, word, taken) => {
    const edit = both(cnodeCap(TCB_A, guardBits, guard), cptr(word));
    expect(takes(beforeCall, edit, kernel.abi.SYSCALL_CALL)).toBe(taken);
  });

  const twoLevels: readonly (readonly [string, number, number, bigint, bigint, boolean])[] = [
    ['two levels', 3, 4, 9n, pointer([0n, 3], index(INNER), [9n, 4], index(BADGED)), true],
    ['two levels that use all bits', 3, 51, 9n, pointer([0n, 3], index(INNER), [9n, 51], index(BADGED)), true],
    ['two levels, one bit too many', 3, 52, 9n, pointer([0n, 3], index(INNER), [9n, 52], index(BADGED)), false],
    ['two levels, the inner guard differing', 3, 4, 9n, pointer([0n, 3], index(INNER), [8n, 4], index(BADGED)), false],
    ['two levels, ending at a CNode', 3, 51, 9n, pointer([0n, 3], index(INNER), [9n, 51], index(INNER)), false],
  ];
  it.each(twoLevels)('%s', (_, outerGuard, innerGuard, guard, word, taken) => {
    const cnodes = both(cnodeCap(TCB_A, outerGuard, 0n), cnodeCap(slot(INNER), innerGuard, guard));
    const edit = both(cnodes, cptr(word));
    expect(takes(beforeCall, edit, kernel.abi.SYSCALL_CALL)).toBe(taken);
  });

  it('leads nowhere without a CNode to start from', () => {
    expect(takes(beforeCall, without(TCB_A, -1), kernel.abi.SYSCALL_CALL)).toBe(false);
  });
});
