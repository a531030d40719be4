/** All states and transitions of a search, and the circles in them. */
import type { Action } from './alphabet.ts';
import type { LivenessQuestion } from './format.ts';
import { isPromised } from './liveness.ts';

export interface Lasso {
  /** Actions from the beginning to the circle. */
  readonly stem: readonly number[];
  /** Actions that lead from there to there, again and again. */
  readonly circle: readonly number[];
}

interface Edge {
  readonly action: number;
  readonly to: number;
}

/** What a graph is made of, as it is written to a file and read again. */
export interface GraphParts {
  /** By state. */
  readonly labels: readonly number[];
  /** State, action and state of every transition. */
  readonly transitions: readonly number[];
}

export class Graph {
  readonly #labels: number[];
  readonly #transitions: number[];

  constructor({ labels, transitions }: GraphParts = { labels: [], transitions: [] }) {
    this.#labels = [...labels];
    this.#transitions = [...transitions];
  }

  get parts(): GraphParts {
    return { labels: this.#labels, transitions: this.#transitions };
  }

  /** As a search tells of it: state -1 is before everything. */
  readonly add = (from: number, action: number, to: number, labels: number): void => {
    this.#labels[to] = labels;
    if (from >= 0) this.#transitions.push(from, action, to);
  };

  /** How many states the thread of question `n` waits in. */
  waitingIn(n: number): number {
    return this.#labels.filter((labels) => (labels >>> n) & 1).length;
  }

  /**
   * A circle in which the thread of question `n` always waits and everything promised happens; null if there is none.
   *
   * @param pathTo the actions that lead to a state
   */
  find(
    n: number,
    { again }: LivenessQuestion,
    actions: readonly Action[],
    pathTo: (state: number) => readonly number[],
  ): Lasso | null {
    const edges = this.#edges();
    const promised = again.map(
      (what) => new Set(actions.flatMap((action, at) => (isPromised(what, action) ? [at] : []))),
    );
    for (const component of components(edges, (state) => ((this.#labels[state] ?? 0) >>> n) % 2 === 1)) {
      const inside = (state: number): readonly Edge[] => (edges[state] ?? []).filter(({ to }) => component.has(to));
      const happening = new Set([...component].flatMap((state) => inside(state).map(({ action }) => action)));
      if (happening.size === 0 || !promised.every((some) => [...some].some((action) => happening.has(action))))
        continue;
      const first = Math.min(...component);
      return { stem: pathTo(first), circle: circleFrom(first, inside, promised) };
    }
    return null;
  }

  #edges(): readonly (readonly Edge[])[] {
    const edges: Edge[][] = this.#labels.map(() => []);
    for (let at = 0; at < this.#transitions.length; at += 3) {
      const [from = 0, action = 0, to = 0] = this.#transitions.slice(at, at + 3);
      edges[from]?.push({ action, to });
    }
    return edges;
  }
}

/** Sets of states of which each is reached from each, by states of a kind alone (Tarjan). */
function* components(
  edges: readonly (readonly Edge[])[],
  isOfKind: (state: number) => boolean,
): Generator<ReadonlySet<number>> {
  const index = new Map<number, number>();
  const low = new Map<number, number>();
  const stack: number[] = [];
  const isOnStack = new Set<number>();
  for (let root = 0; root < edges.length; root++) {
    if (!isOfKind(root) || index.has(root)) continue;
    const calls: { readonly state: number; next: number }[] = [];
    const enter = (state: number): void => {
      low.set(state, index.size);
      index.set(state, index.size);
      stack.push(state);
      isOnStack.add(state);
      calls.push({ state, next: 0 });
    };
    const lower = (state: number, to: number): void => {
      low.set(state, Math.min(low.get(state) ?? 0, to));
    };
    enter(root);
    for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
      const { state } = call;
      const edge = edges[state]?.[call.next++];
      if (edge !== undefined) {
        if (!isOfKind(edge.to)) continue;
        if (!index.has(edge.to)) enter(edge.to);
        else if (isOnStack.has(edge.to)) lower(state, index.get(edge.to) ?? 0);
        continue;
      }
      calls.pop();
      const above = calls.at(-1);
      if (above !== undefined) lower(above.state, low.get(state) ?? 0);
      if (low.get(state) !== index.get(state)) continue;
      const component = new Set(stack.splice(stack.lastIndexOf(state)));
      for (const member of component) isOnStack.delete(member);
      yield component;
    }
  }
}

/** By a shortest way to each thing that is promised, one after the other, and back. */
function circleFrom(
  first: number,
  inside: (state: number) => readonly Edge[],
  promised: readonly ReadonlySet<number>[],
): readonly number[] {
  const circle: number[] = [];
  let at = first;
  const go = (isThere: (edge: Edge) => boolean): void => {
    const way = shortest(at, inside, isThere);
    for (const { action, to } of way) {
      circle.push(action);
      at = to;
    }
  };
  for (const some of promised) if (!circle.some((action) => some.has(action))) go(({ action }) => some.has(action));
  if (circle.length === 0 || at !== first) go(({ to }) => to === first);
  return circle;
}

function shortest(
  from: number,
  inside: (state: number) => readonly Edge[],
  isThere: (edge: Edge) => boolean,
): readonly Edge[] {
  const seen = new Set([from]);
  let level: { readonly state: number; readonly way: readonly Edge[] }[] = [{ state: from, way: [] }];
  while (level.length > 0) {
    const next: typeof level = [];
    for (const { state, way } of level) {
      for (const edge of inside(state)) {
        if (isThere(edge)) return [...way, edge];
        if (seen.has(edge.to)) continue;
        seen.add(edge.to);
        next.push({ state: edge.to, way: [...way, edge] });
      }
    }
    level = next;
  }
  throw new Error('in a component every state is reached from every state');
}
