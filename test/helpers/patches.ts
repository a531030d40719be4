/** Patches to the last commit, made from what its files say: a patch kept in a file would fit only until somebody edits near it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll } from 'vitest';

export const PROJECT = resolve(import.meta.dirname, '../..');

let folder: string | null = null;
afterAll(() => {
  if (folder !== null) rmSync(folder, { recursive: true });
});

export function committed(file: string): string {
  return execFileSync('git', ['show', `HEAD:./${file}`], { cwd: PROJECT, encoding: 'utf8' });
}

/** Path of the patch that replaces `find`, which is there once, and moves the file if `to` is given. */
export function patchOf(name: string, file: string, find: string, replace: string, to = file): string {
  folder ??= mkdtempSync(join(tmpdir(), 'corres-patches-'));
  const before = committed(file);
  if (before.split(find).length !== 2) throw new Error(`${file}: not once: ${find}`);
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  writeFileSync(a, before);
  writeFileSync(
    b,
    before.replace(find, () => replace),
  );
  const { stdout } = spawnSync('git', ['diff', '--no-index', '--no-color', a, b], { encoding: 'utf8' });
  const hunks = stdout.slice(stdout.indexOf('@@'));
  const move = to === file ? '' : `similarity index 90%\nrename from ${file}\nrename to ${to}\n`;
  const path = join(folder, `${name}.patch`);
  writeFileSync(path, `diff --git a/${file} b/${to}\n${move}--- a/${file}\n+++ b/${to}\n${hunks}`);
  return path;
}
