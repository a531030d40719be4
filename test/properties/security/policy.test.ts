import { describe, expect, it } from 'vitest';
import {
  AUTHORITIES,
  CALL,
  CONTROL,
  DELETE_DERIVED,
  GRANT,
  NOTIFY,
  READ,
  RECEIVE,
  REPLY,
  SYNC_SEND,
  WRITE,
  authorityNames,
  authorityOf,
} from '../../../properties/security/authority.ts';
import { Policy, closed, controlled, flowsOf } from '../../../properties/security/policy.ts';

/** Labels: 0 nobody, 1 a, 2 b, 3 c have threads; 4 and 5 are objects; 6 keeps copies. */
const [A, B, C, OBJECT, OTHER, SILC] = [1, 2, 3, 4, 5, 6];
const labels = { silc: SILC, active: (1 << A) | (1 << B) | (1 << C) };
type Edge = readonly [from: number, to: number, authority: number];
function policy(...edges: readonly Edge[]): Policy {
  const p = new Policy(7);
  for (const edge of edges) p.add(...edge);
  return p;
}
const over = (p: Policy, from: number, to: number): readonly string[] =>
  authorityNames(closed(p, labels).over(from, to));

describe('what follows from a policy', () => {
  it('an active label has every authority over itself, and an object none', () => {
    expect(over(policy(), A, A)).toEqual(AUTHORITIES);
    expect(over(policy(), OBJECT, OBJECT)).toEqual([]);
  });

  it('who is called may answer, and the caller may take the answer back', () => {
    const p = policy([A, OBJECT, CALL], [B, OBJECT, RECEIVE]);
    expect(over(p, A, OBJECT)).toEqual(['SyncSend', 'Call']);
    expect(over(p, B, A)).toEqual(['Reply']);
    expect(over(p, A, B)).toEqual(['DeleteDerived']);
  });

  it('granting to somebody is controlling each other', () => {
    const p = closed(policy([A, OBJECT, GRANT], [B, OBJECT, RECEIVE]), labels);
    expect(controlled(p)[A]).toBe((1 << A) | (1 << B));
    expect(controlled(p)[B]).toBe((1 << A) | (1 << B));
    expect(controlled(p)[C]).toBe(1 << C);
  });

  it('answering with grant is, too', () => {
    expect(over(policy([A, OBJECT, CALL], [B, OBJECT, RECEIVE | GRANT]), A, B)).toContain('Control');
  });

  it('what one of two that are one holds, the other may come to hold', () => {
    expect(over(policy([A, B, CONTROL], [B, OTHER, NOTIFY]), A, OTHER)).toEqual(['Notify']);
    expect(over(policy([A, B, CONTROL], [A, OTHER, NOTIFY]), B, OTHER)).toEqual(['Notify']);
  });

  it('derivation from derivation is derivation', () => {
    expect(over(policy([A, B, DELETE_DERIVED], [B, C, DELETE_DERIVED]), A, C)).toEqual(['DeleteDerived']);
  });

  it('nothing follows from what is kept', () => {
    expect(over(policy([SILC, OBJECT, GRANT], [B, OBJECT, RECEIVE]), SILC, B)).toEqual([]);
  });
});

describe('who learns from whom', () => {
  const flow = (p: Policy): { readonly from: (a: number, b: number) => boolean; readonly reads: readonly number[] } => {
    const { flows, reads } = flowsOf(closed(p, labels));
    return { from: (a, b) => (((flows[a] ?? 0) >>> b) & 1) === 1, reads };
  };

  it('a signal goes one way', () => {
    const { from, reads } = flow(policy([A, OBJECT, NOTIFY], [B, OBJECT, RECEIVE]));
    expect([from(A, B), from(B, A), from(C, A), from(A, C)]).toEqual([true, false, false, false]);
    expect(reads[B]).toBe((1 << B) | (1 << OBJECT));
    expect(reads[A]).toBe(1 << A);
  });

  it('a page that one writes and the other reads goes one way, and shows who wrote it', () => {
    const { from, reads } = flow(policy([A, OBJECT, READ | WRITE], [B, OBJECT, READ]));
    expect([from(A, B), from(B, A)]).toEqual([true, false]);
    expect(reads[B]).toBe((1 << A) | (1 << B) | (1 << OBJECT));
  });

  it('an endpoint goes both ways, and joins all who use it', () => {
    const { from } = flow(policy([A, OBJECT, SYNC_SEND], [C, OBJECT, SYNC_SEND], [B, OBJECT, RECEIVE]));
    expect([from(A, B), from(B, A), from(A, C), from(C, A)]).toEqual([true, true, true, true]);
  });

  it('an answer goes both ways', () => {
    const { from } = flow(policy([A, B, REPLY]));
    expect([from(A, B), from(B, A)]).toEqual([true, true]);
  });

  it('two who tell a third know nothing of each other', () => {
    const { from } = flow(policy([A, OBJECT, NOTIFY], [B, OTHER, NOTIFY], [C, OBJECT, RECEIVE], [C, OTHER, RECEIVE]));
    expect([from(A, C), from(B, C), from(A, B), from(B, A)]).toEqual([true, true, false, false]);
  });
});

it('capabilities give what their rights say', () => {
  const ep = (rights: number): readonly string[] =>
    authorityNames(authorityOf({ _tag: 'EndpointCap', ref: 0, badge: 0n, rights }));
  expect(ep(0)).toEqual(['Reset']);
  expect(ep(1)).toEqual(['SyncSend', 'Reset']);
  expect(ep(2)).toEqual(['Receive', 'Reset']);
  expect(ep(9)).toEqual(['SyncSend', 'Reset', 'Call']);
  expect(ep(8)).toEqual(['Reset']);
  expect(ep(4)).toEqual(AUTHORITIES);
  expect(authorityNames(authorityOf({ _tag: 'NotificationCap', ref: 0, badge: 0n, rights: 3 }))).toEqual([
    'Receive',
    'Notify',
    'Reset',
  ]);
  expect(authorityNames(authorityOf({ _tag: 'ReplyCap', ref: 0, master: false, canGrant: false }))).toEqual(['Reply']);
  expect(authorityNames(authorityOf({ _tag: 'ThreadCap', ref: 0 }))).toEqual(['Control']);
  expect(
    authorityOf({ _tag: 'FrameCap', ref: 0, size: 'Small', device: false, rights: 'KernelOnly', mapped: null }),
  ).toBe(0);
});
