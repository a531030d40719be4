/**
 * What `corres explore` searches: a small system, and everything that may happen in it. Schema `corres-exploration/1`, YAML or JSON; the system is in it
 * whole, as `corres-system/1`.
 */
import * as t from 'io-ts';
import { InputError } from '../input-error.ts';
import { SystemCodec, explained, name, parsed, small } from '../system/format.ts';

export const EXPLORATION_SCHEMA = 'corres-exploration/1';

/** A number, or the slot that a capability is in by its name. */
const value = t.union([small, name]);

const event = t.intersection([
  /** As in a program: Call, ReplyRecv, CNode_Delete, ..., or Tick, Interrupt, VMFault, ... */
  t.strict({ op: t.string }),
  t.partial({
    /** `component.thread`: it happens when that one runs; whoever runs, if not given. */
    by: t.string,
    /** What is invoked: the name of the capability, or the slot of the component's CNode. */
    cap: value,
    label: small,
    words: t.readonlyArray(value),
    /** Names of the capabilities that go along. */
    caps: t.readonlyArray(name),
    /** Where a capability is received: name of an empty slot of the component's CNode. */
    receive: value,
    /** How often a long operation looks for interrupts before it finds one. */
    preempted: small,
    /** Of an event that is no system call: its number, address or value. */
    word: small,
  }),
]);
export type ExplorationEvent = t.TypeOf<typeof event>;

const liveness = t.strict({
  name: t.string,
  /** `component.thread` */
  thread: t.string,
  /** For the answer to its call; or, being ready and none that runs being above it, for its turn. */
  waits: t.keyof({ answer: null, turn: null }),
  /** What is promised to happen again and again: by this thread, or this operation or event, or both. */
  again: t.readonlyArray(t.partial({ by: t.string, op: t.string })),
});
export type LivenessQuestion = t.TypeOf<typeof liveness>;

const Exploration = t.intersection([
  t.strict({
    schema: t.literal(EXPLORATION_SCHEMA),
    name: t.string,
    about: t.string,
    system: SystemCodec,
    events: t.readonlyArray(event),
  }),
  t.partial({
    /** Components that are made alike: states that differ by which is which count as one. */
    interchangeable: t.readonlyArray(name),
    liveness: t.readonlyArray(liveness),
  }),
]);
export type Exploration = t.TypeOf<typeof Exploration>;

/** `where` names the file in errors. */
export function decodeExploration(text: string, where: string): Exploration {
  const decoded = Exploration.decode(parsed(text, where, EXPLORATION_SCHEMA));
  if (decoded._tag === 'Left') throw new InputError(`${where}: ${explained(decoded.left)}`);
  const { events, interchangeable, liveness: asked } = decoded.right;
  if (events.length === 0) throw new InputError(`${where}: events: nothing happens in it`);
  if (interchangeable !== undefined && asked !== undefined)
    throw new InputError(
      `${where}: liveness: is asked of one thread, which components that are interchangeable have not got`,
    );
  return decoded.right;
}
