/** Processor time that a command takes from nothing to its end. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A process knows its own processor time only; so each one is made to tell at its end. */
const TELL = `process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  process.stderr.write('\\ncpu ' + (user + system) + '\\n');
});`;

/** Milliseconds of processor time of `node ARGS`, one figure for each repetition. */
export function startupMilliseconds(args: readonly string[], repetitions: number): readonly number[] {
  const folder = mkdtempSync(join(tmpdir(), 'corres-bench-'));
  try {
    const teller = join(folder, 'tell.cjs');
    writeFileSync(teller, TELL);
    return Array.from({ length: repetitions }, () => cpuOf(['--require', teller, ...args]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function cpuOf(args: readonly string[]): number {
  const { stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const microseconds = /\ncpu (\d+)\n/.exec(stderr)?.[1];
  if (microseconds === undefined) throw new Error(`node ${args.join(' ')} did not tell how long it took`);
  return Number(microseconds) / 1000;
}
