/** What differs between two trees: files, and which lines of the changed one are new. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Tree } from './tree.ts';

export interface ChangedFile {
  /** Path in the changed tree; in the base, for one that is gone. */
  readonly file: string;
  readonly kind: 'changed' | 'added' | 'removed' | 'renamed';
  /** Path in the base, for one that was renamed. */
  readonly from?: string;
  /** Numbers of the lines that are new or different, from 1. */
  readonly lines: readonly number[];
  /** The same, and of lines that are gone the one before them. */
  readonly places: readonly number[];
  /** How many lines of the base are gone. */
  readonly removed: number;
}

const FOLDERS = ['spec', 'impl', 'properties', 'refinement'];

function filesOf(root: string): Map<string, string> {
  const files = FOLDERS.flatMap((folder) =>
    existsSync(join(root, folder)) ? readdirSync(join(root, folder), { recursive: true, withFileTypes: true }) : [],
  ).filter((entry) => entry.isFile() && /\.m?ts$|\.mjs$|\.c$/.test(entry.name));
  return new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(root, path), readFileSync(path, 'utf8')];
    }),
  );
}

export function changesBetween(base: Tree, changed: Tree): readonly ChangedFile[] {
  const before = filesOf(base.root);
  const after = filesOf(changed.root);
  const removed = new Set([...before.keys()].filter((file) => !after.has(file)));
  const changes: ChangedFile[] = [];
  for (const [file, text] of after) {
    const was = before.get(file);
    if (was === text) continue;
    if (was !== undefined) {
      changes.push({ file, kind: 'changed', ...lineDiff(join(base.root, file), join(changed.root, file)) });
      continue;
    }
    const from = mostAlike(text, removed, before);
    if (from === null) {
      const lines = text.split('\n').map((_, index) => index + 1);
      changes.push({ file, kind: 'added', lines, places: lines, removed: 0 });
      continue;
    }
    removed.delete(from);
    changes.push({ file, kind: 'renamed', from, ...lineDiff(join(base.root, from), join(changed.root, file)) });
  }
  for (const file of removed)
    changes.push({
      file,
      kind: 'removed',
      lines: [],
      places: [],
      removed: (before.get(file) ?? '').split('\n').length,
    });
  return changes.sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** The removed file that has most lines in common with the text, if that is more than half of them. */
function mostAlike(text: string, candidates: ReadonlySet<string>, texts: ReadonlyMap<string, string>): string | null {
  const lines = text.split('\n').filter((line) => line.trim().length > 2);
  let best: string | null = null;
  let most = lines.length / 2;
  for (const candidate of candidates) {
    const known = new Set((texts.get(candidate) ?? '').split('\n'));
    const common = lines.filter((line) => known.has(line)).length;
    if (common <= most) continue;
    most = common;
    best = candidate;
  }
  return best;
}

function lineDiff(before: string, after: string): Pick<ChangedFile, 'lines' | 'places' | 'removed'> {
  let text: string;
  try {
    text = execFileSync('git', ['diff', '--no-index', '--no-color', '--unified=0', '--', before, after], {
      encoding: 'utf8',
    });
  } catch (error) {
    // It ends with 1 when there are differences, which there are.
    const { stdout = '' } = error as { stdout?: string };
    text = stdout;
  }
  const lines: number[] = [];
  const places: number[] = [];
  let removed = 0;
  for (const [, gone = '1', from = '0', count = '1'] of text.matchAll(/^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/gm)) {
    removed += Number(gone);
    if (count === '0') places.push(Number(from));
    for (let n = 0; n < Number(count); n++) lines.push(Number(from) + n);
  }
  return { lines, places: [...places, ...lines], removed };
}
