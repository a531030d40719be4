/** Runs the cells of a study: kernel by kernel, the seeds of a kernel beside each other. */
import { Piscina } from 'piscina';
import type { Ablation } from '../ablation/ablation.ts';
import type { Cell, CellTask } from './cell.ts';
import { kernelFactory } from './kernels.ts';
import type { CellStore } from './store.ts';

export interface StudyPlan {
  readonly kernels: readonly Ablation[];
  readonly seeds: readonly number[];
  /** Rows of a program, at most. */
  readonly rows: number;
  /** Kernel steps of a cell. */
  readonly steps: number;
  readonly properties: readonly string[] | null;
  readonly fullEvery: number;
}

export interface RunOptions {
  readonly workers: number;
  /** Null where nothing is to be kept. */
  readonly store: CellStore | null;
  readonly isInterrupted: () => boolean;
  readonly onCell: (cell: Cell, done: number, all: number, isKnown: boolean) => void;
}

/** In the order of the plan, whoever was faster. Null if it was interrupted: what was done is in the store. */
export async function runPlan(plan: StudyPlan, options: RunOptions): Promise<readonly Cell[] | null> {
  const { kernels, seeds } = plan;
  const { store, onCell } = options;
  const all = kernels.length * seeds.length;
  const cells: Cell[] = [];
  const factory = await kernelFactory();
  let done = 0;
  try {
    for (const kernel of kernels) {
      const known = seeds.map((seed) => store?.read(kernel.name, seed) ?? null);
      for (const cell of known) if (cell !== null) onCell(cell, ++done, all, true);
      const missing = seeds.filter((_, at) => known[at] === null);
      const made =
        missing.length === 0 || options.isInterrupted()
          ? []
          : await runKernel(plan, kernel, missing, await factory.build(kernel), options, (cell) => {
              store?.write(cell);
              onCell(cell, ++done, all, false);
            });
      for (const [at, seed] of seeds.entries()) {
        const cell = known[at] ?? made.find((one) => one.seed === seed);
        if (cell === undefined) return null;
        cells.push(cell);
      }
    }
    return cells;
  } finally {
    factory.dispose();
  }
}

/** With threads of its own, which end with it: a module that was loaded once stays in its thread, and memory would grow with the kernels. */
async function runKernel(
  { rows, steps, properties, fullEvery }: StudyPlan,
  { name, config }: Ablation,
  seeds: readonly number[],
  { bundle, worker }: { readonly bundle: string; readonly worker: string },
  { workers, isInterrupted }: RunOptions,
  onCell: (cell: Cell) => void,
): Promise<readonly Cell[]> {
  const threads = Math.min(workers, seeds.length);
  const pool = new Piscina({ filename: worker, minThreads: threads, maxThreads: threads });
  const queue = [...seeds];
  const cells: Cell[] = [];
  const work = async (): Promise<void> => {
    for (let seed = queue.shift(); seed !== undefined && !isInterrupted(); seed = queue.shift()) {
      const task: CellTask = { kernel: name, config, bundle, seed, rows, steps, properties, fullEvery };
      const cell = (await pool.run(task)) as Cell;
      cells.push(cell);
      onCell(cell);
    }
  };
  try {
    await Promise.all(Array.from({ length: threads }, work));
    return cells;
  } finally {
    await pool.destroy();
  }
}
