/** Processor time of the thread that asks, where the system tells it. */
import { readFileSync } from 'node:fs';

/** Milliseconds since the thread began; null on systems other than Linux. */
export function threadMs(): number | null {
  try {
    const nanoseconds = Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]);
    return Number.isFinite(nanoseconds) ? nanoseconds / 1e6 : null;
  } catch {
    return null;
  }
}
