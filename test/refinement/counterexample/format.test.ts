/** Counterexample files: what is written can be read, and what cannot be used is refused with its place. */
import { describe, expect, it } from 'vitest';
import type { Row } from '../../../refinement/program/program.ts';
import type { Counterexample } from '../../../refinement/counterexample/format.ts';
import {
  counterexampleId,
  decodeCounterexample,
  encodeCounterexample,
  testCaseOf,
} from '../../../refinement/counterexample/format.ts';

const call: Row = {
  op: 'Call',
  syscall: 'Call',
  cap: 22n,
  label: 3n,
  words: [2n ** 64n - 1n, 0n],
  caps: [23n],
  receive: [2n, 40n, 64n],
  irqCountdown: null,
  irq: null,
};

export const EXAMPLE: Counterexample = {
  schema: 'corres-counterexample/1',
  id: 'refinement-00000000',
  config: 'small',
  world: 0,
  property: 'refinement',
  failureClass: 'difference',
  what: 'thread 0x10800: state',
  differences: [{ where: 'thread 0x10800', field: 'state', spec: 'Running', impl: 'Restart' }],
  program: [call, { op: 'Tick', word: 0n }],
  original: null,
  found: { seed: 1, run: 17 },
  shrinking: { executions: 12, certificate: { rows: 2, singleDeletionsTried: 2 } },
  sources: { spec: 'abc', impl: 'def' },
};

const text = encodeCounterexample(EXAMPLE);

describe('a counterexample file', () => {
  it('says again what was written', () => {
    expect(decodeCounterexample(text, 'file')).toEqual(EXAMPLE);
  });

  it('says again how much time passes, and what is offered for answers', () => {
    const program: readonly Row[] = [
      { ...call, op: 'NBSendRecv', syscall: 'NBSendRecv', reply: 41n, sendDest: 22n, ticks: 36n, lookTicks: 1n },
      { op: 'Tick', word: 0n, ticks: 2n ** 60n },
    ];
    const timed: Counterexample = { ...EXAMPLE, config: 'small-mcs', program };
    expect(decodeCounterexample(encodeCounterexample(timed), 'file')).toEqual(timed);
    const sooner: Counterexample = { ...timed, program: [...program.slice(0, 1), { op: 'Tick', word: 0n }] };
    expect(counterexampleId(testCaseOf(sooner), 'refinement')).not.toBe(
      counterexampleId(testCaseOf(timed), 'refinement'),
    );
  });

  it('has a name that depends on the program and the property, and on nothing else', () => {
    const id = counterexampleId(testCaseOf(EXAMPLE), 'refinement');
    expect(id).toMatch(/^refinement-[0-9a-f]{8}$/);
    expect(counterexampleId(testCaseOf({ ...EXAMPLE, found: null }), 'refinement')).toBe(id);
    expect(counterexampleId(testCaseOf({ ...EXAMPLE, program: [] }), 'refinement')).not.toBe(id);
    expect(counterexampleId(testCaseOf(EXAMPLE), 'sym_refs')).not.toBe(id);
    const reversed = EXAMPLE.program.map(
      (row) => Object.fromEntries(Object.entries(row).toReversed()) as unknown as Row,
    );
    expect(counterexampleId(testCaseOf({ ...EXAMPLE, program: reversed }), 'refinement')).toBe(id);
  });

  const edited = (change: (json: Record<string, unknown>) => void): string => {
    const json = JSON.parse(text) as Record<string, unknown>;
    change(json);
    return JSON.stringify(json);
  };
  const rows = (json: Record<string, unknown>): Record<string, unknown>[] =>
    json['program'] as Record<string, unknown>[];

  it.each([
    ['cut short', text.slice(0, 200), 'some.json: is not JSON'],
    ['empty', '', 'some.json: is not JSON'],
    ['no object', 'null', 'some.json: is not a counterexample of schema corres-counterexample/1'],
    ['something else', '{"name":"x"}', 'some.json: is not a counterexample'],
    [
      'of a later version',
      edited((json) => (json['schema'] = 'corres-counterexample/2')),
      'it says "corres-counterexample/2"',
    ],
    ['with a path for a name', edited((json) => (json['id'] = '../../package')), 'some.json: id is'],
    ['without its program', edited((json) => delete json['program']), 'some.json: program is missing'],
    [
      'with an unknown operation',
      edited((json) => (rows(json)[0] = { ...rows(json)[0], op: 'Format_Disk' })),
      'some.json: program.0',
    ],
    [
      'with a word of 65 bits',
      edited((json) => (rows(json)[0] = { ...rows(json)[0], cap: '0x10000000000000000' })),
      'some.json: program.0.cap',
    ],
    [
      'with a number for a word',
      edited((json) => (rows(json)[0] = { ...rows(json)[0], cap: 22 })),
      'some.json: program.0.cap',
    ],
    [
      'with a negative countdown',
      edited((json) => (rows(json)[0] = { ...rows(json)[0], irqCountdown: -1 })),
      'some.json: program.0.irqCountdown',
    ],
    [
      'with four capabilities',
      edited((json) => (rows(json)[0] = { ...rows(json)[0], caps: ['0x1', '0x1', '0x1', '0x1'] })),
      'program.0.caps has more than 3',
    ],
    [
      'with a long message',
      edited((json) => (rows(json)[0] = { ...rows(json)[0], words: Array(121).fill('0x0') })),
      'program.0.words has more than 120',
    ],
    [
      'with a label of 53 bits',
      edited((json) => (rows(json)[0] = { ...rows(json)[0], label: '0x10000000000000' })),
      'program.0.label has more than 52 bits',
    ],
  ])('that is %s is refused', (_, content, message) => {
    expect(() => decodeCounterexample(content, 'some.json')).toThrow(message);
  });
});
