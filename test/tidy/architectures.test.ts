/** The list of places to go through for a new architecture is the list of files that name one. */
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const README = readFileSync(join(ROOT, 'spec/arch/README.md'), 'utf8');

/** Architectures, their labels and their constants, as sources spell them. */
const NAMES = /x86_64|x86-64|riscv64|RISCV|\bX86|IS_X86|riscv[A-Z]/;
const COMMENT = /^\s*(\/?\*|\/\/)/;
/** Variants of a configuration that is listed, figures and fixed programs are no places to change. */
const ELSEWHERE =
  /^(refinement\/(defects|mutate|bench|corpus|cost)\/|impl\/config\/x86_64-|impl\/variant\.ts$|spec\/abi\/variant\.ts$)/;

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sources(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}

const namesOne = (path: string): boolean =>
  NAMES.test(path) ||
  readFileSync(join(ROOT, path), 'utf8')
    .split('\n')
    .some((line) => !COMMENT.test(line) && NAMES.test(line));

const listed = [...README.matchAll(/`([a-z-]+\/[\w./-]+\.ts)`/g)].map(([, path]) => path ?? '').sort();
const found = ['spec', 'impl', 'properties', 'refinement']
  .flatMap(sources)
  .filter((path) => !ELSEWHERE.test(path) && namesOne(path))
  .sort();

it('every file that names an architecture is listed', () => {
  expect(found.filter((path) => !listed.includes(path))).toEqual([]);
});

it('every file that is listed names one, and none twice', () => {
  expect(listed.filter((path) => !found.includes(path))).toEqual([]);
  expect(new Set(listed).size).toBe(listed.length);
});

it('would miss neither a file nor a name', () => {
  expect(found.length).toBeGreaterThan(20);
  expect([NAMES.test("if (arch.name === 'riscv64')"), NAMES.test('if (IS_X86)'), NAMES.test('powerOf2(bits)')]).toEqual(
    [true, true, false],
  );
});
