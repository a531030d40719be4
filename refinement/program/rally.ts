/**
 * Round trips: a Call to somebody who waits to receive, an answer to somebody who waits for it. Rows drawn one by one hardly ever meet, and what
 * a kernel does most would be tested least.
 */
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { getEndpoint } from '../../spec/state/kernel-state.ts';
import type { CallRow } from './program.ts';
import type { Random } from './random.ts';
import { several } from './random.ts';
import type { Surroundings } from './surroundings.ts';
import { cptrOf } from './surroundings.ts';

/** Null when nobody waits. */
export function rally(r: Random, around: Surroundings, s: KernelState): CallRow | null {
  const waiting = around.byTarget.endpoint.filter(
    ({ cap }) => cap._tag === 'EndpointCap' && getEndpoint(s, cap.ref)._tag === 'RecvEP',
  );
  const answers = around.hasCaller && (waiting.length === 0 || r.chance(0.6));
  const candidates = answers ? around.byTarget.endpoint : waiting;
  if (candidates.length === 0) return null;
  const op = answers ? 'ReplyRecv' : 'Call';
  return {
    op,
    syscall: op,
    cap: cptrOf(r.pick(candidates)),
    label: BigInt(r.below(100)),
    words: several(r.below(6), () => BigInt(r.below(100))),
    caps: r.chance(0.15) ? several(1 + r.below(2), () => cptrOf(r.pick(around.byTarget.any))) : [],
    receive: null,
    irqCountdown: null,
    irq: null,
  };
}
