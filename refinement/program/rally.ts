/**
 * Round trips: a Call to somebody who waits to receive, an answer to somebody who waits for it. Rows drawn one by one hardly ever meet, and what
 * a kernel does most would be tested least.
 */
import type { Cap } from '../../spec/state/caps.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { getEndpoint, getTcb } from '../../spec/state/kernel-state.ts';
import { lenders, lentTimeRow } from './lent-time.ts';
import type { CallRow } from './program.ts';
import type { Random } from './random.ts';
import { several } from './random.ts';
import type { Surroundings } from './surroundings.ts';
import { cptrOf, pickNamed } from './surroundings.ts';
import { isAwaited } from './time-message.ts';

/** MCS: whoever calls lends the first receiver the time to answer. */
function isServerWithoutTime(s: KernelState, cap: Cap): boolean {
  if (cap._tag !== 'EndpointCap') return false;
  const endpoint = getEndpoint(s, cap.ref);
  return endpoint._tag === 'RecvEP' && getTcb(s, endpoint.queue[0]).schedContext === null;
}

/** Null when nobody waits. */
export function rally(r: Random, around: Surroundings, s: KernelState): CallRow | null {
  const waiting = around.byTarget.endpoint.filter(
    ({ cap }) => cap._tag === 'EndpointCap' && getEndpoint(s, cap.ref)._tag === 'RecvEP',
  );
  const isMcs = s.globals.time.schedContext !== null;
  const about = isMcs && r.chance(0.25) ? lentTimeRow(r, around, s) : null;
  if (about !== null) return about;
  const awaited = isMcs ? around.byTarget.reply.filter(({ cap }) => isAwaited(s, cap)) : [];
  const answers = (around.hasCaller || awaited.length > 0) && (waiting.length === 0 || r.chance(isMcs ? 0.45 : 0.6));
  const lent = isMcs && r.chance(0.7) ? waiting.filter(({ cap }) => isServerWithoutTime(s, cap)) : [];
  const lending = answers && isMcs && r.chance(0.15) ? lenders(around, s) : [];
  const wanted = lending.length > 0 ? lending : around.byTarget.endpoint;
  const candidates = answers ? wanted : lent.length > 0 ? lent : waiting;
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
    ...(isMcs ? { reply: cptrOf(awaited.length > 0 ? r.pick(awaited) : pickNamed(r, around, 'reply')) } : {}),
  };
}
