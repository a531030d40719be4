/**
 * `npm run bench:peers`: one model, explored by the model checkers that are installed and by ours, in turn, several rounds, so that load from elsewhere
 * falls on all alike. All must count the same states. Ends with 1 if they do not, and with 2 if it cannot be run as asked.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepareOurs } from './ours.ts';
import type { Result } from './report.ts';
import { disagreements, namedRatio, ratiosOf, render } from './report.ts';
import { prepareSpin } from './spin.ts';
import type { Prepared, Run, Size, Subject } from './subject.ts';
import { prepareTlc } from './tlc.ts';

const USAGE = `usage: npm run bench:peers -- [--rounds N] [--size T,E,B] [--tla-jar FILE] [--json]

  --rounds N       rounds over all (default 5)
  --size T,E,B     2 to 4 threads, 1 or 2 endpoints, 1 or 2 badges (default 4,2,1)
  --tla-jar FILE   TLC as a jar; TLA_TOOLS_JAR in the environment does the same
  --json           the figures as JSON
`;

/** Where the models are, from the bundle in `dist/`. */
const MODELS = join(import.meta.dirname, '../refinement/bench/peers');

class UsageError extends Error {}

function sizeOf(text: string): Size {
  const [threads, endpoints, badges, ...rest] = text.split(',').map(Number);
  const isOneOf = (value: number | undefined, ...allowed: readonly number[]): value is number =>
    value !== undefined && allowed.includes(value);
  if (!isOneOf(threads, 2, 3, 4) || !isOneOf(endpoints, 1, 2) || !isOneOf(badges, 1, 2) || rest.length > 0)
    throw new UsageError(`there is no size ${text}`);
  return { threads, endpoints, badges };
}

function roundsOf(text: string): number {
  const rounds = Number(text);
  if (!Number.isInteger(rounds) || rounds < 1) throw new UsageError(`there cannot be ${text} rounds`);
  return rounds;
}

function everything(size: Size, jar: string | undefined, folder: string): Prepared {
  const ours = prepareOurs(join(import.meta.dirname, 'peers-ours.mjs'), size);
  const { distinct } = (ours[0] as Subject).run();
  const spin = prepareSpin(join(MODELS, 'ipc.pml'), size, distinct, folder);
  const tlc = prepareTlc(join(MODELS, 'Ipc.tla'), size, jar, folder);
  return {
    subjects: [...ours, ...spin.subjects, ...tlc.subjects],
    missing: [...spin.missing, ...tlc.missing],
  };
}

function inTurn(subjects: readonly Subject[], rounds: number): readonly Result[] {
  const runs = new Map<Subject, Run[]>(subjects.map((subject) => [subject, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const [subject, before] of runs) {
      process.stderr.write(`round ${round} of ${rounds}: ${subject.name}\n`);
      before.push(subject.run());
    }
  }
  return [...runs].map(([{ name, configuration }, all]) => ({ name, configuration, runs: all }));
}

function compare(size: Size, rounds: number, jar: string | undefined, isJson: boolean): void {
  const folder = mkdtempSync(join(tmpdir(), 'corres-peers-'));
  try {
    const { subjects, missing } = everything(size, jar, folder);
    const results = inTurn(subjects, rounds);
    const { distinct = 0, generated = 0 } = results[0]?.runs[0] ?? {};
    const { threads, endpoints, badges } = size;
    const load = loadavg()[0] ?? 0;
    const report = {
      machine: `node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, load average ${load.toFixed(1)}`,
      model: `${threads} threads, ${endpoints} endpoints, ${badges} badges: ${distinct} states, ${generated} generated`,
      results,
      missing,
    };
    const ratios = { ratios: ratiosOf(results), named: namedRatio(results), disagreements: disagreements(results) };
    process.stdout.write(isJson ? `${JSON.stringify({ ...report, ...ratios }, null, 2)}\n` : render(report));
    if (ratios.disagreements.length > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function main(): void {
  const { values: options } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      size: { type: 'string', default: '4,2,1' },
      'tla-jar': { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  const jar = options['tla-jar'] ?? process.env['TLA_TOOLS_JAR'];
  compare(sizeOf(options.size), roundsOf(options.rounds), jar, options.json);
}

try {
  main();
} catch (error) {
  const isUsage =
    error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;
  if (!isUsage) throw error;
  process.stderr.write(`${(error as Error).message}\n${USAGE}`);
  process.exitCode = 2;
}
