/** How often something of some kind occurred: by one name, then by another. */
export type Counts = Map<string, Map<string, number>>;

/** As it crosses from a worker. */
export type CountRow = readonly [outer: string, inner: string, times: number];

export function count(counts: Counts, outer: string, inner: string, times = 1): void {
  const of = counts.get(outer);
  if (of === undefined) counts.set(outer, new Map([[inner, times]]));
  else of.set(inner, (of.get(inner) ?? 0) + times);
}

export function countRows(counts: Counts): readonly CountRow[] {
  return [...counts].flatMap(([outer, of]) => [...of].map(([inner, times]) => [outer, inner, times] as const));
}
