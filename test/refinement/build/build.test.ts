/** An edit is what the next run checks, also where only one kernel is built for it. */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { root as project } from '../../../refinement/build/build.mjs';

/** A copy of the project as it stands, for edits. */
const root = mkdtempSync(join(tmpdir(), 'corres-build-test-'));
for (const name of ['spec', 'impl', 'properties', 'refinement', 'package.json'])
  cpSync(join(project, name), join(root, name), { recursive: true });
symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'));
afterAll(() => {
  rmSync(root, { recursive: true });
});

it('a search after an edit builds its kernel, and what comes next the others', { timeout: 60_000 }, () => {
  const dist = join(root, 'dist');
  const corres = (...args: readonly string[]): void => {
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'refinement/cli/corres.mjs'), ...args], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  };
  const contents = (kernel: string): string => readFileSync(join(dist, 'impl', `${kernel}.mjs`), 'utf8');
  const edit = (text: string): void => {
    appendFileSync(join(root, 'impl/kernel/entry.ts'), `\nexport const edited = '${text}';\n`);
  };
  corres('list', 'configs');
  edit('once');
  corres('explore', 'answers', '--states', '10', '--property', 'refinement');
  expect(contents('systems')).toContain('once');
  expect(contents('small')).not.toContain('once');
  corres('list', 'configs');
  expect(contents('small')).toContain('once');
  const builtAt = statSync(join(dist, 'impl/systems.mjs')).mtimeMs;
  corres('list', 'configs');
  expect(statSync(join(dist, 'impl/systems.mjs')).mtimeMs).toBe(builtAt);
});

it('a file of the same length and age as before, with other contents, is an edit; one that was only touched is none', {
  timeout: 60_000,
}, () => {
  const corres = (): void => {
    spawnSync(process.execPath, [join(root, 'refinement/cli/corres.mjs'), '--version']);
  };
  const built = join(root, 'dist/impl/small.mjs');
  const file = join(root, 'impl/kernel/answer.ts');
  const exported = (letter: string): string => `${source}\nexport const edited = '${letter}';\n`;
  const source = readFileSync(file, 'utf8');
  const put = (text: string): void => {
    writeFileSync(file, text);
    utimesSync(file, 1_700_000_000, 1_700_000_000);
  };
  put(exported('a'));
  corres();
  const before = statSync(built).mtimeMs;
  utimesSync(file, 1_700_000_001, 1_700_000_001);
  corres();
  expect(statSync(built).mtimeMs).toBe(before);
  put(exported('a'));
  corres();
  expect(statSync(built).mtimeMs).toBe(before);
  put(exported('b'));
  corres();
  expect(statSync(built).mtimeMs).toBeGreaterThan(before);
});
