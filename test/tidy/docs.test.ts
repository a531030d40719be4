/** Generated pages are current, links lead somewhere, operations name their source, and nothing of a workplace is in the tree. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OPERATION_FOLDERS, filesBelow, modulesBelow, parseModule, renderCorrespondence } from './correspondence.ts';
import type { Module } from './correspondence.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const HOUSES = ['spec', 'impl', 'properties', 'refinement', 'proofs-notes', 'test', '.ci'];

/** Everything that is part of the project and is text; no folder that is built. */
const files = [
  ...HOUSES.flatMap((house) => filesBelow(house, '')),
  ...filesBelow('.', '').filter((file) => !file.includes('/') && file !== 'package-lock.json'),
].filter((file) => /\.(ts|mts|mjs|cjs|js|md|json)$|^[^.]*$/.test(file) && !file.startsWith('test/conformance/data/'));

describe('proofs-notes/correspondence.md', () => {
  it('is what the tags say', async () => {
    await expect(renderCorrespondence(), 'npm run docs makes it anew').toMatchFileSnapshot(
      '../../proofs-notes/correspondence.md',
    );
  });
});

/** Operations that name neither in their own comment nor in their module's what they follow. */
const sourceless = (modules: readonly Module[]): string[] =>
  modules
    .filter(({ source }) => source === '')
    .flatMap(({ file, operations }) =>
      operations.filter(({ exported, source }) => exported && source === '').map(({ name }) => `${file}: ${name}`),
    );

describe('every exported operation names what it follows', () => {
  it.each(OPERATION_FOLDERS.filter((folder) => filesBelow(folder, '.ts').length > 0))('%s', (folder) => {
    expect(sourceless(modulesBelow(folder))).toEqual([]);
  });

  it('or is reported', () => {
    const text = '/** Does it. */\nexport function doIt(): void {}\nfunction inner(): void {}\n';
    expect(sourceless([parseModule('spec/perform/x.ts', text)])).toEqual(['spec/perform/x.ts: doIt']);
    expect(sourceless([parseModule('spec/perform/x.ts', text.replace('it.', 'it. @source l4v X_A.thy `x`'))])).toEqual(
      [],
    );
  });
});

/** Relative links of a page that lead nowhere. */
function deadLinks(page: string, text: string): string[] {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
  return targets
    .filter((target) => !/^[a-z]+:|^#/.test(target))
    .filter((target) => !existsSync(join(ROOT, dirname(page), target.replace(/#.*$/, ''))))
    .map((target) => `${page}: ${target}`);
}

it('links between pages lead somewhere', () => {
  const pages = files.filter((file) => file.endsWith('.md'));
  expect(pages.length).toBeGreaterThan(3);
  expect(pages.flatMap((page) => deadLinks(page, readFileSync(join(ROOT, page), 'utf8')))).toEqual([]);
  expect(deadLinks('README.md', '[here](LICENSE) [there](nowhere.md#a) [out](https://sel4.systems)')).toEqual([
    'README.md: nowhere.md#a',
  ]);
});

/** Written in pieces, so that this file does not contain what it looks for. */
const FORBIDDEN: Readonly<Record<string, RegExp>> = {
  'a path of a workplace': new RegExp(['/wo', 'rk/|/tm', 'p/(?!\\$)|/ho', 'me/|/ro', 'ot/'].join('')),
  'the host of a package registry': new RegExp(['registry\\.np', 'mjs|registry\\.ya', 'rnpkg'].join('')),
  'a number of an issue': /(?:^|[\s(])#\d+\b(?![-\w])/,
};

const forbiddenIn = (text: string): string[] =>
  Object.entries(FORBIDDEN)
    .filter(([, pattern]) => text.split('\n').some((line) => pattern.test(line)))
    .map(([what]) => what);

describe('nothing in the tree belongs elsewhere', () => {
  it('in no file', () => {
    expect(files.length).toBeGreaterThan(100);
    const found = files.flatMap((file) =>
      forbiddenIn(readFileSync(join(ROOT, file), 'utf8')).map((what) => `${file}: ${what}`),
    );
    expect(found).toEqual([]);
  });

  it('nor in the lock file', () => {
    expect(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).not.toMatch(/https?:\/\/[^"]*\.tgz/);
  });

  it('or it is reported', () => {
    expect(forbiddenIn(['see /wo', 'rk/x'].join(''))).toEqual(['a path of a workplace']);
    expect(forbiddenIn(['fixes #', '12'].join(''))).toEqual(['a number of an issue']);
    expect(forbiddenIn(['registry.np', 'mjs.org'].join(''))).toEqual(['the host of a package registry']);
    expect(forbiddenIn("colour #123abc, word '#5'")).toEqual([]);
  });
});
