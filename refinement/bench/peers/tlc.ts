/** TLC on `Ipc.tla`, if somebody says where it is: it comes as a file and not as a package. */
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, measured, numberIn } from './child.ts';
import type { Prepared, Run, Size } from './subject.ts';

/** The constants of `Ipc.cfg`, for a size. */
export const configuration = ({ threads, endpoints, badges }: Size): string =>
  [
    'SPECIFICATION Spec',
    `CONSTANTS Threads = ${threads}  Endpoints = ${endpoints}  Badges = ${badges}`,
    'INVARIANTS Queued Lengths Answerable Runs',
    'CHECK_DEADLOCK FALSE',
    '',
  ].join('\n');

export function prepareTlc(source: string, size: Size, jar: string | undefined, folder: string): Prepared {
  const without = (why: string): Prepared => ({ subjects: [], missing: [`TLC: ${why}`] });
  if (jar === undefined) return without('no jar given (--tla-jar FILE, or TLA_TOOLS_JAR in the environment)');
  if (!existsSync(jar)) return without(`there is no ${jar}`);
  if (!isInstalled('java')) return without('java is not installed');
  const place = join(folder, 'tlc');
  mkdirSync(place);
  copyFileSync(source, join(place, 'Ipc.tla'));
  writeFileSync(join(place, 'Ipc.cfg'), configuration(size));
  const args = ['-XX:+UseParallelGC', '-cp', jar, 'tlc2.TLC', '-workers', '1', '-config', 'Ipc.cfg', 'Ipc.tla'];
  const subject = {
    name: 'tlc',
    configuration: 'java -XX:+UseParallelGC, -workers 1',
    run: () => runOf(measured('java', args, place)),
  };
  return { subjects: [subject], missing: [] };
}

/** Throws an Error if it says that it did not see everything, or that something is wrong. */
export function runOf({ output, cpuSeconds }: { readonly output: string; readonly cpuSeconds: number }): Run {
  const generated = numberIn(output, /^([\d,]+) states generated, [\d,]+ distinct states found, 0 states left/m);
  const distinct = numberIn(output, /^[\d,]+ states generated, ([\d,]+) distinct states found, 0 states left/m);
  if (generated === null || distinct === null || !output.includes('No error has been found'))
    throw new Error(`TLC did not finish as it should: ${output.slice(-2000)}`);
  return { distinct, generated, cpuSeconds, search: null, mebibytes: null };
}
