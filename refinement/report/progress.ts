/** Progress on stderr: one line that is written over on a terminal, a line every few seconds in a pipe. */
import type { Progress } from '../campaign/campaign.ts';
import { count } from './text.ts';

export interface ProgressLine {
  show(progress: Progress, totalSteps: number, failures: number): void;
  say(text: string): void;
  end(): void;
}

const LIVE_MS = 100;
const HEARTBEAT_MS = 5000;

export function progressLine(stream: NodeJS.WriteStream): ProgressLine {
  const isLive = stream.isTTY;
  const start = performance.now();
  let last = start;
  let isShown = false;
  const clear = (): void => {
    if (isShown) stream.write('\r\u001b[K');
    isShown = false;
  };
  return {
    show: (progress, totalSteps, failures) => {
      const now = performance.now();
      if (now - last < (isLive ? LIVE_MS : HEARTBEAT_MS)) return;
      last = now;
      const pairs = [...progress.outcomes.values()].reduce((sum, of) => sum + of.size, 0);
      const rate = progress.steps / ((now - start) / 1000);
      const percent = Math.floor((100 * progress.steps) / totalSteps);
      const text = `${percent}%  ${count(progress.steps)} steps  ${count(rate)} steps/s  ${pairs} (operation, outcome) pairs  ${failures} failures`;
      if (!isLive) {
        stream.write(`${text}\n`);
        return;
      }
      clear();
      stream.write(text.slice(0, Math.max(20, stream.columns - 1)));
      isShown = true;
    },
    say: (text) => {
      clear();
      stream.write(`${text}\n`);
    },
    end: clear,
  };
}
