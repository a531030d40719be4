import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  CNODE,
  CPTR_B,
  CPTR_CNODE,
  CPTR_DEVICE,
  CPTR_ENDPOINT,
  CPTR_UNTYPED,
  DEVICE,
  FREE,
  Machine,
  TCB_A,
  TCB_B,
  UNTYPED,
  UNTYPED_BITS,
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

/** Moves the capability at `from` into the CNode whose capability is at `toRoot`. */
function move(toRoot: number, index: number, depth: number, from: number): readonly number[] {
  return m.call(toRoot, kernel.abi.LABEL_CNODE_MOVE, [index, depth, from, 64], [CPTR_CNODE]);
}

describe('retype', () => {
  it('makes objects one behind the other, the newest capability first in the derivation list', () => {
    const { abi, config, layout } = kernel;
    expect(m.retype(abi.OBJECT_ENDPOINT, 0, FREE, 2)).toEqual([0]);
    expect(m.retype(abi.OBJECT_TCB, 0, FREE + 2)).toEqual([0]);
    expect(m.chain(slot(CPTR_UNTYPED))).toEqual([CPTR_UNTYPED, FREE + 2, FREE + 1, FREE].map(slot));
    expect([FREE, FREE + 1, FREE + 2].map((cptr) => m.peek(slot(cptr)))).toEqual([
      UNTYPED,
      UNTYPED + 16,
      UNTYPED + 512,
    ]);
    expect(m.peek64(slot(CPTR_UNTYPED) + layout.CTE_WORD_LO)).toBe(1024n);
    const tcb = UNTYPED + 512;
    expect(m.state(tcb)).toBe(layout.STATE_INACTIVE);
    expect(m.peek(tcb + layout.TCB_TIME_SLICE)).toBe(config.TIME_SLICE);
    expect(m.register(tcb, config.REG_FLAGS)).toBe(0x202n);
  });

  it('checks its arguments in the order of the kernel', () => {
    const { abi, config } = kernel;
    const retype = (...words: number[]): readonly number[] =>
      m.call(CPTR_UNTYPED, abi.LABEL_UNTYPED_RETYPE, words, [CPTR_CNODE]);
    const size = 2 ** 5;
    expect(m.call(CPTR_UNTYPED, 0, [])).toEqual([abi.ILLEGAL_OPERATION]);
    expect(retype(99, 99, 0, 0, 99)).toEqual([abi.TRUNCATED_MESSAGE]);
    expect(m.call(CPTR_UNTYPED, abi.LABEL_UNTYPED_RETYPE, [99, 99, 0, 0, 99, 99])).toEqual([abi.TRUNCATED_MESSAGE]);
    expect(retype(config.OBJECT_TYPE_COUNT, 99, 0, 0, 99, 99)).toEqual([abi.INVALID_ARGUMENT, 0]);
    expect(retype(abi.OBJECT_ENDPOINT, 64, 0, 0, 99, 99)).toEqual([abi.RANGE_ERROR, 0, config.MAX_UNTYPED_BITS]);
    expect(retype(abi.OBJECT_CAP_TABLE, 0, 0, 65, 99, 99)).toEqual([abi.INVALID_ARGUMENT, 1]);
    expect(retype(abi.OBJECT_UNTYPED, 3, 0, 65, 99, 99)).toEqual([abi.INVALID_ARGUMENT, 1]);
    expect(retype(abi.OBJECT_ENDPOINT, 0, 0, 65, 99, 99)).toEqual([abi.RANGE_ERROR, 1, 64]);
    expect(retype(abi.OBJECT_ENDPOINT, 0, CPTR_ENDPOINT, 64, 99, 99)).toEqual([
      abi.FAILED_LOOKUP,
      0,
      abi.FAILURE_MISSING_CAPABILITY,
      64,
    ]);
    expect(retype(abi.OBJECT_ENDPOINT, 0, 0, 0, size, 99)).toEqual([abi.RANGE_ERROR, 0, size - 1]);
    expect(retype(abi.OBJECT_ENDPOINT, 0, 0, 0, 31, 0)).toEqual([abi.RANGE_ERROR, 1, config.FAN_OUT_LIMIT]);
    expect(retype(abi.OBJECT_ENDPOINT, 0, 0, 0, 31, 2)).toEqual([abi.RANGE_ERROR, 1, 1]);
    expect(retype(abi.OBJECT_UNTYPED, 13, 0, 0, CPTR_ENDPOINT, 1)).toEqual([abi.DELETE_FIRST]);
    expect(retype(abi.OBJECT_UNTYPED, 13, 0, 0, FREE, 1)).toEqual([abi.NOT_ENOUGH_MEMORY, 2 ** UNTYPED_BITS]);
  });

  it('makes frames of device memory, which has nothing behind it, but no kernel objects', () => {
    const { abi, config, layout } = kernel;
    expect(m.retype(abi.OBJECT_ENDPOINT, 0, FREE, 1, CPTR_DEVICE)).toEqual([abi.INVALID_ARGUMENT, 1]);
    expect(m.retype(config.OBJECT_SMALL_PAGE, 0, FREE, 1, CPTR_DEVICE)).toEqual([0]);
    expect(m.call(FREE, config.LABEL_PAGE_GET_ADDRESS, [])).toEqual([0, DEVICE]);
    expect(m.capType(slot(FREE))).toBe(layout.CAP_FRAME);
  });

  it('clears memory that is used again, and keeps what an interrupted reset has done', () => {
    const { abi, config, layout } = kernel;
    m.retype(abi.OBJECT_UNTYPED, UNTYPED_BITS, FREE);
    m.call(CPTR_CNODE, abi.LABEL_CNODE_DELETE, [FREE, 64]);
    m.poke(UNTYPED, 0xdead);
    m.poke(UNTYPED + 4092, 0xbeef);
    m.poke(layout.HW_IRQ_COUNTDOWN, 0);
    m.poke(layout.HW_ARRIVING_IRQ, config.TIMER_IRQ);
    m.poke(layout.KS_WORK_UNITS, 0);
    m.setRegister(TCB_A, config.REG_NEXT_IP, 0x400n);
    m.retype(abi.OBJECT_ENDPOINT, 0, FREE);
    expect(m.peek(layout.HW_PREEMPTED)).toBe(1);
    expect(m.peek(UNTYPED + 4092)).toBe(0);
    expect(m.peek(UNTYPED)).toBe(0xdead);
    expect(m.peek64(slot(CPTR_UNTYPED) + layout.CTE_WORD_LO)).toBe(BigInt(4096 - 256 * config.MAX_WORK_UNITS));
    expect(m.register(TCB_A, config.REG_NEXT_IP)).toBe(0x400n);
    expect(m.peek(layout.HW_IRQ_COUNTDOWN)).toBe(layout.NO_IRQ);
    expect(m.retype(abi.OBJECT_ENDPOINT, 0, FREE)).toEqual([0]);
    expect(m.peek(UNTYPED)).toBe(0);
  });
});

describe('lookup', () => {
  it("compares the guard before it asks whether the level fits, and reports the CNode's guard", () => {
    const { abi } = kernel;
    const copy = (index: number, depth: number): readonly number[] =>
      m.call(CPTR_CNODE, abi.LABEL_CNODE_COPY, [FREE, 64, index, depth, 15], [CPTR_CNODE]);
    expect(copy(CPTR_ENDPOINT + 32, 64)).toEqual([abi.FAILED_LOOKUP, 1, abi.FAILURE_GUARD_MISMATCH, 64, 0, 59]);
    expect(copy(CPTR_ENDPOINT, 58)).toEqual([abi.FAILED_LOOKUP, 1, abi.FAILURE_GUARD_MISMATCH, 58, 0, 59]);
    expect(copy(1, 60)).toEqual([abi.FAILED_LOOKUP, 1, abi.FAILURE_DEPTH_MISMATCH, 60, 64]);
    expect(copy(CPTR_ENDPOINT, 0)).toEqual([abi.RANGE_ERROR, 1, 64]);
    expect(copy(FREE + 1, 64)).toEqual([abi.FAILED_LOOKUP, 1, abi.FAILURE_MISSING_CAPABILITY, 64]);
  });
});

describe('revoke', () => {
  it('deletes what was derived and nothing else', () => {
    const { abi, layout } = kernel;
    const mint = (to: number, from: number, badge: number): readonly number[] =>
      m.call(CPTR_CNODE, abi.LABEL_CNODE_MINT, [to, 64, from, 64, 15, badge], [CPTR_CNODE]);
    expect(mint(FREE, CPTR_ENDPOINT, 7)).toEqual([0]);
    expect(mint(FREE + 1, CPTR_ENDPOINT, 8)).toEqual([0]);
    expect(mint(FREE + 2, FREE, 9)).toEqual([abi.ILLEGAL_OPERATION]);
    expect(m.call(CPTR_CNODE, abi.LABEL_CNODE_COPY, [FREE + 2, 64, FREE, 64, 15], [CPTR_CNODE])).toEqual([0]);
    expect(m.call(CPTR_CNODE, abi.LABEL_CNODE_REVOKE, [FREE, 64])).toEqual([0]);
    expect(m.chain(slot(CPTR_ENDPOINT))).toEqual([CPTR_ENDPOINT, FREE + 1, FREE].map(slot));
    expect(m.call(CPTR_CNODE, abi.LABEL_CNODE_REVOKE, [CPTR_ENDPOINT, 64])).toEqual([0]);
    expect(m.chain(slot(CPTR_ENDPOINT))).toEqual([slot(CPTR_ENDPOINT)]);
    for (let word = 0; word < 32; word += 4) expect(m.peek(slot(FREE) + word)).toBe(0);
    expect(m.capType(slot(CPTR_ENDPOINT))).toBe(layout.CAP_ENDPOINT);
  });

  it('leaves alone a capability of the same badge that was made beside it', () => {
    const { abi } = kernel;
    for (const to of [FREE, FREE + 1]) {
      expect(m.call(CPTR_CNODE, abi.LABEL_CNODE_MINT, [to, 64, CPTR_ENDPOINT, 64, 15, 7], [CPTR_CNODE])).toEqual([0]);
    }
    expect(m.call(CPTR_CNODE, abi.LABEL_CNODE_REVOKE, [FREE + 1, 64])).toEqual([0]);
    expect(m.chain(slot(CPTR_ENDPOINT))).toEqual([CPTR_ENDPOINT, FREE + 1, FREE].map(slot));
  });

  it('is interrupted between deletions and finishes when it is issued again', () => {
    const { abi, config, layout } = kernel;
    m.retype(abi.OBJECT_NOTIFICATION, 0, FREE, 4);
    m.poke(layout.HW_IRQ_COUNTDOWN, 0);
    m.poke(layout.HW_ARRIVING_IRQ, config.TIMER_IRQ);
    m.poke(layout.KS_WORK_UNITS, 0);
    m.call(CPTR_CNODE, abi.LABEL_CNODE_REVOKE, [CPTR_UNTYPED, 64]);
    expect(m.peek(layout.HW_PREEMPTED)).toBe(1);
    expect(m.peek(layout.KS_WORK_UNITS)).toBe(0);
    expect(m.chain(slot(CPTR_UNTYPED))).toHaveLength(1 + 4 - config.MAX_WORK_UNITS);
    expect(m.call(CPTR_CNODE, abi.LABEL_CNODE_REVOKE, [CPTR_UNTYPED, 64])).toEqual([0]);
    expect(m.chain(slot(CPTR_UNTYPED))).toHaveLength(1);
  });
});

describe('deletion of a CNode with contents', () => {
  it('deletes the contents, and lets those who waited for them try again', () => {
    const { abi, layout } = kernel;
    m.retype(abi.OBJECT_CAP_TABLE, 2, FREE);
    m.retype(abi.OBJECT_ENDPOINT, 0, FREE + 1);
    const endpoint = m.peek(slot(FREE + 1));
    m.receive(FREE + 1);
    expect(m.current).toBe(TCB_B);
    expect(move(FREE, 3, 2, FREE + 1)).toEqual([0]);
    const table = m.peek(slot(FREE));
    expect(m.capType(table + 3 * 32)).toBe(layout.CAP_ENDPOINT);

    expect(m.call(CPTR_CNODE, abi.LABEL_CNODE_DELETE, [FREE, 64])).toEqual([0]);
    expect(m.capType(slot(FREE))).toBe(layout.CAP_NULL);
    expect(m.capType(table + 3 * 32)).toBe(layout.CAP_NULL);
    expect(m.peek(endpoint + layout.EP_STATE)).toBe(layout.EP_IDLE);
    expect(m.current).toBe(TCB_A);
    expect(m.chain(slot(CPTR_UNTYPED))).toEqual([slot(CPTR_UNTYPED)]);
  });

  it('comes to an end when the only capability to a CNode lies in it', () => {
    const { abi } = kernel;
    m.retype(abi.OBJECT_CAP_TABLE, 2, FREE);
    expect(move(FREE, 1, 2, FREE)).toEqual([0]);
    expect(m.call(CPTR_CNODE, abi.LABEL_CNODE_REVOKE, [CPTR_UNTYPED, 64])).toEqual([0]);
    expect(m.chain(slot(CPTR_UNTYPED))).toEqual([slot(CPTR_UNTYPED)]);
  });

  it('comes to an end when two CNodes hold the only capabilities to each other', () => {
    const { abi } = kernel;
    m.retype(abi.OBJECT_CAP_TABLE, 2, FREE, 2);
    expect(move(FREE, 0, 2, FREE + 1)).toEqual([0]);
    const outer = m.peek(slot(FREE));
    const inner = m.peek(outer);
    // Two bits name the entry of the outer table, two more the one of the inner table: the outer's own capability goes in there.
    expect(move(FREE, 0, 4, FREE)).toEqual([0]);
    expect(m.peek(inner)).toBe(outer);
    expect(m.call(CPTR_CNODE, abi.LABEL_CNODE_REVOKE, [CPTR_UNTYPED, 64])).toEqual([0]);
    expect(m.chain(slot(CPTR_UNTYPED))).toEqual([slot(CPTR_UNTYPED)]);
  });

  it('stops a thread for good with its last capability', () => {
    const { abi, layout } = kernel;
    expect(m.call(CPTR_CNODE, abi.LABEL_CNODE_DELETE, [CPTR_B, 64])).toEqual([0]);
    expect(m.state(TCB_B)).toBe(layout.STATE_INACTIVE);
    expect(m.peek(TCB_B + layout.TCB_QUEUED)).toBe(0);
    for (let n = 0; n < layout.TCB_SLOT_COUNT; n++) expect(m.capType(TCB_B + n * 32)).toBe(layout.CAP_NULL);
    expect(m.chain(slot(CPTR_CNODE))).toEqual([slot(CPTR_CNODE), TCB_A]);
    expect(m.peek(CNODE + CPTR_B * 32 + layout.CTE_META)).toBe(0);
  });
});
