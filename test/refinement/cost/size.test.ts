import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../../refinement/build/build.mjs';
import { ablation, ablations } from '../../../refinement/cost/ablation/ablation.ts';
import { FEATURES, featureNamed } from '../../../refinement/cost/ablation/catalogue.ts';
import { ruler } from '../../../refinement/cost/measure/sizes.ts';
import { plannedKernels } from '../../../refinement/cost/plan.ts';
import { Reach } from '../../../refinement/cost/size/closure.ts';
import { loadCompiler } from '../../../refinement/cost/size/kernel-size.ts';
import { sourceProgram } from '../../../refinement/cost/size/program.ts';
import { operationNamed } from '../../../refinement/program/operations.ts';

const ts = await loadCompiler();

describe('what a definition leads to', () => {
  const FILES: Readonly<Record<string, string>> = {
    'impl/config/x.ts': 'export const MCS: boolean = false; export const WORDS = 2;',
    'impl/a.ts': `
      import { MCS, WORDS } from '#impl-config';
      import * as other from './b.ts';
      import type { Shape } from './b.ts';
      export { renamed as handed } from './b.ts';
      const HAS_TIME = MCS && WORDS > 1;
      const table = { classic: { go: other.slow }, mcs: { go: other.timed } };
      export function enter(shape: Shape, renamed: number): number {
        if (HAS_TIME) return other.timed();
        const x = renamed > 0 && WORDS === 2 ? other.fast() : 0;
        switch (x) {
          case 0: return table.classic.go();
          default: return (() => 3)();
        }
      }`,
    'impl/b.ts': `
      export type Shape = { readonly timed: number };
      export function fast(): number { return 1; }
      export function slow(): number { return unused ? 1 : 2; }
      export function timed(): number { return 3; }
      const unused = false || fast() > 1;
      export const renamed = 5;`,
  };
  const program = sourceProgram(ts, (file) => FILES[file], 'x');
  const reach = (variant: 'classic' | 'mcs'): readonly string[] => {
    const entry = program.find({ file: 'impl/a.ts', name: 'enter' });
    if (entry === null) throw new Error('there is an entry');
    return [...new Reach(program, variant).from([entry]).values()].map(({ name }) => name).sort();
  };

  it('leaves out what the configuration and the variant exclude, types, and names of its own', () => {
    expect(reach('classic')).toEqual(['enter', 'fast', 'slow', 'table', 'unused', 'WORDS'].sort());
    expect(reach('mcs')).toEqual(['enter', 'fast', 'table', 'timed', 'WORDS'].sort());
  });

  it('is counted in statements and branches', () => {
    const entry = program.find({ file: 'impl/a.ts', name: 'enter' });
    if (entry === null) throw new Error('there is an entry');
    const own = [...new Reach(program, 'classic').from([entry]).values()].find(({ name }) => name === 'enter');
    // The function, `const x`, `switch`, two `return`, and the function that is one expression; `&&`, `?:` and two cases have two branches each.
    expect(own?.size).toEqual({ definitions: 1, statements: 6, branches: 6 });
  });

  it('follows names that are handed on', () => {
    expect(program.find({ file: 'impl/a.ts', name: 'handed' })).toMatchObject({ file: 'impl/b.ts', name: 'renamed' });
  });
});

/** All of them take a minute. */
const SOME = ['-fastpath', '-address-spaces', '+mcs'];

describe('kernels without features', () => {
  it('are smaller than the classic one, and that with time is larger', { timeout: 120_000 }, async () => {
    const rule = await ruler(root);
    const statements = (kernel: Parameters<typeof rule.measure>[0]): number => {
      const { spec, impl } = rule.measure(kernel);
      return spec.statements + impl.statements;
    };
    const [classic, ...others] = ablations(false);
    if (classic === undefined) throw new Error('the classic kernel comes first');
    const whole = statements(classic);
    for (const kernel of others.filter(({ name }) => SOME.includes(name))) {
      if (kernel.config === 'small-mcs') expect(statements(kernel)).toBeGreaterThan(whole);
      else expect(statements(kernel), kernel.name).toBeLessThan(whole);
    }
    const ladder = others.filter(({ features }) => [3, 7, 11].includes(features.length)).map(statements);
    expect(ladder).toHaveLength(3);
    expect([...ladder].sort((a, b) => b - a)).toEqual(ladder);
    const { propertySize } = rule.measure(classic);
    expect(propertySize('valid_tcb')?.statements).toBeGreaterThan(propertySize('only_idle')?.statements ?? Infinity);
    expect(propertySize('no_fail')).toBeNull();
  });

  it('have names, and no two the same', () => {
    const names = ablations(true).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.slice(0, 2)).toEqual(['classic', '-fastpath']);
    expect(names).toContain('+mcs -fastpath');
    expect(names).not.toContain('+lazy -fastpath');
  });

  it('leave out operations that there are', () => {
    for (const { name, operations } of FEATURES)
      for (const operation of operations) expect(operationNamed(operation), `${name}: ${operation}`).toBeDefined();
  });

  it('are not made of two kernels', () => {
    const [mcs, lazy] = ['mcs', 'lazy'].map((name) => featureNamed(name));
    if (mcs === undefined || lazy === undefined) throw new Error('both are features');
    expect(ablation([mcs, lazy])).toBeNull();
  });

  it('are planned as they are asked for', () => {
    const names = (asked: Partial<Parameters<typeof plannedKernels>[0]>): readonly string[] =>
      plannedKernels({ features: [], configs: [], properties: [], pairs: false, ...asked }).map(({ name }) => name);
    expect(names({ features: ['domains', 'mcs'] })).toEqual(['classic', '-domains', '+mcs', '+mcs -domains']);
    expect(names({ configs: ['small-mcs'] })).toEqual(['+mcs']);
    expect(() => names({ features: ['time-travel'] })).toThrow("unknown feature 'time-travel'; there are: fastpath");
    expect(() => names({ configs: ['x86_64'] })).toThrow("no study is of configuration 'x86_64'");
  });
});

it('every edit changes a file that there is', () => {
  for (const { name, edits, classicEdits = [] } of FEATURES)
    for (const { file } of [...edits, ...classicEdits])
      expect(readFileSync(join(root, file), 'utf8'), name).toBeTruthy();
  expect(FEATURES.length).toBeGreaterThanOrEqual(13);
});
