/**
 * Policies: which label has which authority over which, what follows from that, and who can learn from whom.
 *
 * @source l4v proof/access-control/Access.thy `policy_wellformed`; proof/infoflow/InfoFlow.thy `subjectReads`, `subjectAffects`, `policyFlows`
 */
import type { Label, Labelling } from './authority.ts';
// biome-ignore format: packed
import {
  CALL, CONTROL, DELETE_DERIVED, EVERY_AUTHORITY, GRANT, NOTIFY, READ, RECEIVE, REPLY, RESET, SYNC_SEND, WRITE, has,
} from './authority.ts';

export class Policy {
  readonly size: number;
  /** Authority of label `from` over label `to` at `from * size + to`. */
  private readonly edges: Uint16Array;

  constructor(size: number, edges?: Uint16Array) {
    this.size = size;
    this.edges = edges ?? new Uint16Array(size * size);
  }

  copy(): Policy {
    return new Policy(this.size, this.edges.slice());
  }

  over(from: Label, to: Label): number {
    return this.edges[from * this.size + to]!;
  }

  /** Whether this was new. */
  add(from: Label, to: Label, authority: number): boolean {
    const before = this.over(from, to);
    this.edges[from * this.size + to] = before | authority;
    return (before | authority) !== before;
  }

  forEach(visit: (from: Label, to: Label, authority: number) => void): void {
    for (let from = 0; from < this.size; from++)
      for (let to = 0; to < this.size; to++) {
        const authority = this.over(from, to);
        if (authority !== 0) visit(from, to, authority);
      }
  }
}

/**
 * A policy with all that the authority in it makes possible. That a label controls another is not forbidden: the two are then one, and each
 * has what the other has. What has no threads never acts, and neither does the label of shared copies.
 */
export function closed(policy: Policy, { silc, active }: Pick<Labelling, 'silc' | 'active'>): Policy {
  const p = policy.copy();
  const labels = Array.from({ length: p.size }, (_, label) => label);
  for (const label of labels) if (has(active, label)) p.add(label, label, EVERY_AUTHORITY);
  for (let isGrowing = true; isGrowing; ) {
    isGrowing = false;
    const add = (from: Label, to: Label, authority: number): void => {
      if (p.add(from, to, authority)) isGrowing = true;
    };
    for (const a of labels) {
      if (a === silc) continue;
      for (const b of labels) {
        const authority = p.over(a, b);
        if (authority === 0) continue;
        if (authority & CALL) add(a, b, SYNC_SEND);
        if (authority & REPLY) add(b, a, DELETE_DERIVED);
        if (authority & CONTROL && a !== b && b !== silc) {
          add(a, b, EVERY_AUTHORITY);
          add(b, a, CONTROL);
          for (const c of labels) add(b, c, p.over(a, c));
        }
        for (const c of labels) {
          const other = c === silc ? 0 : p.over(c, b);
          if (a !== c && authority & GRANT && other & RECEIVE) {
            add(a, c, CONTROL);
            add(c, a, CONTROL);
          }
          if (a !== c && authority & CALL && other & RECEIVE) {
            add(c, a, REPLY);
            if (other & GRANT) {
              add(a, c, CONTROL);
              add(c, a, CONTROL);
            }
          }
          if (authority & DELETE_DERIVED && p.over(b, c) & DELETE_DERIVED) add(a, c, DELETE_DERIVED);
        }
      }
    }
  }
  return p;
}

/** By label, those that it controls, itself among them. */
export function controlled(policy: Policy): readonly number[] {
  return Array.from({ length: policy.size }, (_, label) => {
    let labels = 1 << label;
    for (let to = 0; to < policy.size; to++) if (policy.over(label, to) & CONTROL) labels |= 1 << to;
    return labels;
  });
}

/** What a label can see. @source l4v proof/infoflow/InfoFlow.thy `subjectReads` */
export function reads(p: Policy, label: Label): number {
  let seen = 1 << label;
  for (let before = 0; before !== seen; ) {
    before = seen;
    for (let a = 0; a < p.size; a++) {
      for (let b = 0; b < p.size; b++) {
        const authority = p.over(a, b);
        if (authority === 0) continue;
        // The reader's own, and what threads it sees can read.
        if (a === label && authority & (READ | RECEIVE | SYNC_SEND)) seen |= 1 << b;
        if (has(seen, a) && authority & READ) seen |= 1 << b;
        if (has(seen, a) && authority & (REPLY | DELETE_DERIVED | CONTROL)) seen |= 1 << b;
        if (has(seen, b) && authority & (REPLY | DELETE_DERIVED | CONTROL) && a !== b) seen |= 1 << a;
        // Who writes a page that is seen.
        if (has(seen, b) && authority & WRITE) seen |= 1 << a;
        // Who waits on an endpoint that is seen, or sends to it.
        if (has(seen, b) && authority & (RECEIVE | SYNC_SEND | CALL)) seen |= 1 << a;
        // What a thread that is seen waits on, if somebody can end its waiting.
        if (has(seen, a) && authority & (RECEIVE | SYNC_SEND) && isWoken(p, b)) seen |= 1 << b;
      }
    }
  }
  return seen;
}

function isWoken(p: Policy, object: Label): boolean {
  for (let a = 0; a < p.size; a++) if (p.over(a, object) & (NOTIFY | SYNC_SEND | RESET)) return true;
  return false;
}

/** What a label can change. @source l4v proof/infoflow/InfoFlow.thy `subjectAffects` */
export function affects(p: Policy, label: Label): number {
  let labels = 1 << label;
  for (let b = 0; b < p.size; b++) {
    const authority = p.over(label, b);
    if (authority & (CONTROL | WRITE | RECEIVE | NOTIFY | SYNC_SEND | CALL | RESET | REPLY | DELETE_DERIVED))
      labels |= 1 << b;
    for (let c = 0; c < p.size; c++) {
      // Whoever waits there: receivers get a message, senders are taken from the queue, bound threads are woken.
      if (authority & (SYNC_SEND | CALL | NOTIFY | RESET) && p.over(c, b) & RECEIVE) labels |= reached(p, c);
      if (authority & (RECEIVE | RESET) && p.over(c, b) & (SYNC_SEND | CALL)) labels |= 1 << c;
    }
  }
  return labels;
}

/** A thread that receives: its buffer, too, and what it waits on. */
function reached(p: Policy, receiver: Label): number {
  let labels = 1 << receiver;
  for (let b = 0; b < p.size; b++) if (p.over(receiver, b) & (WRITE | RECEIVE)) labels |= 1 << b;
  return labels;
}

/** Who sees what, and who can tell whom something. */
export interface Flows {
  /** By label, the labels whose state it can see. */
  readonly reads: readonly number[];
  /** By label, those that can learn from what it does. */
  readonly flows: readonly number[];
}

export function flowsOf(policy: Policy): Flows {
  const labels = Array.from({ length: policy.size }, (_, label) => label);
  const read = labels.map((label) => reads(policy, label));
  const flows = labels.map((from) => {
    const affected = affects(policy, from);
    return labels.reduce((mask, to) => ((affected & read[to]!) !== 0 ? mask | (1 << to) : mask), 0);
  });
  return { reads: read, flows };
}
