/** Two kernels side by side: what breaks is found, what does not break is not reported, what cannot be compared is named. */
import { describe, expect, it, vi } from 'vitest';
import type { ImpactResult } from '../../../refinement/impact/impact.ts';
import { impact } from '../../../refinement/impact/impact.ts';
import { makeTrees } from '../../../refinement/impact/tree.ts';
import { renderImpact, renderImpactMarkdown } from '../../../refinement/report/impact.ts';
import { PROJECT, patchOf } from '../../helpers/patches.ts';

vi.setConfig({ testTimeout: 120_000 });

const RUNS = { small: 16, 'small-lazy': 3, 'small-riscv64': 2 };

async function compared(
  patches: readonly string[],
  {
    runs = RUNS,
    checkTypes = false,
    specOnly = false,
    base = 'HEAD',
  }: { runs?: Record<string, number>; checkTypes?: boolean; specOnly?: boolean; base?: string } = {},
): Promise<ImpactResult> {
  const trees = await makeTrees({ project: PROJECT, base, patches, checkTypes, configs: Object.keys(runs) });
  try {
    return await impact({
      trees,
      seed: 1,
      rows: 200,
      runs,
      specOnly,
      reproduce: 'again',
      interrupt: { isInterrupted: () => false, happened: new Promise(() => undefined) },
      onCell: () => undefined,
      say: () => undefined,
    });
  } finally {
    trees.dispose();
  }
}

const statuses = ({ matrix }: ImpactResult): readonly string[] => [...new Set(matrix.map(({ status }) => status))];

/** Changes after which the kernel does what it did. */
const REFACTORINGS = [
  [
    'a local name more',
    'impl/kernel/fpu.ts',
    'export function lazyFpuRestore(tcb: number): void {\n',
    'export function lazyFpuRestore(thread: number): void {\n  const tcb = thread;\n',
  ],
  [
    'two independent lines the other way round',
    'impl/kernel/notification.ts',
    '  store(notification + NTFN_BADGE_LO, 0);\n  store(notification + NTFN_BADGE_HI, 0);\n  signalTaken(',
    '  store(notification + NTFN_BADGE_HI, 0);\n  store(notification + NTFN_BADGE_LO, 0);\n  signalTaken(',
  ],
  [
    'the specification in other words',
    'spec/perform/reply.ts',
    '  if (fault !== null) return answerFault(deleteReplyCap(s, slot), sender, receiver, fault);\n',
    '  const withoutCap = (): KernelState => deleteReplyCap(s, slot);\n  if (fault !== null) return answerFault(withoutCap(), sender, receiver, fault);\n',
  ],
] as const;

describe('what breaks nothing shows no broken cell', () => {
  it('refactorings of both kernels', async () => {
    const patches = REFACTORINGS.map(([name, file, find, replace]) =>
      patchOf(name.replaceAll(' ', '-'), file, find, replace),
    );
    const result = await compared(patches);
    expect(result).toMatchObject({ verdict: 'nothing breaks', exitCode: 0, broken: [], behaviour: [] });
    expect(result.changed.stepsOf).toEqual(result.base.stepsOf);
    expect(statuses(result)).not.toContain('newly broken');
    expect(result.changeCoverage?.lines).toBe(3);
    expect(result.changeCoverage?.filesNotRun).toEqual([]);
    expect(result.change.map((changed) => changed.file)).toEqual(REFACTORINGS.map(([, file]) => file));
  });

  it('another choice where the choice is free', async () => {
    const file = 'impl/kernel/scheduler.ts';
    const find = '  const next = headOfQueue(domain, priority);\n';
    const other =
      "  const first = headOfQueue(domain, priority);\n  const second = load(first + 200);\n  const next = SCHEDULER === 'lazy' && second !== 0 && isSchedulable(second) ? second : first;\n";
    const patch = patchOf('choice', file, find, other);
    const result = await compared([patch], { runs: { 'small-lazy': 20 } });
    expect(result.broken).toEqual([]);
    expect(statuses(result)).not.toContain('newly broken');
    expect(result.changeCoverage?.reached).toBe(result.changeCoverage?.lines);
  });

  it('a file under another name', async () => {
    const file = 'impl/kernel/fpu.ts';
    const find = 'export function lazyFpuRestore(tcb: number): void {\n';
    const patch = patchOf('moved', file, find, `${find}\n`, 'impl/kernel/fpu-owner.ts');
    await expect(compared([patch])).rejects.toThrow(/does not build\n.*Could not resolve "\.\/fpu\.ts"/s);
  });
});

describe('what breaks', () => {
  const badge = (): string =>
    patchOf('badge', 'impl/kernel/endpoint.ts', '    store(sender + TCB_BLOCKING_BADGE_HI, badgeHi);\n', '');

  it('is named by property and operation, with the shortest program', async () => {
    const result = await compared([badge()], { runs: { small: 16 } });
    expect(result).toMatchObject({ verdict: 'breaks', exitCode: 1, reason: 'newly broken: refinement' });
    const row = result.matrix.find(({ property }) => property === 'refinement');
    expect(row?.status).toBe('newly broken');
    expect(row?.cells['Send']).toBe('newly broken');
    expect(row?.cells['Yield']).toBe('held');
    const [first] = result.broken;
    expect(first).toMatchObject({ property: 'refinement', isNew: true });
    expect(first?.counterexample?.program.length).toBeLessThanOrEqual(4);
    expect(first?.explanation).toMatch(/sender's badge: expected 0x[0-9a-f]+, found 0x0/);
    expect(renderImpact(result)).toContain('Breaks');
    const markdown = renderImpactMarkdown(result);
    expect(markdown).toContain('| `refinement` | newly broken | ');
    expect(markdown).not.toMatch(/\u001b/);
  });

  it('is mended the other way round: nothing is newly broken', async () => {
    const trees = await makeTrees({
      project: PROJECT,
      base: 'HEAD',
      patches: [badge()],
      checkTypes: false,
      configs: ['small'],
    });
    try {
      const swapped = { ...trees, base: trees.changed, changed: trees.base };
      const result = await impact({
        trees: swapped,
        seed: 1,
        rows: 200,
        runs: { small: 12 },
        specOnly: false,
        reproduce: '',
        interrupt: { isInterrupted: () => false, happened: new Promise(() => undefined) },
        onCell: () => undefined,
        say: () => undefined,
      });
      expect(result.matrix.find(({ property }) => property === 'refinement')?.status).toBe('mended');
      expect(result.exitCode).toBe(0);
    } finally {
      trees.dispose();
    }
  });

  it('is found in the specification too, and that its implementation does not follow', async () => {
    const patch = patchOf('spec', 'spec/perform/notification.ts', '| badge', '');
    const result = await compared([patch], { runs: { small: 10 }, specOnly: true });
    expect(result.exitCode).toBe(1);
    expect(result.reason).toContain('refinement');
  });

  it('is told of an event that never ends, and of a line that nothing reaches', async () => {
    const file = 'impl/kernel/notification.ts';
    const find = 'export function completeSignal(notification: number, thread: number): void {\n';
    const patch = patchOf('hang', file, find, `${find}  while (thread !== 0);\n  store(thread, 1);\n`);
    const result = await compared([patch], { runs: { small: 1 } });
    expect(result).toMatchObject({ exitCode: 1, reason: 'newly broken: no_fail' });
    expect(result.broken[0]?.what).toContain('the event ends');
    expect(result.broken[0]?.counterexample?.program.length).toBeGreaterThan(0);
    expect(result.changeCoverage?.unreached.map(({ text }) => text)).toContain('store(thread, 1);');
  });
});

describe('what cannot be compared is named, with its place', () => {
  it('a patch that does not fit', async () => {
    const patch = patchOf('one', 'impl/kernel/domain.ts', 'export function ', 'export  function ');
    await expect(compared([patch, patch])).rejects.toThrow(
      /one\.patch: does not apply\nerror: .*impl\/kernel\/domain\.ts/,
    );
  });

  it('a patch that is not there, and a revision that is none', async () => {
    await expect(compared(['/nowhere.patch'])).rejects.toThrow('/nowhere.patch: is not there');
    await expect(compared([], { base: 'nonsense' })).rejects.toThrow("'nonsense' is no revision");
    await expect(compared([], { base: '--output=x' })).rejects.toThrow("'--output=x' is no revision");
  });

  it('sources that do not build', async () => {
    const patch = patchOf('syntax', 'impl/kernel/domain.ts', 'export function ', 'export functoin ');
    await expect(compared([patch])).rejects.toThrow(/does not build\n.*impl\/kernel\/domain\.ts:\d+:\d+: /s);
  });

  it('types that do not fit', async () => {
    const end = 'export function lazyFpuRestore(';
    const patch = patchOf('types', 'impl/kernel/fpu.ts', end, `export const wrong: string = 5;\n\n${end}`);
    // The compiler is asked about the kernel alone: all sources take it ten times as long, and show nothing more.
    const all = '"include": ["spec", "impl", "properties", "refinement", "test", "vitest.config.ts"]';
    const kernel = patchOf('kernel', 'tsconfig.json', all, '"include": ["impl"]');
    await expect(compared([patch, kernel], { checkTypes: true })).rejects.toThrow(
      /the types do not fit\nimpl\/kernel\/fpu\.ts\(\d+,\d+\): error TS2322/,
    );
  });
});
