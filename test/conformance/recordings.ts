/** The committed recordings, and the kernels they are held against. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildImpl } from '../../refinement/build/build.mjs';
import type { AnswerCoverage } from '../../refinement/campaign/answer-coverage.ts';
import { answerCoverage } from '../../refinement/campaign/answer-coverage.ts';
import type { Counts } from '../../refinement/campaign/counts.ts';
import { count } from '../../refinement/campaign/counts.ts';
import type { ConformResult } from '../../refinement/conform/command.ts';
import { runConform } from '../../refinement/conform/command.ts';
import { answerToEvent } from '../../refinement/program/answer.ts';
import type { KernelConfig } from '../../spec/abi/config.ts';
import { CONFIGS } from '../../spec/abi/config.ts';
import type { Event } from '../../spec/api/event.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import type { Side } from '../../refinement/conform/kernel-under-test.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** The kernels that the test run has built. */
export const DIST_IMPL = join(ROOT, 'dist/fast');

export const recording = (platform: string, file: string): string =>
  join(import.meta.dirname, 'traces', platform, `${file}.jsonl.gz`);

/** All answers that the specification gave while it did what a recording has, by kernel. */
const answers = new Map<string, Counts>();

const kernelOf = ({ variant, arch }: KernelConfig): string => `${variant} ${arch.name}`;

function note(before: KernelState, event: Event, after: KernelState): void {
  const answer = answerToEvent(before, event, after);
  if (answer === null) return;
  const kernel = kernelOf(before.config);
  const seen: Counts = answers.get(kernel) ?? new Map<never, never>();
  answers.set(kernel, seen);
  count(seen, answer.invocation, answer.result);
}

/** What the recordings of a kernel that were replayed so far say of the table of possible answers. */
export function answersSeen(config: string): AnswerCoverage {
  const kernel = CONFIGS[config];
  if (kernel === undefined) throw new Error(`there is no configuration ${config}`);
  return answerCoverage([config], answers.get(kernelOf(kernel)) ?? new Map<never, never>());
}

type Transform = (file: string, source: string) => string;

/** Builds one implementation with a change, into a folder that is gone afterwards. */
async function withDefect<T>(config: string, transform: Transform, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'conform-'));
  try {
    await buildImpl({ config, outfile: join(folder, `${config}.mjs`), transform });
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export async function conform(
  platform: string,
  file: string,
  {
    sides = ['spec', 'impl'],
    script,
    transform,
  }: { sides?: readonly Side[]; script?: string; transform?: Transform } = {},
): Promise<ConformResult> {
  const run = (implFolder: string): Promise<ConformResult> =>
    runConform([recording(platform, file)], {
      sides,
      implFolder,
      onEntry: note,
      ...(script === undefined ? {} : { script }),
    });
  return transform === undefined ? run(DIST_IMPL) : withDefect(platform, transform, run);
}

/** The totals of one file's sides that every side must have, as `[scripts, operations, compared]`. */
export function pinned({ files }: ConformResult): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries(
    files.flatMap(({ selected, totals }) =>
      totals.map(({ side, operations, compared }) => [side, [selected, operations, compared]]),
    ),
  );
}

/** Of a kernel that programs its timer, as `[interrupts of it, times of entries that are inferred]`. */
export function timesOf({ files }: ConformResult): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries(
    files.flatMap(({ totals }) =>
      totals.map(({ side, timerInterrupts, timesInferred }) => [side, [timerInterrupts, timesInferred]]),
    ),
  );
}

/** What each side left out: `side script: operations, reason`. */
export function leftOut({ files }: ConformResult): readonly string[] {
  return files.flatMap(({ results }) =>
    results.flatMap(({ side, script, leftOut: left }) =>
      left === null ? [] : [`${side} ${script}: ${left.operations}, ${left.reason}`],
    ),
  );
}

export function differences({ files }: ConformResult): readonly string[] {
  return files.flatMap(({ results }) =>
    results.flatMap(({ side, script, difference: found }) =>
      found === null
        ? []
        : [`${side} ${script}, ${found.operation}: ${found.field} ${found.expected}, not ${found.found}`],
    ),
  );
}
