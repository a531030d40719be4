/**
 * Defects that really happened in kernels: every one that the model can have is a patch here, made from the seeded defect that repeats it, and is
 * caught by the class of property that its story names. `npm run docs` writes the patches again.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import * as build from '../../refinement/build/build.mjs';
import { DEFAULT_SEED, ROWS } from '../../refinement/cli/check.ts';
import { IMPACT_RUNS } from '../../refinement/cli/impact.ts';
import { defectNamed } from '../../refinement/defects/catalogue.ts';
import type { Defect } from '../../refinement/defects/defect.ts';
import { defectiveSource } from '../../refinement/defects/defect.ts';
import { buildDefective, openHunters } from '../../refinement/defects/hunt.ts';
import type { Measurement } from '../../refinement/defects/table.ts';
import { INVARIANTS, STEP_PROPERTIES } from '../../properties/catalogue.ts';
import { TEMPORAL_CHECKS } from '../../properties/temporal/checks.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PATCHES = join(import.meta.dirname, 'patches');

interface Entry {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly subsystem: string;
  /** Classes of property that should object. */
  readonly breaks: readonly string[];
  /** The specification of seL4 shared it, or something other than refinement has to object. */
  readonly refinementBlind: boolean;
  /** `miss`: the model can have it, and no property objects yet. */
  readonly scope: 'in' | 'out' | 'miss';
  /** Seeded defects that repeat it. */
  readonly defects?: readonly string[];
  /** What the model lacks. */
  readonly needs?: readonly string[];
  /** What has to come together, so that `impact` misses it with more seeds than it finds it with. */
  readonly seldom?: string;
  /** In what the seeded defect is not what happened. */
  readonly note?: string;
  /** The class that catches it while there is no property of those that should: our specification, unlike seL4's, does not share it. */
  readonly instead?: string;
}

const ENTRIES = JSON.parse(readFileSync(join(import.meta.dirname, 'corpus.json'), 'utf8')) as readonly Entry[];
const IN_SCOPE = ENTRIES.filter(({ scope }) => scope === 'in');
const MEASURED = JSON.parse(
  readFileSync(join(ROOT, 'refinement/defects/measured.json'), 'utf8'),
) as readonly Measurement[];

function named(name: string): Defect {
  const found = defectNamed(name);
  if (found === undefined) throw new Error(`there is no seeded defect ${name}`);
  return found;
}

/** The patch that seeds a defect. */
function patchOf(defect: Defect): string {
  const folder = mkdtempSync(join(tmpdir(), 'corres-corpus-'));
  try {
    return [...new Set(defect.edits.map(({ file }) => file))]
      .map((file) => {
        const source = readFileSync(join(ROOT, file), 'utf8');
        const [a, b] = [join(folder, 'a'), join(folder, 'b')];
        writeFileSync(a, source);
        writeFileSync(b, defectiveSource(defect, file, source));
        const { stdout } = spawnSync('git', ['diff', '--no-index', '--no-color', a, b], { encoding: 'utf8' });
        return `diff --git a/${file} b/${file}\n--- a/${file}\n+++ b/${file}\n${stdout.slice(stdout.indexOf('@@'))}`;
      })
      .join('');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const pairs = IN_SCOPE.flatMap(({ id, defects = [] }) => defects.map((defect) => [id, defect] as const));

it.each(pairs)('%s: the patch of %s fits the sources', async (id, name) => {
  await expect(patchOf(named(name))).toMatchFileSnapshot(join(PATCHES, `${id}-${name}.patch`));
});

it('there are no other patches', () => {
  expect(readdirSync(PATCHES).sort()).toEqual(pairs.map(([id, name]) => `${id}-${name}.patch`).sort());
});

const CLASSES: Readonly<Record<string, string>> = {
  integrity: 'integrity',
  pas_refined: 'integrity',
  take_grant_isolation: 'integrity',
  revoke_leaves_nothing: 'integrity',
  nonleakage: 'confidentiality',
  sched_not_global_channel: 'confidentiality',
  untyped_isolation: 'availability',
  domains_keep_time: 'availability',
  priorities_bounded: 'availability',
  highest_priority_runs: 'availability',
};

/** What a property is, in the words of the stories. */
function classOf(property: string): string {
  if (TEMPORAL_CHECKS.some(({ name }) => name === property)) return 'temporal-isolation';
  const security = CLASSES[property];
  if (security !== undefined) return security;
  return STEP_PROPERTIES.some(({ name }) => name === property) ? 'refinement' : 'invariant';
}

const folder = mkdtempSync(join(build.dist, 'corpus-'));
const hunters = openHunters(build, 1);
afterAll(async () => {
  await hunters.close();
  rmSync(folder, { recursive: true });
});

/** The comparison of the two kernels is mostly first; what properties of the classes say by themselves shows when they are alone. */
async function caughtAlone(name: string, isNamed: (property: string) => boolean): Promise<readonly string[]> {
  const kernels = await buildDefective(build, named(name), folder);
  const properties = [...INVARIANTS, ...TEMPORAL_CHECKS].map((property) => property.name).filter(isNamed);
  const { found } = await hunters.hunt(kernels, { seed: DEFAULT_SEED, rows: ROWS, steps: 40_000, properties });
  return found === null ? [] : [found.failure.property];
}

const configOf = (name: string): string => (named(name).config === 'small-mcs' ? 'small-mcs' : 'small');

describe.each(IN_SCOPE)('$id, $title', ({ breaks, instead, seldom, defects = [] }) => {
  it.each(defects)('is caught as %s, by the class of property that it names', async (name) => {
    const caughtBy = Object.keys(MEASURED.find((measured) => measured.name === name)?.caughtBy ?? {});
    expect(caughtBy.length).toBeGreaterThan(0);
    const wanted = [...breaks, ...(instead === undefined ? [] : [instead])];
    const isNamed = (property: string): boolean => wanted.includes(classOf(property));
    const found = caughtBy.some(isNamed) ? caughtBy : await caughtAlone(name, isNamed);
    expect(found.some(isNamed)).toBe(true);
  });

  it.each(defects)('is caught as %s in most seeds within what `impact` runs, or said to be seldom', (name) => {
    const { steps = [] } = MEASURED.find((measured) => measured.name === name) ?? {};
    const sorted = [...steps].map((n) => n ?? Infinity).sort((a, b) => a - b);
    if (seldom !== undefined) {
      expect(sorted[0]).toBeLessThan(Infinity);
      return;
    }
    // A program has 160 steps or so.
    expect(sorted[Math.ceil(sorted.length * 0.8) - 1]).toBeLessThan((IMPACT_RUNS[configOf(name)] ?? 0) * 160);
  });
});

it('what is out of scope says what it needs, and nothing is dropped', () => {
  expect(ENTRIES).toHaveLength(88);
  expect(new Set(ENTRIES.map(({ id }) => id)).size).toBe(88);
  for (const { id, scope, needs = [], defects = [] } of ENTRIES) {
    expect(scope === 'out' ? needs.length : defects.length, id).toBeGreaterThan(0);
  }
});
