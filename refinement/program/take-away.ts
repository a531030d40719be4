/** An object goes, capability by capability, while somebody waits for it: deletions drawn at random hardly ever take the last one then. */
import { isFinalCap } from '../../spec/state/cap-rules.ts';
import type { Cap } from '../../spec/state/caps.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { getEndpoint, getNotification, getReply } from '../../spec/state/kernel-state.ts';
import { labelOf, operationIn } from './operations.ts';
import type { CallRow } from './program.ts';
import type { Random } from './random.ts';
import { nameOf } from './slot-names.ts';
import type { Surroundings } from './surroundings.ts';
import { cptrOf } from './surroundings.ts';

function isWaitedFor(s: KernelState, cap: Cap): boolean {
  switch (cap._tag) {
    case 'EndpointCap':
      return getEndpoint(s, cap.ref)._tag !== 'IdleEP';
    case 'NotificationCap':
      return getNotification(s, cap.ref).state._tag === 'WaitingNtfn';
    case 'ReplyObjectCap':
      return getReply(s, cap.ref).tcb !== null;
    default:
      return false;
  }
}

/** Those who send with a badge may lose that instead. */
function howTaken(r: Random, s: KernelState, slot: number, cap: Cap): string {
  const isSentTo = cap._tag === 'EndpointCap' && cap.badge !== 0n && getEndpoint(s, cap.ref)._tag === 'SendEP';
  if (isSentTo && r.chance(0.5)) return 'CNode_CancelBadgedSends';
  return isFinalCap(s, slot, cap) ? 'CNode_Delete' : 'CNode_Revoke';
}

/** @param isWanted which objects to take away; null when nothing of the kind can be done */
export function takeAway(
  r: Random,
  around: Surroundings,
  s: KernelState,
  isWanted: (s: KernelState, cap: Cap) => boolean = isWaitedFor,
): CallRow | null {
  const { endpoint, notification, reply } = around.byTarget;
  const wanted = [...endpoint, ...notification, ...reply].filter(({ cap }) => isWanted(s, cap));
  if (wanted.length === 0) return null;
  const { cap, slot } = r.pick(wanted);
  const name = nameOf(around, slot);
  const operation = operationIn(s.config, howTaken(r, s, slot, cap));
  if (name === null || operation === undefined) return null;
  const words = [name.index, name.depth];
  const label = labelOf(operation, s.config) ?? 0n;
  const rest = { caps: [], receive: null, irqCountdown: null, irq: null };
  return { op: operation.name, syscall: 'Call', cap: cptrOf(name.root), label, words, ...rest };
}
