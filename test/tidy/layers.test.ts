/** The import rules of `.dependency-cruiser.cjs`, on the tree as it stands; and, for every rule, that breaking it is reported. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { ICruiseResult, IFlattenedRuleSet } from 'dependency-cruiser';
import { cruise } from 'dependency-cruiser';
import { afterAll, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const HOUSES = ['spec', 'impl', 'properties', 'refinement', 'test'];
const { forbidden, options } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
  readonly forbidden: readonly { readonly name: string; readonly comment: string }[];
  readonly options: object;
};

async function look(baseDir: string, houses: string[]): Promise<ICruiseResult> {
  const ruleSet = { forbidden } as unknown as IFlattenedRuleSet;
  const { output } = await cruise(houses, { ...options, baseDir, validate: true, ruleSet });
  return output as ICruiseResult;
}

const reported = (result: ICruiseResult): string[] =>
  result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} imports ${to}`);

it('no import breaks a rule, and the files were seen', { timeout: 60_000 }, async () => {
  const result = await look(ROOT, HOUSES);
  expect(reported(result)).toEqual([]);
  for (const house of HOUSES) {
    const files = result.modules.filter(({ source }) => source.startsWith(`${house}/`) && source.endsWith('.ts'));
    expect(files.length, `files seen in ${house}/`).toBeGreaterThan(4);
  }
  // The cruiser has seen types, too: without them half of the imports would be invisible.
  const imports = result.modules.flatMap(({ dependencies }) => dependencies);
  expect(imports.some(({ dependencyTypes }) => dependencyTypes.includes('type-only'))).toBe(true);
});

it('every rule says why', () => {
  expect(forbidden.filter(({ comment }) => comment.length < 20)).toEqual([]);
});

/** For each rule, the least that breaks it: file and what it imports. */
const BREAKS: Readonly<Record<string, readonly [file: string, source: string]>> = {
  'no-cycle': ['spec/state/cycle-back.ts', "import './cycle.ts';"],
  'no-orphan': ['properties/orphan.ts', 'export const forgotten = 1;'],
  'no-unresolved': ['spec/state/nowhere.ts', "import './nothing.ts';"],
  'spec-alone': ['spec/state/shares.ts', "import '../../impl/abi.ts';"],
  'spec-pure': ['spec/state/reads-files.ts', "import 'node:fs';"],
  'spec-floor-abi': ['spec/abi/up.ts', "import type { x } from '../state/ok.ts';"],
  'spec-floor-state': ['spec/state/up.ts', "import '../lookup/ok.ts';"],
  'spec-floor-lookup': ['spec/lookup/up.ts', "import '../arch/ok.ts';"],
  'spec-floor-arch': ['spec/arch/up.ts', "import '../decode/ok.ts';"],
  'spec-floor-decode': ['spec/decode/up.ts', "import '../perform/ok.ts';"],
  'spec-floor-perform': ['spec/perform/up.ts', "import '../time/ok.ts';"],
  'spec-floor-time': ['spec/time/up.ts', "import '../schedule/ok.ts';"],
  'spec-floor-schedule': ['spec/schedule/up.ts', "import '../api/ok.ts';"],
  'impl-alone': ['impl/kernel/shares.ts', "import '../../spec/abi/ok.ts';"],
  'impl-self-contained': ['impl/kernel/library.ts', "import 'ts-pattern';"],
  'impl-below-kernel': ['impl/hardware/knows.ts', "import '../kernel/ok.ts';"],
  'properties-of-the-spec': ['properties/up.ts', "import '../refinement/step/ok.ts';"],
  'impl-as-types-only': ['properties/value.ts', "import { x } from '../impl/abi.ts'; export const y = x;"],
  'refinement-floor-relation-world-system': ['refinement/relation/up.ts', "import '../step/ok.ts';"],
  'refinement-floor-step': ['refinement/step/up.ts', "import '../program/ok.ts';"],
  'refinement-floor-program-pair-conform': ['refinement/pair/up.ts', "import '../counterexample/ok.ts';"],
  'refinement-floor-shrink-counterexample': ['refinement/shrink/up.ts', "import '../replay/ok.ts';"],
  'refinement-floor-replay': ['refinement/replay/up.ts', "import '../campaign/ok.ts';"],
  'refinement-floor-campaign': ['refinement/campaign/up.ts', "import '../impact/ok.ts';"],
  'refinement-floor-impact-explore-cost-coverage-mutate': ['refinement/cost/up.ts', "import '../cli/ok.ts';"],
  'refinement-without-tests': ['refinement/step/tests.ts', "import '../../test/ok.ts';"],
  'fp-ts-through-the-prelude': ['refinement/step/library.ts', "import 'fp-ts/lib/Either.js';"],
  'io-ts-at-the-edge': ['properties/input.ts', "import 'io-ts';"],
  'no-development-dependency': ['refinement/step/tool.ts', "import 'typescript';"],
};

const folder = mkdtempSync(join(tmpdir(), 'layers-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function put(file: string, source: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), source);
}

it('breaking any rule is reported', { timeout: 60_000 }, async () => {
  expect(Object.keys(BREAKS).sort()).toEqual(forbidden.map(({ name }) => name).sort());
  for (const [file, source] of Object.values(BREAKS)) put(file, source);
  for (const floor of ['abi', 'state', 'lookup', 'arch', 'decode', 'perform', 'time', 'schedule', 'api']) {
    put(`spec/${floor}/ok.ts`, 'export type x = 1;');
  }
  for (const floor of ['step', 'program', 'counterexample', 'replay', 'campaign', 'impact', 'cli']) {
    put(`refinement/${floor}/ok.ts`, '');
  }
  put('spec/state/cycle.ts', "import './cycle-back.ts';");
  for (const file of ['impl/abi.ts', 'impl/kernel/ok.ts', 'test/ok.ts']) put(file, 'export const x = 1;');
  put('package.json', '{ "type": "module", "dependencies": { "fp-ts": "*", "io-ts": "*", "ts-pattern": "*" } }');
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));

  const result = await look(folder, HOUSES);
  const found = new Set(result.summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`));
  const missed = Object.entries(BREAKS).filter(([rule, [file]]) => !found.has(`${rule}: ${file}`));
  expect(missed.map(([rule]) => rule)).toEqual([]);
});
