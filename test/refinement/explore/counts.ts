/** What can be reached in the shipped systems, and by how many ways: another number is another kernel, or another search. */
export const COUNTS: Readonly<
  Record<string, { readonly states: number; readonly transitions: number; readonly depth: number }>
> = {
  answers: { states: 1437, transitions: 3459, depth: 17 },
  interrupts: { states: 297, transitions: 2403, depth: 9 },
  'ipc-alike': { states: 4404, transitions: 14_052, depth: 17 },
  'ipc-three-threads': { states: 780, transitions: 2742, depth: 15 },
  'ipc-two-threads': { states: 321, transitions: 1722, depth: 8 },
  'notification-binding': { states: 696, transitions: 3639, depth: 11 },
  'page-mapping': { states: 1284, transitions: 10_920, depth: 12 },
  'reply-capabilities': { states: 629, transitions: 5042, depth: 10 },
  'retype-and-delete': { states: 669, transitions: 5352, depth: 14 },
  'revoke-preempted': { states: 1992, transitions: 15_216, depth: 16 },
  'two-domains': { states: 15_264, transitions: 53_280, depth: 25 },
};

/** Searched on both sides to their ends only where there is time for it. */
export const LARGE: readonly string[] = ['ipc-alike', 'revoke-preempted', 'two-domains'];
