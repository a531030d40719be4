/** SPIN: `ipc.pml` as a C program, compiled and run in the ways that are fastest, with all of a state stored. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, measured, numberIn } from './child.ts';
import type { Prepared, Run, Size, Subject } from './subject.ts';

interface Way {
  readonly name: string;
  readonly model: readonly string[];
  readonly compiler: readonly string[];
}

const PLAIN = ['-O2', '-DSAFETY'];
/** No partial orders (one process has none), no fairness, no tests of indices; states as they are and not run through a mask. */
const TUNED = ['-O3', '-march=native', '-DSAFETY', '-DNOREDUCE', '-DNOFAIR', '-DNOBOUNDCHECK', '-DNOCOMP'];

const WAYS: readonly Way[] = [
  { name: 'spin-dfs', model: [], compiler: PLAIN },
  { name: 'spin-dfs-tuned', model: [], compiler: TUNED },
  { name: 'spin-dfs-sfh', model: [], compiler: [...TUNED.filter((option) => option !== '-DNOCOMP'), '-DSFH'] },
  { name: 'spin-dfs-unchecked', model: ['-DUNCHECKED'], compiler: TUNED },
  { name: 'spin-bfs-tuned', model: ['-DBREADTH_FIRST'], compiler: [...TUNED, '-DBFS'] },
];

/** What is set for every way: enough memory, and no warning about code that is not ours. */
const ALWAYS = ['-w', '-DMEMLIM=16000'];
/** Deeper than any path of a model of these sizes; the room is then cut to what is needed. */
const DEPTH = 4_000_000;

/**
 * Compiles the ways, or those of the given names, each in a folder of its own. A depth-first search gets as much room for its path as it needs, and every
 * table as much as the states need.
 */
export function prepareSpin(
  source: string,
  size: Size,
  states: number,
  folder: string,
  names: readonly string[] = WAYS.map(({ name }) => name),
): Prepared {
  for (const command of ['spin', 'gcc'])
    if (!isInstalled(command)) return { subjects: [], missing: [`SPIN: ${command} is not installed`] };
  const ways = WAYS.filter(({ name }) => names.includes(name));
  return { subjects: ways.map((way) => prepare(way, source, size, states, join(folder, way.name))), missing: [] };
}

function prepare({ name, model, compiler }: Way, source: string, size: Size, states: number, folder: string): Subject {
  mkdirSync(folder);
  const { threads, endpoints, badges } = size;
  const definitions = [`-DTHREADS=${threads}`, `-DENDPOINTS=${endpoints}`, `-DBADGES=${badges}`, ...model];
  execFileSync('spin', ['-a', ...definitions, source], { cwd: folder, stdio: 'pipe' });
  execFileSync('gcc', [...ALWAYS, ...compiler, '-o', 'pan', 'pan.c'], { cwd: folder, stdio: 'pipe' });
  const table = `-w${Math.max(10, Math.ceil(Math.log2(states)))}`;
  const pan = (depth: number): string[] => [`-m${depth}`, table];
  const { output } = measured('./pan', pan(DEPTH), folder);
  const args = pan((numberIn(output, /depth reached (\d+)/) ?? DEPTH) + 100);
  return {
    name,
    configuration: `gcc ${compiler.join(' ')}; pan ${args.join(' ')}`,
    run: () => runOf(measured('./pan', args, folder)),
  };
}

/** Throws an Error if it says that it did not see everything, or that something is wrong. */
export function runOf({ output, cpuSeconds }: { readonly output: string; readonly cpuSeconds: number }): Run {
  const distinct = numberIn(output, /(\d+) states, stored/);
  const generated = numberIn(output, /(\d+) transitions \(= stored\+matched\)/);
  const errors = numberIn(output, /errors: (\d+)/);
  if (distinct === null || generated === null || errors !== 0 || /not completed|too small|out of memory/.test(output))
    throw new Error(`SPIN did not finish as it should: ${output.slice(0, 2000)}`);
  const seconds = numberIn(output, /elapsed time ([\d.]+) seconds/);
  return {
    distinct,
    generated,
    cpuSeconds,
    search: seconds === null ? null : { kind: 'wall', seconds },
    mebibytes: numberIn(output, /([\d.]+)\s+(?:total actual )?memory usage/),
  };
}
