/**
 * The shared IPC model once more, written without the explorer and as unlike it as can be: states are objects, queues are lists, and what was seen is a set of
 * strings. Slow, and right if it can be read.
 */

export interface State {
  readonly state: readonly string[];
  readonly at: readonly number[];
  readonly caller: readonly (number | null)[];
  readonly message: readonly number[];
  readonly queue: readonly (readonly number[])[];
  readonly waiters: readonly number[];
  readonly word: number;
  readonly masked: boolean;
  readonly current: number | null;
}

/** As `State`, to be changed. */
interface Draft {
  state: string[];
  at: number[];
  caller: (number | null)[];
  message: number[];
  queue: number[][];
  waiters: number[];
  word: number;
  masked: boolean;
  current: number | null;
}

export interface Naive {
  readonly threads: number;
  readonly endpoints: number;
  readonly badges: number;
  readonly hasDefect?: boolean;
}

export function initial({ threads, endpoints }: Naive): State {
  const each = <A>(count: number, value: A): A[] => Array.from({ length: count }, () => value);
  return {
    state: each(threads, 'ready'),
    at: each(threads, 0),
    caller: each(threads, null),
    message: each(threads, 0),
    queue: each(endpoints, null).map(() => []),
    waiters: [],
    word: 0,
    masked: false,
    current: 0,
  };
}

const draftOf = (s: State): Draft => ({
  ...s,
  state: [...s.state],
  at: [...s.at],
  caller: [...s.caller],
  message: [...s.message],
  queue: s.queue.map((queue) => [...queue]),
  waiters: [...s.waiters],
});

/** Everything that can follow, by what does it. */
export function successors(model: Naive, before: State): readonly (readonly [action: string, state: State])[] {
  const { threads, endpoints, badges } = model;
  const all = Array.from({ length: threads }, (_, thread) => thread);
  const isHigh = (thread: number): boolean => thread < Math.floor(threads / 2);
  const found: [string, State][] = [];

  const isReady = (s: State, thread: number): boolean => s.state[thread] === 'ready';
  const schedule = (s: Draft): void => {
    const highest = all.find((thread) => isReady(s, thread)) ?? null;
    const { current } = s;
    const goesOn = current !== null && isReady(s, current) && (isHigh(current) || highest === null || !isHigh(highest));
    if (!goesOn) s.current = highest;
  };
  const step = (action: string, change: (s: Draft) => void, schedules = true): void => {
    const s = draftOf(before);
    change(s);
    if (schedules) schedule(s);
    found.push([action, s]);
  };
  const head = (queue: readonly number[] | undefined): number | undefined => queue?.[0];
  const hasReceiver = (s: State, endpoint: number): boolean => s.state[head(s.queue[endpoint]) ?? -1] === 'receiving';

  const block = (s: Draft, current: number, endpoint: number, how: string): void => {
    s.state[current] = how;
    s.at[current] = endpoint;
    s.queue[endpoint]?.push(current);
  };
  const takeFirst = (s: Draft, endpoint: number): number => {
    const thread = s.queue[endpoint]?.shift() ?? -1;
    s.at[thread] = 0;
    return thread;
  };
  const deliver = (s: Draft, current: number, endpoint: number): number => {
    const receiver = takeFirst(s, endpoint);
    s.state[receiver] = 'ready';
    s.message[receiver] = s.message[current] ?? 0;
    return receiver;
  };
  const receive = (s: Draft, current: number, endpoint: number): void => {
    s.caller[current] = null;
    if (head(s.queue[endpoint]) === undefined || hasReceiver(s, endpoint)) {
      block(s, current, endpoint, 'receiving');
      return;
    }
    const sender = takeFirst(s, endpoint);
    s.message[current] = s.message[sender] ?? 0;
    const wantsAnswer = s.state[sender] === 'calling';
    s.state[sender] = wantsAnswer ? 'answered' : 'ready';
    if (wantsAnswer) s.caller[current] = sender;
  };
  const reply = (s: Draft, current: number): void => {
    const caller = s.caller[current] ?? -1;
    s.caller[current] = null;
    s.state[caller] = 'ready';
    s.message[caller] = s.message[current] ?? 0;
  };
  const signal = (s: Draft, badge: number): void => {
    const waiter = s.waiters.shift();
    if (waiter === undefined) {
      s.word |= badge;
      return;
    }
    s.state[waiter] = 'ready';
    s.message[waiter] = badge;
  };
  const stop = (s: Draft, thread: number): void => {
    const others = (queue: readonly number[]): number[] => queue.filter((other) => other !== thread);
    if (s.state[thread] === 'answered' && model.hasDefect !== true)
      s.caller = s.caller.map((caller) => (caller === thread ? null : caller));
    s.waiters = others(s.waiters);
    s.queue = s.queue.map(others);
    s.at[thread] = 0;
    s.state[thread] = 'stopped';
  };

  const { current } = before;
  if (current !== null) {
    const answers = before.caller[current] !== null;
    for (let endpoint = 0; endpoint < endpoints; endpoint++) {
      const receives = hasReceiver(before, endpoint);
      step(`Send(${endpoint})`, (s) => {
        if (receives) deliver(s, current, endpoint);
        else block(s, current, endpoint, 'sending');
      });
      if (receives) step(`NBSend(${endpoint})`, (s) => deliver(s, current, endpoint));
      step(`Call(${endpoint})`, (s) => {
        if (!receives) {
          block(s, current, endpoint, 'calling');
          return;
        }
        s.caller[deliver(s, current, endpoint)] = current;
        s.state[current] = 'answered';
      });
      step(`Recv(${endpoint})`, (s) => {
        receive(s, current, endpoint);
      });
      if (answers)
        step(`ReplyRecv(${endpoint})`, (s) => {
          reply(s, current);
          receive(s, current, endpoint);
        });
    }
    if (answers)
      step('Reply', (s) => {
        reply(s, current);
      });
    step('Signal', (s) => {
      signal(s, 1);
    });
    step('Wait', (s) => {
      if (s.word !== 0) {
        s.message[current] = s.word;
        s.word = 0;
        return;
      }
      s.state[current] = 'waiting';
      s.waiters.push(current);
    });
    if (before.masked)
      step(
        'Acknowledge',
        (s) => {
          s.masked = false;
        },
        false,
      );
    for (const thread of all) {
      if (thread === current || !isReady(before, thread) || isHigh(thread) !== isHigh(current)) continue;
      step(
        `Preempt(${thread})`,
        (s) => {
          s.current = thread;
        },
        false,
      );
    }
  }
  if (!before.masked)
    step('Interrupt', (s) => {
      s.masked = true;
      signal(s, badges);
    });
  if (current === 0) {
    for (const thread of all.slice(1)) {
      if (before.state[thread] === 'stopped')
        step(`Resume(${thread - 1})`, (s) => {
          s.state[thread] = 'ready';
        });
      else
        step(`Stop(${thread - 1})`, (s) => {
          stop(s, thread);
        });
    }
  }
  return found;
}

/** Whoever may be answered waits for an answer. */
export const isAnswerable = ({ caller, state }: State): boolean =>
  caller.every((thread) => thread === null || state[thread] === 'answered');

export interface Explored {
  readonly distinct: number;
  readonly generated: number;
  readonly depth: number;
  readonly ends: number;
  /** Steps to the nearest state in which something is wrong; null if there is none. */
  readonly wrongAt: number | null;
}

/** Everything that can be reached, one level after the other, or until something is wrong: queues of a wrong model may grow without end. */
export function exploreNaively(model: Naive, isRight: (s: State) => boolean): Explored {
  const first = initial(model);
  const seen = new Set([JSON.stringify(first)]);
  let [generated, depth, ends] = [1, 0, 0];
  let wrongAt = isRight(first) ? null : 0;
  for (let level: readonly State[] = [first]; ; depth++) {
    const next: State[] = [];
    for (const state of level) {
      const following = successors(model, state);
      generated += following.length;
      if (following.length === 0) ends++;
      for (const [, after] of following) {
        const text = JSON.stringify(after);
        if (seen.has(text)) continue;
        seen.add(text);
        next.push(after);
        if (!isRight(after)) wrongAt ??= depth + 1;
      }
    }
    if (next.length === 0 || wrongAt !== null) return { distinct: seen.size, generated, depth, ends, wrongAt };
    level = next;
  }
}
