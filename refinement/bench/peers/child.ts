/** A command and the processor time that it takes, whatever it is: the shell knows that of its children. */
import { spawnSync } from 'node:child_process';

export interface Measured {
  readonly output: string;
  /** User and system, with all its threads; in hundredths, or what the shell has. */
  readonly cpuSeconds: number;
}

/** Throws an Error with the end of what it printed if the command fails. */
export function measured(command: string, args: readonly string[], folder: string): Measured {
  const script = '"$@" 2>&1; status=$?; echo; times; exit $status';
  const { stdout, status } = spawnSync('sh', ['-c', script, 'sh', command, ...args], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`${command} fails (${String(status)}): ${stdout.slice(-2000)}`);
  const [user, system] = [...(stdout.trim().split('\n').at(-1) ?? '').matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, seconds]) => 60 * Number(minutes) + Number(seconds),
  );
  if (user === undefined || system === undefined) throw new Error(`${command}: the shell does not tell its time`);
  return { output: stdout, cpuSeconds: user + system };
}

/** Whether a command can be started at all. */
export const isInstalled = (command: string): boolean =>
  spawnSync(command, ['-version'], { stdio: 'ignore' }).error === undefined;

/** The number that a pattern has first in brackets, in what a tool printed; null if it does not match. */
export function numberIn(output: string, pattern: RegExp): number | null {
  const found = pattern.exec(output)?.[1];
  return found === undefined ? null : Number(found.replaceAll(',', ''));
}
