/**
 * MCS: taking a scheduling context away from everybody who has it.
 *
 * @source seL4 src/object/schedcontext.c `invokeSchedContext_Unbind`; src/object/objecttype.c `finaliseCap`
 */
import { store } from '../memory/heap.ts';
import { SCHED_CONTEXT_REFILL_MAX, SCHED_CONTEXT_SPORADIC } from '../memory/layout.ts';
import { unbindReply } from './reply-object.ts';
import { completeYieldFrom, unbindNtfn, unbindTcb } from './sched-context-binding.ts';

/** From its thread, its notification and the call stack that it went down. */
export function unbindAll(context: number): void {
  unbindTcb(context);
  unbindNtfn(context);
  unbindReply(context);
}

/** The last capability to the context goes: nobody runs on it, and nothing is charged to it. */
export function finaliseSchedContext(context: number): void {
  unbindAll(context);
  completeYieldFrom(context);
  store(context + SCHED_CONTEXT_REFILL_MAX, 0);
  store(context + SCHED_CONTEXT_SPORADIC, 0);
}
