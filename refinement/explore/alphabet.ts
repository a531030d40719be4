/** From the events of an exploration to rows of programs, so that whatever is found is a program like any other. */
import type { KernelConfig } from '../../spec/abi/config.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import { InputError } from '../input-error.ts';
import { EVENTS, labelOf, operationIn } from '../program/operations.ts';
import type { Row } from '../program/program.ts';
import type { World } from '../world/world.ts';
import type { ExplorationEvent } from './format.ts';

export interface Action {
  /** As it is listed: `client.main: Call(requests)`. */
  readonly name: string;
  /** The thread that does it; null for something that happens to whoever runs. */
  readonly by: ObjRef | null;
  readonly row: Row;
}

export function alphabetOf(
  events: readonly ExplorationEvent[],
  config: KernelConfig,
  world: World,
  where: string,
): readonly Action[] {
  const threads = new Map([...world.objectNames].map(([ref, called]) => [called, ref]));
  return events.map((event, at) => {
    const fail = (what: string): never => {
      throw new InputError(`${where}: events.${at}: ${what}`);
    };
    const slotOf = (called: string): bigint => BigInt(world.slots[called] ?? fail(`nothing is called '${called}'`));
    const { op, by, cap, words = [], caps = [] } = event;
    const thread = by === undefined ? null : (threads.get(by) ?? fail(`there is no thread '${by}'`));
    const shown = [...(cap === undefined ? [] : [cap]), ...words, ...caps].join(', ');
    const called = `${by ?? 'anybody'}: ${op}${shown === '' ? '' : `(${shown})`}${event.preempted === undefined ? '' : `, interrupted at look ${event.preempted}`}`;
    const kind = EVENTS.find((one) => one === op);
    if (kind !== undefined)
      return { name: called, by: thread, row: { op: kind, word: BigInt(event.word ?? 0), fresh: true } };
    const operation = operationIn(config, op) ?? fail(`there is no operation '${op}'`);
    const { syscalls, target } = operation;
    const [syscall] = syscalls;
    if (syscall === undefined || (cap === undefined && target !== 'none')) return fail(`${op} needs a cap`);
    const valueOf = (word: number | string): bigint => (typeof word === 'number' ? BigInt(word) : slotOf(word));
    return {
      name: called,
      by: thread,
      row: {
        op,
        syscall,
        cap: cap === undefined ? 0n : valueOf(cap),
        label: labelOf(operation, config) ?? BigInt(event.label ?? 0),
        words: words.map(valueOf),
        caps: caps.map(slotOf),
        receive:
          event.receive === undefined ? null : [slotOf('cnode'), valueOf(event.receive), BigInt(config.wordBits)],
        irqCountdown: event.preempted ?? null,
        irq: null,
        fresh: true,
      },
    };
  });
}
