/**
 * A refused invocation changes nothing but its answer, on either side. The specification's decode cannot write, by its types; the
 * implementation's could.
 *
 * @source l4v proof/invariant-abstract/Syscall_AI.thy `decode_inv_inv`
 */
import { lookupCap } from '../../spec/lookup/cspace.ts';
import { E } from '../../spec/prelude.ts';
import type { Cap } from '../../spec/state/caps.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { object } from '../../spec/state/kernel-state.ts';
import type { Tcb } from '../../spec/state/objects.ts';
import { releaseTime } from '../../spec/state/release-queue.ts';
import type { DirtySet } from './dirty.ts';
import type { KernelStep } from './kernel-step.ts';

/** Capabilities whose invocation the kernel itself answers, at once, with an error code or NoError. */
export function isInvocation(cap: Cap): boolean {
  return cap._tag !== 'EndpointCap' && cap._tag !== 'NotificationCap' && cap._tag !== 'ReplyCap';
}

/** Whether the running thread's Call was refused with an error. `before` is the state in which it entered the kernel. */
export function isRefused(before: KernelState, { event }: KernelStep, after: KernelState): boolean {
  if (event._tag !== 'SyscallEvent' || event.syscall !== 'Call') return false;
  const { currentThread: thread } = before.globals;
  if (after.globals.currentThread !== thread || isSomebodyDue(before, after)) return false;
  const tcb = object(after, thread);
  if (tcb?._tag !== 'Tcb' || tcb.state._tag !== 'Running') return false;
  const { registers } = before.config;
  // Sent back to its system call: interrupted, not answered. The label is still its own.
  if (tcb.context[registers.nextIP] === tcb.context[registers.faultIP]) return false;
  const label = (tcb.context[registers.msgInfo] ?? 0n) >> 12n;
  if (label === 0n || label > 10n) return false;
  const entered = object(before, thread);
  const cptr = entered?._tag === 'Tcb' ? entered.context[registers.cap] : undefined;
  if (cptr === undefined) return false;
  const invoked = lookupCap(before, thread, cptr);
  return E.isRight(invoked) && isInvocation(invoked.right.cap);
}

/** MCS: somebody's budget came while the kernel was entered, which changes queues whatever the thread wants. */
function isSomebodyDue(before: KernelState, after: KernelState): boolean {
  const [first] = before.globals.time.releaseQueue;
  return first !== undefined && releaseTime(before, first) <= after.globals.time.now;
}

/** What the answer itself is made of. */
const ANSWERED: readonly (keyof Tcb)[] = ['state', 'context'];

/** What a refused invocation changed beside the caller's registers and message; null when that is nothing. */
export function changedByRefusal(before: KernelState, after: KernelState, dirty: DirtySet): string | null {
  const thread = before.globals.currentThread;
  const other = dirty.objects.find((address) => address !== thread);
  if (other !== undefined) return `object 0x${other.toString(16)} changed`;
  const [slot] = dirty.slots;
  if (slot !== undefined) return `slot 0x${slot.toString(16)} changed`;
  // A lazy scheduler leaves the caller in its queue, which is looked at again for that alone.
  const [queue] = before.config.scheduler === 'benno' ? dirty.queues : [];
  if (queue !== undefined) return `ready queue ${queue} changed`;
  const was = object(before, thread);
  const is = object(after, thread);
  if (was?._tag !== 'Tcb' || is?._tag !== 'Tcb') return 'the caller is gone';
  const changed = (Object.keys(was) as (keyof Tcb)[]).find(
    (name) => was[name] !== is[name] && !ANSWERED.includes(name),
  );
  return changed === undefined ? null : `the caller's ${changed} changed`;
}
