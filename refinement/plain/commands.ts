/**
 * The harness to compare with: what one writes with `fc.commands` in an afternoon. It knows the interface (which operations there are, what
 * kind of value each word is, which slots of the root CNode hold what at boot) and nothing about states: commands are drawn before the first
 * one runs. Both kernels, the comparison and the invariants are the same as everywhere else, so what differs is how programs are drawn.
 *
 * It is frozen: whoever makes it better makes the comparison say something else, and says so.
 */
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { WORD_MASK } from '../../spec/abi/words.ts';
import { FULL_EVERY, makeChecker } from '../campaign/checker.ts';
import { PROGRAM_MS } from '../program/execute.ts';
import type { EventName, Kind, Operation, Target } from '../program/operations.ts';
import { EVENTS, labelOf, operationsOf } from '../program/operations.ts';
import type { CallRow, Row } from '../program/program.ts';
import { toKernelStep } from '../program/program.ts';
import type { Kernels } from '../step/kernels.ts';
import type { Lockstep } from '../step/lockstep.ts';
import { TimeUp, watched } from '../step/watchdog.ts';
import { ROOT_RADIX, worldCount } from '../world/world.ts';

/** fast-check keeps the model apart from the real thing; here one object steps both and compares them. */
interface Model {
  readonly lockstep: Lockstep;
}

interface Counter {
  steps: number;
  /** Set by the command that found something. */
  property: string | null;
}

class RowCommand implements fc.Command<Model, Counter> {
  readonly #row: Row;

  constructor(row: Row) {
    this.#row = row;
  }

  check({ lockstep }: Readonly<Model>): boolean {
    return toKernelStep(this.#row, lockstep.state) !== null;
  }

  run({ lockstep }: Model, counter: Counter): void {
    const step = toKernelStep(this.#row, lockstep.state);
    if (step === null) return;
    counter.steps++;
    const failure = lockstep.step(step);
    if (failure === null) return;
    counter.property = failure.property;
    throw new Error(failure.what);
  }

  toString(): string {
    return this.#row.op;
  }
}

const below = (n: number): Arbitrary<bigint> => fc.bigInt({ min: 0n, max: BigInt(n) - 1n });
const anyWord = fc.bigInt({ min: 0n, max: WORD_MASK });

/** Slots of the root CNode by what is in them at boot. */
const HOLDS: Readonly<Partial<Record<Target, readonly string[]>>> = {
  endpoint: ['ep1', 'ep2', 'ep1badged', 'ep2copy'],
  notification: ['nt1', 'nt2', 'nt1badged'],
  cnode: ['CNODE', 'cs2'],
  tcb: ['TCB', 'tcbA', 'tcbB', 'tcbC'],
  untyped: ['U0', 'U1', 'U2', 'UD'],
  frame: ['IPCROOT', 'frame1', 'frame2'],
  irqControl: ['IRQC'],
  irqHandler: ['irq0', 'irq1'],
  domain: ['DOM'],
  pdpt: ['table1'],
  pageDirectory: ['table2'],
  pageTable: ['table1', 'table2', 'table3'],
  vspace: ['VSPACE'],
  asidControl: ['ASIDC'],
  asidPool: ['ASIDP'],
  ioPortControl: ['IOPC'],
};

const SLOTS = 2 ** ROOT_RADIX;

/** Commands for a configuration's worlds. */
export function plainCommands(kernels: Kernels): Arbitrary<fc.Command<Model, Counter>>[] {
  const { config } = kernels;
  const { slots } = kernels.world(0);
  const anySlot = below(SLOTS);
  const held = Object.values(slots).map(BigInt);
  const holding = (target: Target): Arbitrary<bigint> => {
    const names = HOLDS[target];
    const known = names === undefined ? held : names.map((name) => BigInt(slots[name] ?? 0));
    return fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...known) },
      { weight: 3, arbitrary: anySlot },
      { weight: 1, arbitrary: anyWord },
    );
  };
  const WORDS: Readonly<Record<Kind, Arbitrary<bigint>>> = {
    index: anySlot,
    depth: fc.constantFrom(64n, BigInt(ROOT_RADIX), 0n, 3n),
    rights: below(16),
    data: fc.oneof(fc.constant(0n), below(100), anyWord),
    type: below(12),
    size: below(14),
    offset: anySlot,
    count: fc.oneof(fc.constant(1n), below(8), below(300)),
    priority: below(config.priorities + 2),
    flags: below(4),
    address: fc.oneof(fc.constant(0n), fc.constantFrom(0x10000n, 0x11000n, 0x12000n), anyWord),
    handler: anySlot,
    irq: below(config.irqLines + 2),
    vector: below(config.irqLines + 2),
    source: below(4),
    domain: below(config.domains + 1),
    entry: below(8),
    duration: below(8),
    port: below(80),
    vaddr: fc.oneof(
      below(16).map((page) => page << BigInt(config.frameBits.Small)),
      anyWord,
    ),
    attributes: below(8),
    budget: below(200),
    period: below(200),
    refills: below(12),
    word: fc.oneof(below(100), anyWord),
  };
  const slotTriple = fc.tuple(holding('cnode'), anySlot, WORDS.depth);
  const call = (operation: Operation): Arbitrary<CallRow> => {
    const label = labelOf(operation, config);
    const isMessage = label === null;
    return fc.record({
      op: fc.constant(operation.name),
      syscall: fc.constantFrom(...operation.syscalls),
      cap: operation.target === 'none' ? fc.constant(0n) : holding(operation.target),
      label: isMessage ? below(60) : fc.constant(label),
      words: isMessage
        ? fc.array(below(100), { maxLength: 12 })
        : fc.tuple(...operation.words.map((kind) => WORDS[kind])),
      caps: isMessage ? fc.array(holding('any'), { maxLength: 3 }) : fc.tuple(...operation.caps.map(holding)),
      receive: fc.option(slotTriple, { freq: 5 }),
      irqCountdown: fc.option(fc.nat(3), { freq: 5 }),
      irq: fc.option(fc.nat(config.irqLines - 1), { freq: 5 }),
    });
  };
  const event = (op: EventName): Arbitrary<Row> =>
    fc.record({ op: fc.constant(op), word: fc.oneof(below(100), anyWord) });
  return [...operationsOf(config).map(call), ...EVENTS.map(event)].map((row) =>
    row.map((drawn) => new RowCommand(drawn)),
  );
}

export interface PlainHunt {
  /** Commands that were carried out until it was found, or in all. */
  readonly steps: number;
  /** What reported it; null if nothing did. */
  readonly property: string | null;
}

/** Commands of one run at most: as many as rows of a program. */
const MOST_COMMANDS = 200;
const RUNS_AT_A_TIME = 10;

/** Runs drawn by fast-check until something is found or so many commands were carried out. */
export function huntPlainly(kernels: Kernels, seed: number, steps: number): PlainHunt {
  const lockstep = makeChecker(kernels, { properties: null, fullEvery: FULL_EVERY });
  const counter: Counter = { steps: 0, property: null };
  const commands = fc.commands(plainCommands(kernels), { maxCommands: MOST_COMMANDS, size: 'max' });
  const property = fc.property(fc.nat(worldCount(kernels.config) - 1), commands, (variant, drawn) => {
    const report = (failure: { readonly property: string; readonly what: string } | null): void => {
      if (failure === null) return;
      counter.property = failure.property;
      throw new Error(failure.what);
    };
    report(lockstep.boot(kernels.world(variant).boot));
    fc.modelRun(() => ({ model: { lockstep }, real: counter }), drawn);
    report(lockstep.checkAll());
  });
  for (let batch = 0; counter.steps < steps && counter.property === null; batch++) {
    try {
      watched(PROGRAM_MS, () =>
        fc.check(property, { seed: seed + 1_000 * batch, numRuns: RUNS_AT_A_TIME, endOnFailure: true }),
      );
    } catch (error) {
      if (!(error instanceof TimeUp)) throw error;
      counter.property = 'no_fail';
    }
  }
  return counter;
}
