/**
 * Choice points: where the specification leaves open what happens, it says what is allowed and asks. The list is closed and short.
 *
 * @source l4v spec/abstract/Schedule_A.thy `choose_thread`, which takes the first; that any of them may be taken is ours, for lazy schedulers
 */
import type { ObjRef } from '../state/refs.ts';

export interface Choices {
  /** Which of the ready threads of the highest priority runs next: any of them under a scheduler whose queues have no order of their own. */
  readonly nextThread: (allowed: readonly ObjRef[]) => ObjRef | undefined;
}

/** Nothing is left open: queues are first in, first out. */
export const STRICT: Choices = { nextThread: ([first]) => first };

/** An implementation made a choice that is none of the allowed ones, or made none where it had to. */
export class ForbiddenChoice extends Error {
  override readonly name = 'ForbiddenChoice';
}

/** What an implementation chose, which is followed if it is allowed. `nextThread` is null when it says that it chose nobody. */
export function following(chosen: { readonly nextThread: ObjRef | null }): Choices {
  return {
    nextThread: (allowed) => {
      const { nextThread } = chosen;
      if (nextThread !== null && allowed.includes(nextThread)) return nextThread;
      const names = allowed.map((thread) => `0x${thread.toString(16)}`).join(' ');
      throw new ForbiddenChoice(
        `${nextThread === null ? 'nobody' : `0x${nextThread.toString(16)}`} was chosen to run out of ${names}`,
      );
    },
  };
}
