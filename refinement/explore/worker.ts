/** A worker's side of a search: an expander of its own, with kernels of its own. */
import type { Begun, Expander, Found, Orders } from './expander.ts';
import { localExpander } from './expander.ts';
import type { SearchSpec } from './open.ts';
import { openSearch } from './open.ts';
import type { Failure } from '../step/lockstep.ts';

let expander: Expander | null = null;

export async function open(spec: SearchSpec): Promise<Begun | Failure> {
  expander = localExpander(await openSearch(spec));
  return expander.boot();
}

export async function expand(orders: Orders): Promise<Found> {
  if (expander === null) throw new Error('a worker is opened before it is used');
  return expander.expand(orders);
}
