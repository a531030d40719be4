/** How soon each defect is found, by which property, and how small the program gets that shows it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ROWS } from '../cli/check.ts';
import { DEFECTS } from './catalogue.ts';
import type { Defect } from './defect.ts';
import type { Build, Hunters } from './hunt.ts';
import { buildDefective, openHunters, whereToHunt } from './hunt.ts';
import type { Measurement, Minimal } from './table.ts';
import { MOST_STEPS, SEEDS, renderDefects } from './table.ts';

async function measureDefect(build: Build, hunters: Hunters, defect: Defect, folder: string): Promise<Measurement> {
  const kernels = await buildDefective(build, defect, folder);
  const caughtBy: Record<string, number> = {};
  const steps: (number | null)[] = [];
  let minimal: Minimal | null = null;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const options = { seed, rows: ROWS, steps: MOST_STEPS, ...whereToHunt(defect) };
    const { steps: taken, found } = await hunters.hunt(kernels, options);
    steps.push(found === null ? null : taken);
    if (found === null) continue;
    const { property } = found.failure;
    caughtBy[property] = (caughtBy[property] ?? 0) + 1;
    if (minimal !== null) continue;
    const { program, executions } = await hunters.shrink(kernels, options, found);
    minimal = { rows: program.length, executions };
  }
  steps.sort((a, b) => (a ?? Infinity) - (b ?? Infinity));
  return { name: defect.name, caughtBy, steps, minimal };
}

/** Measures the defects with the given names, or all, and writes the results and the page that shows them into `home`. */
export async function measureDefects(build: Build, names: readonly string[], home: string): Promise<void> {
  const file = join(home, 'measured.json');
  const known = JSON.parse(readFileSync(file, 'utf8')) as readonly Measurement[];
  const results = new Map(known.map((measurement) => [measurement.name, measurement]));
  const queue = DEFECTS.filter(({ name }) => names.length === 0 || names.includes(name));
  const threads = availableParallelism();
  const hunters = openHunters(build, threads);
  const save = (): void => {
    const current = DEFECTS.flatMap(({ name }) => results.get(name) ?? []);
    writeFileSync(file, `[\n${current.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`);
    writeFileSync(join(home, 'README.md'), renderDefects(DEFECTS, current));
  };
  const work = async (): Promise<void> => {
    for (let defect = queue.shift(); defect !== undefined; defect = queue.shift()) {
      const measurement = await measureDefect(build, hunters, defect, join(build.dist, 'defects'));
      results.set(defect.name, measurement);
      save();
      process.stderr.write(`${defect.name}: ${JSON.stringify(measurement.caughtBy)}, ${queue.length} to go\n`);
    }
  };
  await Promise.all(Array.from({ length: threads }, work));
  save();
  await hunters.close();
}
