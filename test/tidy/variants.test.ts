/** Which kernel it is, classic or MCS, is asked in the tables of points of difference and nowhere else. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { root, sourceFiles } from '../../refinement/build/build.mjs';
import { X86_64_ARCH } from '../../spec/abi/arch.ts';
import { pointsOf } from '../../spec/variant.ts';

const code = (file: string): string => readFileSync(file, 'utf8').replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, '');

function filesWith(folder: string, pattern: RegExp): readonly string[] {
  return sourceFiles([folder])
    .filter((file) => pattern.test(code(file)))
    .map((file) => file.slice(root.length + 1));
}

it('the specification asks in the table of each floor; configurations say what they are', () => {
  expect(filesWith('spec', /\.variant\b|'mcs'/)).toEqual([
    'spec/abi/config.ts',
    'spec/abi/variant.ts',
    'spec/api/variant.ts',
    'spec/decode/variant.ts',
    'spec/perform/variant.ts',
    'spec/state/variant.ts',
    'spec/time/variant.ts',
  ]);
});

it('the implementation asks in its table of numbers and its table of rules', () => {
  const files = filesWith('impl', /\bMCS\b/).filter((file) => !file.startsWith('impl/config/'));
  expect(files).toEqual(['impl/kernel/variant.ts', 'impl/variant.ts']);
});

it('properties ask in one table', () => {
  expect(filesWith('properties', /\.variant\b/)).toEqual(['properties/variant.ts']);
});

it('both kernels fill the same points, and each point in two ways', () => {
  const [classic, mcs] = [pointsOf('classic', X86_64_ARCH), pointsOf('mcs', X86_64_ARCH)];
  let points = 0;
  for (const floor of Object.keys(classic) as (keyof typeof classic)[]) {
    const [a, b]: Readonly<Record<string, unknown>>[] = [{ ...classic[floor] }, { ...mcs[floor] }];
    expect(Object.keys(a ?? {})).toEqual(Object.keys(b ?? {}));
    for (const name of Object.keys(a ?? {}))
      expect({ floor, name, same: a?.[name] === b?.[name] }).toMatchObject({ same: false });
    points += Object.keys(a ?? {}).length;
  }
  expect(points).toBe(42);
});
