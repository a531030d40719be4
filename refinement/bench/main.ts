/**
 * `npm run bench`: how fast everything is, on this machine and now.
 *
 * Every subject is measured in processes of its own, so that none profits or suffers from what the compiler learnt of another, and all of them
 * in turn, several rounds, so that load from elsewhere falls on all alike. Figures are reported, never asserted.
 */
import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ALONE } from './alone.ts';
import { CHECKED } from './checked.ts';
import { compileC } from './ipc-c.ts';
import type { RoundTrip } from './ipc.ts';
import { ipcSubjects } from './ipc.ts';
import type { Result } from './report.ts';
import { ratiosOf, render, resultOf } from './report.ts';
import { startupMilliseconds } from './startup.ts';
import { EXPLORED } from './explored.ts';
import { SYSTEMS } from './paired.ts';
import type { Subject } from './subject.ts';
import { measure } from './subject.ts';
import { ROOT } from './workload.ts';

const USAGE = `usage: npm run bench -- [--seconds N] [--rounds N] [--only SUBJECT,...] [--json]

  --seconds N   time for each subject in each round, half of it for warming up (default 8; checked steps take four times as long)
  --rounds N    rounds over all subjects (default 3)
  --only LIST   these subjects only
  --json        the figures as JSON
`;

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    /** Measures one subject in this process and prints its figures: what the rounds start. */
    subject: { type: 'string' },
  },
});

/** What one round adds to the figures of a subject. */
interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly configuration: string;
  readonly figures: () => readonly number[];
}

function inOwnProcess({ name, unit, configuration, flags = [] }: Subject, seconds: string): Measured {
  const self = fileURLToPath(import.meta.url);
  const args = ['--enable-source-maps', ...flags, self, '--subject', name, '--seconds', seconds];
  const figures = (): readonly number[] =>
    JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as number[];
  return { name, unit, configuration: [configuration, ...flags].join(', '), figures };
}

function startup(name: string, configuration: string, args: readonly string[]): Measured {
  return { name, unit: 'start', configuration, figures: () => startupMilliseconds(args, 5).map((ms) => ms * 1e6) };
}

const ROUND_TRIPS = ipcSubjects();
const subjects = [...CHECKED, ...SYSTEMS, ...EXPLORED, ...ALONE, ...ROUND_TRIPS];
const missing: string[] = [];
const toRemove: (() => void)[] = [];

/** The same round trip in C. */
async function inC(roundTrip: RoundTrip): Promise<readonly Measured[]> {
  const { name, unit } = roundTrip;
  const program = await compileC(roundTrip);
  if (program === null) {
    missing.push(`${name}-c: there is no C compiler (cc)`);
    return [];
  }
  toRemove.push(program.remove);
  const figures = (): readonly number[] => {
    const found = program.run(5);
    if (!('missing' in found)) return found;
    missing.push(`${name}-c: ${found.missing}`);
    return [];
  };
  return [{ name: `${name}-c`, unit, configuration: 'the same memory, layout and work in plain C, cc -O2', figures }];
}

async function everything(seconds: string): Promise<readonly Measured[]> {
  // There is none of the MCS kernel's.
  const compiled = await Promise.all(ROUND_TRIPS.filter(({ isMcs }) => !isMcs).map(inC));
  return [
    ...subjects.map((subject: Subject) => inOwnProcess(subject, seconds)),
    ...compiled.flat(),
    startup('startup', 'corres --version', [join(ROOT, 'refinement/cli/corres.mjs'), '--version']),
    startup('startup-node', 'node, an empty script', ['--eval', '0']),
  ];
}

function measureRounds(measured: readonly Measured[], rounds: number): readonly Result[] {
  const figures = new Map<string, number[]>();
  for (let round = 1; round <= rounds; round++) {
    for (const subject of measured) {
      process.stderr.write(`round ${round} of ${rounds}: ${subject.name}\n`);
      const before = figures.get(subject.name) ?? [];
      try {
        figures.set(subject.name, [...before, ...subject.figures()]);
      } catch (error) {
        missing.push(
          `${subject.name}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`,
        );
      }
    }
  }
  return measured.flatMap(({ name, unit, configuration }) => {
    const found = figures.get(name);
    return found === undefined || found.length === 0 ? [] : [resultOf(name, unit, configuration, found)];
  });
}

async function main(): Promise<void> {
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  if (options.subject !== undefined) {
    const subject = subjects.find(({ name }) => name === options.subject);
    if (subject === undefined) throw new Error(`no subject is called ${options.subject}`);
    process.stdout.write(JSON.stringify(await measure(subject, Number(options.seconds))));
    return;
  }
  const only = options.only?.split(',');
  const all = await everything(options.seconds);
  const known = [...all.map(({ name }) => name), ...missing.map((why) => why.slice(0, why.indexOf(':')))];
  const unknown = only?.find((asked) => !known.includes(asked));
  if (unknown !== undefined) {
    process.stderr.write(`no subject is called ${unknown}; there are ${known.join(', ')}\n`);
    process.exitCode = 2;
    return;
  }
  const measured = all.filter(({ name }) => only?.includes(name) ?? true);
  const results = measureRounds(measured, Number(options.rounds));
  const [cpu] = cpus();
  const report = {
    machine: {
      node: process.version,
      cpu: cpu?.model ?? 'unknown',
      cpus: cpus().length,
      loadAverage: loadavg()[0] ?? 0,
    },
    results,
    ratios: ratiosOf(results),
    missing: [...new Set(missing)],
  };
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : render(report));
}

try {
  await main();
} finally {
  for (const remove of toRemove) remove();
}
