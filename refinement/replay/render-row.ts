/** A row of a program as one line: `Call CNode_Mint(CNODE; index 30, depth 64, ...; caps CNODE)`. */
import { ERROR_NAMES } from '../../spec/abi/error-codes.ts';
import type { Kind } from '../program/operations.ts';
import type { CallRow, Row } from '../program/program.ts';
import { isCallRow } from '../program/program.ts';
import type { Names } from './names.ts';

export function renderRow(row: Row, names: Names): string {
  if (!isCallRow(row)) return `${row.op}${row.word === 0n ? '' : ` ${number(row.word)}`}${passing(row)}`;
  const operation = names.operation(row.op);
  const usual = operation?.syscalls[0];
  const isPlain = operation?.labels === null;
  const parts: string[] = [];
  if (operation?.target !== 'none') parts.push(names.cptr(row.cap));
  if (isPlain && row.label !== 0n) parts.push(`label ${names.label(row.label)}`);
  if (row.words.length > 0) parts.push(wordTexts(row, operation?.words ?? [], names).join(', '));
  if (row.caps.length > 0) parts.push(`caps ${row.caps.map((cap) => names.cptr(cap)).join(', ')}`);
  if (row.receive !== null) {
    const [cnode, index, depth] = row.receive;
    parts.push(`receive into ${names.cptr(cnode)} index ${number(index)} depth ${number(depth)}`);
  }
  if (row.reply !== undefined && row.reply !== 0n)
    parts.push(`${row.syscall === 'NBSendWait' ? 'to' : 'reply'} ${names.cptr(row.reply)}`);
  if (row.sendDest !== undefined) parts.push(`to ${names.cptr(row.sendDest)}`);
  const how = row.op === row.syscall ? '' : row.syscall === usual ? '' : ` by ${row.syscall}`;
  const which = row.irq === null ? 'interrupt' : `interrupt ${row.irq}`;
  const preempted = row.irqCountdown === null ? '' : `, ${which} after ${row.irqCountdown} preemption points`;
  return `${row.op}(${parts.join('; ')})${how}${preempted}${passing(row)}`;
}

/** How much time passes before, and how much between two looks at the timer; and whether the thread clears what it has. */
function passing({ ticks = 0n, lookTicks = 0n, fresh }: Row): string {
  const before = ticks === 0n ? '' : `, after ${ticks} ticks`;
  const between = lookTicks === 0n ? '' : `, ${lookTicks} ticks between looks`;
  return `${before}${between}${fresh === true ? ', all else cleared first' : ''}`;
}

const number = (word: bigint): string => (word < 100_000n ? String(word) : `0x${word.toString(16)}`);

/** The first index is a slot of the invoked CNode, the others of the CNodes among the extra capabilities. */
function wordTexts({ words, cap, caps }: CallRow, kinds: readonly Kind[], names: Names): readonly string[] {
  const cnodes = [cap, ...caps];
  let indices = 0;
  return words.map((word, at) => {
    const kind = kinds[at];
    switch (kind) {
      case undefined:
      case 'word':
        return number(word);
      case 'handler':
        return `handler ${names.cptr(word)}`;
      case 'index':
        return `index ${names.isRoot(cnodes[indices++] ?? 0n) ? names.cptr(word) : number(word)}`;
      default:
        return `${kind} ${number(word)}`;
    }
  });
}

/** `RangeError` and the like, as they are; everything else in the words of the outcome. */
export function renderOutcome(outcome: string): string {
  return (ERROR_NAMES as readonly string[]).includes(outcome) && outcome !== 'NoError'
    ? `refused: ${outcome}`
    : outcome;
}
