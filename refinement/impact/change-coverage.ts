/** Which of the changed lines any run reaches. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import type { SurveyTask } from '../campaign/task.ts';
import { sourceCoverage } from '../coverage/branches.ts';
import { InputError } from '../input-error.ts';
import { distFolder } from '../step/kernels.ts';
import type { ChangedFile } from './change.ts';
import type { SurveyPart } from './survey.ts';
import type { Tree } from './tree.ts';

export interface ChangeCoverage {
  /** Changed lines that hold code of the kernels that ran. */
  readonly lines: number;
  readonly reached: number;
  readonly unreached: readonly UnreachedLine[];
  /** Changed files that no kernel that ran is made of. */
  readonly filesNotRun: readonly string[];
  readonly steps: string;
}

export interface UnreachedLine {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  /** The line is reached, but not every way that it branches. */
  readonly isBranch: boolean;
}

const run = promisify(execFile);

/** A tenth of the survey's runs, in a process of its own. */
const SHARE = 0.1;

/** Milliseconds that a program may take, of which the first, with nothing compiled yet, take some 130 each; the survey has told already of one that never ends. */
const COVERED_MS = 500;

/** `signal` ends it early. */
export async function changeCoverage(
  changed: Tree,
  changes: readonly ChangedFile[],
  parts: readonly SurveyPart[],
  checks: Pick<SurveyTask, 'seed' | 'rows' | 'fullEvery'>,
  signal: AbortSignal,
): Promise<ChangeCoverage | null> {
  const wanted = changes.filter(({ file, lines }) => lines.length > 0 && /^(spec|impl|properties)\//.test(file));
  if (wanted.length === 0) return null;
  const folder = mkdtempSync(join(tmpdir(), 'corres-change-'));
  try {
    const tasks = parts.map(({ config, bundle, setting, runs }): SurveyTask => {
      const share = Math.max(4, Math.round(runs * SHARE));
      return {
        kind: 'survey',
        config,
        setting,
        bundle,
        properties: null,
        ...checks,
        firstRun: 0,
        runs: share,
        limitMs: COVERED_MS,
      };
    });
    const worker = join(changed.dist, 'worker.mjs');
    const env = { ...process.env, NODE_V8_COVERAGE: folder };
    await run(process.execPath, [join(distFolder(), 'cover.mjs'), worker, JSON.stringify(tasks)], { env, signal });
    const bundles = [...new Set(parts.map(({ bundle }) => bundle)), worker].filter((bundle) =>
      existsSync(`${bundle}.map`),
    );
    const counts = new Map<string, Counts>();
    for (const bundle of bundles) {
      try {
        await addCounts(counts, folder, bundle, join(changed.dist, '..'));
      } catch (error) {
        // It never came to this one: programs that never end were met before.
        if (!(error instanceof InputError)) throw error;
      }
    }
    return summary(changed, wanted, counts, `${tasks.reduce((sum, { runs }) => sum + runs, 0)} programs`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Counts {
  readonly lines: Map<number, number>;
  /** Lines with a way that was never taken, by the number of bundles that have the branch and took it. */
  readonly branches: Map<string, { readonly line: number; times: number }>;
}

async function addCounts(counts: Map<string, Counts>, folder: string, bundle: string, root: string): Promise<void> {
  const map = await sourceCoverage(folder, bundle);
  for (const path of map.files()) {
    const file = relative(root, path);
    const of: Counts = counts.get(file) ?? { lines: new Map(), branches: new Map() };
    counts.set(file, of);
    const coverage = map.fileCoverageFor(path);
    for (const [line, times] of Object.entries(coverage.getLineCoverage()))
      of.lines.set(Number(line), Math.max(of.lines.get(Number(line)) ?? 0, times));
    for (const [id, { loc, locations, type }] of Object.entries(coverage.branchMap)) {
      coverage.b[id]?.forEach((times, index) => {
        const line = locations[index]?.start.line ?? loc.start.line;
        const key = `${type} ${loc.start.line}:${loc.start.column} ${index}`;
        const known = of.branches.get(key);
        if (known === undefined) of.branches.set(key, { line, times });
        else known.times = Math.max(known.times, times);
      });
    }
  }
}

function summary(
  changed: Tree,
  wanted: readonly ChangedFile[],
  counts: ReadonlyMap<string, Counts>,
  steps: string,
): ChangeCoverage {
  const unreached: UnreachedLine[] = [];
  const filesNotRun: string[] = [];
  let lines = 0;
  let reached = 0;
  for (const { file, lines: numbers } of wanted) {
    const of = counts.get(file);
    if (of === undefined) {
      filesNotRun.push(file);
      continue;
    }
    const text = readFileSync(join(changed.root, file), 'utf8').split('\n');
    const halfTaken = new Set([...of.branches.values()].filter(({ times }) => times === 0).map(({ line }) => line));
    for (const line of numbers) {
      const times = of.lines.get(line);
      if (times === undefined) continue;
      lines++;
      if (times > 0) reached++;
      const isBranch = times > 0 && halfTaken.has(line);
      if (times === 0 || isBranch) unreached.push({ file, line, text: (text[line - 1] ?? '').trim(), isBranch });
    }
  }
  return { lines, reached, unreached, filesNotRun, steps };
}
