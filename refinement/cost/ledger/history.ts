/** Past commits, each built in a folder of its own that goes away, and measured there. What is in the ledger already is not measured again. */
import { execFileSync } from 'node:child_process';
import { InputError } from '../../input-error.ts';
import { makeTrees } from '../../impact/tree.ts';
import type { LedgerRow } from './row.ts';
import { readLedger, record } from './row.ts';
import type { TreeCost, TreeOptions } from './tree-cost.ts';
import { treeCost } from './tree-cost.ts';

export interface Commit {
  readonly hash: string;
  readonly date: string;
}

/** Without what merges brought in, oldest first. */
export function commitsIn(project: string, range: string): readonly Commit[] {
  try {
    return log(project, ['--first-parent', '--reverse', '--end-of-options', range]);
  } catch {
    throw new InputError(`'${range}' are no revisions of ${project}`);
  }
}

/** The commit that is checked out, and whether the working tree differs from it where it matters. */
export function headOf(project: string): Commit & { readonly isChanged: boolean } {
  let head: Commit | undefined;
  try {
    [head] = log(project, ['-1']);
  } catch {
    // Said below.
  }
  if (head === undefined) throw new InputError(`${project}: is in no git repository with a commit`);
  const changed = git(project, ['status', '--porcelain', '--', 'spec', 'impl', 'properties', 'refinement']);
  return { ...head, isChanged: changed.trim() !== '' };
}

function log(project: string, args: readonly string[]): readonly Commit[] {
  const lines = git(project, ['log', '--format=%H %cs', ...args]).split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const [hash = '', date = ''] = line.split(' ');
      return { hash, date };
    });
}

function git(cwd: string, args: readonly string[]): string {
  return execFileSync('git', [...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

export interface HistoryOptions extends TreeOptions {
  readonly project: string;
  readonly ledger: string;
  readonly isInterrupted: () => boolean;
  readonly onCommit: (commit: Commit, done: number, all: number, what: string) => void;
}

/** False if it was interrupted: what was measured is in the ledger. A commit that does not build, and a kernel that fails, is said and passed over. */
export async function history(commits: readonly Commit[], options: HistoryOptions): Promise<boolean> {
  const { project, ledger, onCommit } = options;
  for (const [at, commit] of commits.entries()) {
    if (options.isInterrupted()) return false;
    const say = (what: string): void => {
      onCommit(commit, at + 1, commits.length, what);
    };
    if (isKnown(readLedger(ledger), commit, options)) {
      say('known');
      continue;
    }
    try {
      const { rows, leftOut } = await measured(project, commit, options);
      record(ledger, rows);
      say([...(rows.length > 0 ? ['measured'] : []), ...leftOut].join('; '));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      say(error.message.split('\n').slice(0, 3).join(': '));
    }
  }
  return true;
}

function isKnown(rows: readonly LedgerRow[], { hash }: Commit, { seed, runs, configs }: TreeOptions): boolean {
  const mine = rows.filter((row) => row.commit === hash && !row.isChanged && row.seed === seed && row.runs === runs);
  return mine.length > 0 && configs.some((config) => mine.some((row) => row.config === config));
}

async function measured(project: string, { hash, date }: Commit, options: TreeOptions): Promise<TreeCost> {
  const trees = await makeTrees({
    project,
    base: hash,
    patches: [],
    checkTypes: false,
    build: 'both',
    configs: options.configs,
  });
  try {
    const { root, dist } = trees.base;
    return await treeCost({ commit: hash, isChanged: false, date, root, dist }, options);
  } finally {
    trees.dispose();
  }
}
