/** A changed kernel may loop for ever. What runs it is given a time, and is stopped where it stands when that is over. */
import { Script } from 'node:vm';

export class TimeUp extends Error {
  override readonly name = 'TimeUp';
}

const RUN = new Script('__corresWatched()');
const shared = globalThis as typeof globalThis & { __corresWatched?: () => void };

/**
 * Runs `body`, but no longer than `ms`. The vm module is the one way to stop a loop of our own thread; it stops whatever runs,
 * also code that was compiled elsewhere. Not to be nested.
 */
export function watched<T>(ms: number, body: () => T): T {
  let result: { readonly value: T } | undefined;
  shared.__corresWatched = () => {
    result = { value: body() };
  };
  try {
    RUN.runInThisContext({ timeout: ms });
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      throw new TimeUp(`not done after ${ms} ms`);
    throw error;
  } finally {
    delete shared.__corresWatched;
  }
  if (result === undefined) throw new Error('what was watched has run');
  return result.value;
}
