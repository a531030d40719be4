/** Kernel steps until each seeded defect is found: by the plain harness, and by what `check` does. */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { ROWS } from '../cli/check.ts';
import { DEFECTS } from '../defects/catalogue.ts';
import type { Defect } from '../defects/defect.ts';
import { applyDefect } from '../defects/defect.ts';
import type { Build, Hunters } from '../defects/hunt.ts';
import { buildDefective, openHunters } from '../defects/hunt.ts';
import type { PlainHunt } from './commands.ts';
import type { Detection } from './ratio.ts';
import { summaryOf } from './ratio.ts';
import type { PlainTask } from './worker.ts';

/** Steps after which a defect counts as not found; it then counts as if it had been found there. */
const MOST_STEPS = 50_000;
const SEED = 1;

async function plainWorker(build: Build, defect: Defect, folder: string): Promise<string> {
  if (defect.side === 'impl') return join(folder, 'worker.mjs');
  const outfile = join(folder, `${defect.name}-worker.mjs`);
  await build.buildModule({ entry: 'refinement/plain/worker.ts', outfile, transform: applyDefect(defect) });
  return outfile;
}

async function detect(
  build: Build,
  hunters: Hunters,
  plain: Piscina,
  defect: Defect,
  folder: string,
): Promise<Detection> {
  const kernels = await buildDefective(build, defect, folder);
  const filename = await plainWorker(build, defect, folder);
  const { config, bundle } = kernels;
  const task: PlainTask = { config, bundle, seed: SEED, steps: MOST_STEPS };
  const theirs = (await plain.run(task, { filename })) as PlainHunt;
  const ours = await hunters.hunt(kernels, { seed: SEED, rows: ROWS, steps: MOST_STEPS });
  return {
    name: defect.name,
    plain: theirs.property === null ? null : theirs.steps,
    corres: ours.found === null ? null : ours.steps,
  };
}

export async function measureDetection(
  build: Build,
  folder: string,
  names: readonly string[],
  home: string,
): Promise<void> {
  await build.buildModule({ entry: 'refinement/plain/worker.ts', outfile: join(folder, 'worker.mjs') });
  const queue = DEFECTS.filter(({ name }) => names.length === 0 || names.includes(name));
  const threads = availableParallelism();
  const hunters = openHunters(build, threads);
  const plain = new Piscina({ filename: join(folder, 'worker.mjs'), minThreads: threads, maxThreads: threads });
  const results = new Map<string, Detection>();
  const work = async (): Promise<void> => {
    for (let defect = queue.shift(); defect !== undefined; defect = queue.shift()) {
      const result = await detect(build, hunters, plain, defect, folder);
      results.set(defect.name, result);
      process.stderr.write(`${JSON.stringify(result)}, ${queue.length} to go\n`);
    }
  };
  await Promise.all(Array.from({ length: threads }, work));
  await Promise.all([hunters.close(), plain.destroy()]);
  const detections = DEFECTS.flatMap(({ name }) => results.get(name) ?? []);
  console.log(summaryOf(detections, MOST_STEPS));
  if (names.length > 0) return;
  const file = { seed: SEED, mostSteps: MOST_STEPS, detections };
  writeFileSync(join(home, 'measured.json'), `${JSON.stringify(file, null, 1)}\n`);
}
