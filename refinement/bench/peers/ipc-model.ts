/**
 * Synchronous IPC of a small kernel with one processor, as a model of ours. The same model as `ipc.pml` and `Ipc.tla`, where it is explained: the same
 * fields, and one step of any is one step of the others.
 */
import type { Model, Rule } from '../../explore/packed/model.ts';
import type { Step } from '../../explore/packed/step.ts';
import type { Cond, Num } from '../../explore/packed/term.ts';
import {
  add,
  and,
  bitAnd,
  bitOr,
  choose,
  eq,
  lt,
  ne,
  not,
  or,
  shiftLeft,
  shiftRight,
  sub,
  times,
} from '../../explore/packed/term.ts';

export interface IpcSize {
  /** 2 to 4. */
  readonly threads: number;
  readonly endpoints: number;
  /** 1, or 2 for a device whose badge is not that of a thread: more different messages. */
  readonly badges: number;
  /** The right to answer a caller stays where it is when the caller is stopped: so that something can be found. */
  readonly hasDefect?: boolean;
  readonly isUnchecked?: boolean;
}

const [READY, SENDING, CALLING, RECEIVING, ANSWERED, WAITING, STOPPED] = [0, 1, 2, 3, 4, 5, 6];
const SIGNAL = 1;

type Name =
  | 'state'
  | 'at'
  | 'caller'
  | 'message'
  | 'queue'
  | 'length'
  | 'waiters'
  | 'waiting'
  | 'word'
  | 'masked'
  | 'current';
type K = Step<Name>;

/** Queues are two bits for each thread, the first thread lowest. */
const first = (queue: Num): Num => bitAnd(queue, 3);
const nth = (queue: Num, bits: Num): Num => bitAnd(shiftRight(queue, bits), 3);
const withLast = (queue: Num, length: Num, thread: Num): Num => bitOr(queue, shiftLeft(thread, times(2, length)));

/** How far a thread is from the lowest bit of a queue that it is in. */
const placeIn = (queue: Num, thread: Num): Num =>
  choose(eq(nth(queue, 0), thread), 0, choose(eq(nth(queue, 2), thread), 2, choose(eq(nth(queue, 4), thread), 4, 6)));

const without = (queue: Num, bits: Num): Num =>
  bitOr(bitAnd(queue, sub(shiftLeft(1, bits), 1)), shiftLeft(shiftRight(queue, add(bits, 2)), bits));

const isQueued = (state: Num): Cond => or(eq(state, SENDING), eq(state, CALLING), eq(state, RECEIVING));

/** The model of so many threads and endpoints. */
export function ipcModel({ threads, endpoints, badges, hasDefect = false, isUnchecked = false }: IpcSize): Model<Name> {
  const NONE = threads;
  const HIGH = Math.floor(threads / 2);
  const all = Array.from({ length: threads }, (_, thread) => thread);

  const highestReady = (k: K): Num =>
    all.reduceRight<Num>((lower, thread) => choose(eq(k.get('state', thread), READY), thread, lower), NONE);

  /** Whoever runs goes on, unless it is blocked or a thread of higher priority is ready. */
  const schedule = (k: K): void => {
    const highest = highestReady(k);
    const current = k.get('current');
    k.branch(
      eq(current, NONE),
      () => {
        k.set('current', 0, highest);
      },
      () => {
        const isOver = or(ne(k.get('state', current), READY), and(not(lt(current, HIGH)), lt(highest, HIGH)));
        k.branch(isOver, () => {
          k.set('current', 0, highest);
        });
      },
    );
  };

  const block = (k: K, current: Num, endpoint: Num, how: number): void => {
    const length = k.get('length', endpoint);
    k.set('state', current, how);
    k.set('at', current, endpoint);
    k.set('queue', endpoint, withLast(k.get('queue', endpoint), length, current));
    k.set('length', endpoint, add(length, 1));
  };

  const takeFirst = (k: K, endpoint: Num): Num => {
    const queue = k.get('queue', endpoint);
    const thread = first(queue);
    k.set('queue', endpoint, shiftRight(queue, 2));
    k.set('length', endpoint, sub(k.get('length', endpoint), 1));
    k.set('at', thread, 0);
    return thread;
  };

  /** Whether somebody receives at an endpoint. */
  const hasReceiver = (k: K, endpoint: Num): Cond =>
    and(ne(k.get('length', endpoint), 0), eq(k.get('state', first(k.get('queue', endpoint))), RECEIVING));

  const deliver = (k: K, current: Num, endpoint: Num): Num => {
    const receiver = takeFirst(k, endpoint);
    k.set('state', receiver, READY);
    k.set('message', receiver, k.get('message', current));
    return receiver;
  };

  const receive = (k: K, current: Num, endpoint: Num): void => {
    k.set('caller', current, NONE);
    const hasSender = and(
      ne(k.get('length', endpoint), 0),
      ne(k.get('state', first(k.get('queue', endpoint))), RECEIVING),
    );
    k.branch(
      hasSender,
      () => {
        const sender = takeFirst(k, endpoint);
        k.set('message', current, k.get('message', sender));
        k.branch(
          eq(k.get('state', sender), CALLING),
          () => {
            k.set('state', sender, ANSWERED);
            k.set('caller', current, sender);
          },
          () => {
            k.set('state', sender, READY);
          },
        );
      },
      () => {
        block(k, current, endpoint, RECEIVING);
      },
    );
  };

  const answer = (k: K, current: Num): void => {
    const caller = k.get('caller', current);
    k.when(ne(caller, NONE));
    k.set('caller', current, NONE);
    k.set('state', caller, READY);
    k.set('message', caller, k.get('message', current));
  };

  const signal = (k: K, badge: number): void => {
    const waiting = k.get('waiting');
    k.branch(
      ne(waiting, 0),
      () => {
        const waiters = k.get('waiters');
        const waiter = first(waiters);
        k.set('waiters', 0, shiftRight(waiters, 2));
        k.set('waiting', 0, sub(waiting, 1));
        k.set('state', waiter, READY);
        k.set('message', waiter, badge);
      },
      () => {
        k.set('word', 0, bitOr(k.get('word'), badge));
      },
    );
  };

  /** Takes a thread out of whatever it waits for. */
  const stop = (k: K, thread: Num): void => {
    const state = k.get('state', thread);
    k.branch(eq(state, WAITING), () => {
      const waiters = k.get('waiters');
      k.set('waiters', 0, without(waiters, placeIn(waiters, thread)));
      k.set('waiting', 0, sub(k.get('waiting'), 1));
    });
    k.branch(and(eq(state, ANSWERED), !hasDefect), () => {
      for (const other of all) {
        k.branch(eq(k.get('caller', other), thread), () => {
          k.set('caller', other, NONE);
        });
      }
    });
    k.branch(isQueued(state), () => {
      const endpoint = k.get('at', thread);
      const queue = k.get('queue', endpoint);
      k.set('queue', endpoint, without(queue, placeIn(queue, thread)));
      k.set('length', endpoint, sub(k.get('length', endpoint), 1));
      k.set('at', thread, 0);
    });
    k.set('state', thread, STOPPED);
  };

  /** What the thread that runs does, if one does. */
  const byCurrent =
    (body: (k: K, current: Num, ...parameters: readonly Num[]) => void) =>
    (k: K, ...parameters: readonly Num[]): void => {
      const current = k.get('current');
      k.when(ne(current, NONE));
      body(k, current, ...parameters);
      schedule(k);
    };

  const at = (name: string, body: (k: K, current: Num, endpoint: Num) => void): Rule<Name> => ({
    name,
    parameters: [endpoints],
    body: byCurrent((k, current, endpoint = 0) => {
      body(k, current, endpoint);
    }),
  });
  const rule = (name: string, body: (k: K, current: Num) => void): Rule<Name> => ({
    name,
    parameters: [],
    body: byCurrent(body),
  });
  /** What the first thread does with another one. */
  const manage = (name: string, body: (k: K, thread: Num) => void): Rule<Name> => ({
    name,
    parameters: [threads - 1],
    body: (k, other = 0) => {
      k.when(eq(k.get('current'), 0));
      body(k, add(other, 1));
      schedule(k);
    },
  });

  const rules: readonly Rule<Name>[] = [
    at('Send', (k, current, endpoint) => {
      k.branch(
        hasReceiver(k, endpoint),
        () => {
          deliver(k, current, endpoint);
        },
        () => {
          block(k, current, endpoint, SENDING);
        },
      );
    }),
    at('NBSend', (k, current, endpoint) => {
      k.when(hasReceiver(k, endpoint));
      deliver(k, current, endpoint);
    }),
    at('Call', (k, current, endpoint) => {
      k.branch(
        hasReceiver(k, endpoint),
        () => {
          const receiver = deliver(k, current, endpoint);
          k.set('caller', receiver, current);
          k.set('state', current, ANSWERED);
        },
        () => {
          block(k, current, endpoint, CALLING);
        },
      );
    }),
    at('Recv', receive),
    at('ReplyRecv', (k, current, endpoint) => {
      answer(k, current);
      receive(k, current, endpoint);
    }),
    rule('Reply', answer),
    rule('Signal', (k) => {
      signal(k, SIGNAL);
    }),
    rule('Wait', (k, current) => {
      const word = k.get('word');
      k.branch(
        ne(word, 0),
        () => {
          k.set('message', current, word);
          k.set('word', 0, 0);
        },
        () => {
          const waiting = k.get('waiting');
          k.set('state', current, WAITING);
          k.set('waiters', 0, withLast(k.get('waiters'), waiting, current));
          k.set('waiting', 0, add(waiting, 1));
        },
      );
    }),
    {
      name: 'Interrupt',
      parameters: [],
      body: (k) => {
        k.when(eq(k.get('masked'), 0));
        k.set('masked', 0, 1);
        signal(k, badges);
        schedule(k);
      },
    },
    {
      name: 'Acknowledge',
      parameters: [],
      body: (k) => {
        k.when(and(eq(k.get('masked'), 1), ne(k.get('current'), NONE)));
        k.set('masked', 0, 0);
      },
    },
    manage('Stop', (k, thread) => {
      k.when(ne(k.get('state', thread), STOPPED));
      stop(k, thread);
    }),
    manage('Resume', (k, thread) => {
      k.when(eq(k.get('state', thread), STOPPED));
      k.set('state', thread, READY);
    }),
    {
      name: 'Preempt',
      parameters: [threads],
      body: (k, thread = 0) => {
        const current = k.get('current');
        k.when(and(ne(current, NONE), ne(current, thread), eq(k.get('state', thread), READY)));
        k.when(eq(choose(lt(current, HIGH), 1, 0), choose(lt(thread, HIGH), 1, 0)));
        k.set('current', 0, thread);
      },
    },
  ];

  return {
    name: `ipc-${threads}-${endpoints}-${badges}`,
    fields: {
      state: { values: 7, count: threads },
      at: { values: endpoints, count: threads },
      caller: { values: threads + 1, count: threads, initial: NONE },
      message: { values: badges === 1 ? 2 : 4, count: threads },
      queue: { values: 4 ** threads, count: endpoints },
      length: { values: threads + 1, count: endpoints },
      waiters: { values: 4 ** threads },
      waiting: { values: threads + 1 },
      word: { values: badges === 1 ? 2 : 4 },
      masked: { values: 2 },
      current: { values: threads + 1 },
    },
    rules,
    invariants: isUnchecked
      ? []
      : [
          {
            statement: 'a thread that is blocked at an endpoint is in its queue',
            holds: (k) =>
              and(
                ...all.map((thread) => {
                  const queue = k.get('queue', k.get('at', thread));
                  return or(not(isQueued(k.get('state', thread))), eq(nth(queue, placeIn(queue, thread)), thread));
                }),
              ),
          },
          {
            statement: 'the queues of the endpoints are as long as there are threads blocked at them',
            holds: (k) =>
              eq(
                all.reduce<Num>((sum, thread) => add(sum, choose(isQueued(k.get('state', thread)), 1, 0)), 0),
                Array.from({ length: endpoints }, (_, endpoint) => k.get('length', endpoint)).reduce(add, 0),
              ),
          },
          {
            statement: 'whoever may be answered waits for an answer',
            holds: (k) =>
              and(
                ...all.map((thread) => {
                  const caller = k.get('caller', thread);
                  return or(eq(caller, NONE), eq(k.get('state', choose(eq(caller, NONE), 0, caller)), ANSWERED));
                }),
              ),
          },
          {
            statement: 'a thread runs that is ready, and of the highest priority that is',
            holds: (k) => {
              const [current, highest] = [k.get('current'), highestReady(k)];
              const isHigh = (thread: Num): Num => choose(lt(thread, HIGH), 1, 0);
              const runs = choose(eq(current, NONE), 0, current);
              return or(
                eq(current, highest),
                and(ne(current, NONE), eq(k.get('state', runs), READY), eq(isHigh(current), isHigh(highest))),
              );
            },
          },
        ],
  };
}
