/**
 * Round trips: a Call to somebody who waits to receive, an answer to somebody who waits for it. Rows drawn one by one hardly ever meet, and what
 * a kernel does most would be tested least.
 */
import type { Cap } from '../../spec/state/caps.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { getEndpoint, getReply, threadState } from '../../spec/state/kernel-state.ts';
import type { CallRow } from './program.ts';
import type { Random } from './random.ts';
import { several } from './random.ts';
import type { Surroundings } from './surroundings.ts';
import { cptrOf, pickNamed } from './surroundings.ts';

/** MCS: somebody waits to be answered through the reply object. */
function isAwaited(s: KernelState, cap: Cap): boolean {
  if (cap._tag !== 'ReplyObjectCap') return false;
  const { tcb } = getReply(s, cap.ref);
  return tcb !== null && threadState(s, tcb)._tag === 'BlockedOnReply';
}

/** Null when nobody waits. */
export function rally(r: Random, around: Surroundings, s: KernelState): CallRow | null {
  const waiting = around.byTarget.endpoint.filter(
    ({ cap }) => cap._tag === 'EndpointCap' && getEndpoint(s, cap.ref)._tag === 'RecvEP',
  );
  const isMcs = s.globals.time.schedContext !== null;
  const awaited = isMcs ? around.byTarget.reply.filter(({ cap }) => isAwaited(s, cap)) : [];
  const answers = (around.hasCaller || awaited.length > 0) && (waiting.length === 0 || r.chance(0.6));
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
    ...(isMcs ? { reply: cptrOf(awaited.length > 0 ? r.pick(awaited) : pickNamed(r, around, 'reply')) } : {}),
  };
}
