/**
 * I/O ports: ranges are given away once, and read and written by whoever has a capability to them.
 *
 * @source seL4 src/arch/x86/object/ioport.c
 */
import { LABEL_IO_PORT_CONTROL_ISSUE, LABEL_IO_PORT_IN8, NUM_IO_PORTS } from '#impl-config';
import { ILLEGAL_OPERATION, INVALID_ARGUMENT, REVOKE_FIRST, TRUNCATED_MESSAGE } from '../abi.ts';
import { portIn, portOut } from '../hardware/io-ports.ts';
import { load } from '../memory/heap.ts';
import { CAP_IO_PORT, CTE_WORD_LO } from '../memory/layout.ts';
import { argCount, argHi, argLo } from './arguments.ts';
import { CAP_A, makeCap } from './caps.ts';
import { beginPerform } from './cnode.ts';
import { foundSlot, lookupSlotForCNodeOp } from './cspace.ts';
import { arePortsFree, givePorts } from './io-port-table.ts';
import { cteInsert, ensureEmptySlot } from './mdb.ts';
import { OK, fail, failWith } from './outcome.ts';
import { answerWord } from './answer.ts';
import { extraCapCount, extraCaps } from './transfer.ts';

/** Numbers that are too large lose their high bits. */
const PORT_MASK = NUM_IO_PORTS - 1;

export function decodeIoPortControl(slot: number, label: number): number {
  if (label !== LABEL_IO_PORT_CONTROL_ISSUE) return fail(ILLEGAL_OPERATION);
  if (argCount < 4 || extraCapCount < 1) return fail(TRUNCATED_MESSAGE);
  const first = argLo[0]! & PORT_MASK;
  const last = argLo[1]! & PORT_MASK;
  if (last < first) return failWith(INVALID_ARGUMENT, 1);
  if (!arePortsFree(first, last)) return fail(REVOKE_FIRST);
  let status = lookupSlotForCNodeOp(0, extraCaps[0]!, argLo[2]!, argHi[2]!, argLo[3]!, argHi[3]!);
  if (status !== OK) return status;
  const target = foundSlot;
  status = ensureEmptySlot(target);
  if (status !== OK) return status;
  beginPerform();
  givePorts(first, last);
  makeCap(CAP_A, CAP_IO_PORT, 0, 0, (first | (last << 16)) >>> 0, 0);
  cteInsert(CAP_A, slot, target);
  return OK;
}

/** Labels: reading 8, 16 and 32 bits, then writing as many. */
export function decodeIoPort(slot: number, label: number, isCall: boolean): number {
  const which = label - LABEL_IO_PORT_IN8;
  if (which < 0 || which > 5) return fail(ILLEGAL_OPERATION);
  const isWrite = which >= 3;
  if (argCount < (isWrite ? 2 : 1)) return fail(TRUNCATED_MESSAGE);
  const bits = 8 << (which % 3);
  const port = argLo[0]! & PORT_MASK;
  const range = load(slot + CTE_WORD_LO);
  if (port < (range & 0xffff) || port + bits / 8 - 1 > range >>> 16) return fail(ILLEGAL_OPERATION);
  beginPerform();
  if (isWrite) portOut(port, bits, argLo[1]!);
  else if (isCall) answerWord(portIn(port, bits), 0);
  return OK;
}
