/** Which seeded defects show in the shipped explorations, and after how much: the counterpart of looking for them at random. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { SYSTEMS_CONFIG } from '../system/setting.ts';
import { DEFECTS } from './catalogue.ts';
import type { Defect } from './defect.ts';
import { applyDefect } from './defect.ts';
import type { ExploredDefect } from './explored-table.ts';
import { isInReach, renderExplored } from './explored-table.ts';
import type { Build } from './hunt.ts';
import type { LookTask, Looked } from './look.ts';
import type { Measurement } from './table.ts';

const LOOK = 'refinement/defects/look.ts';

async function look(build: Build, defect: Defect, folder: string): Promise<ExploredDefect> {
  const { bundle, worker } = await defective(build, defect, folder);
  const pool = new Piscina({ filename: worker, maxThreads: 1 });
  try {
    const task: LookTask = { bundle, properties: defect.side === 'both' ? defect.breaks : null };
    return { name: defect.name, ...((await pool.run(task, { name: 'look' })) as Looked) };
  } finally {
    await pool.destroy();
  }
}

/** The two files with the defect in them, or the project's own. */
async function defective(
  { buildImpl, buildModule, dist }: Build,
  defect: Defect,
  folder: string,
): Promise<{ readonly bundle: string; readonly worker: string }> {
  const transform = applyDefect(defect);
  const isIn = (side: 'impl' | 'spec'): boolean => defect.side === side || defect.side === 'both';
  const own = join(dist, 'impl', `${SYSTEMS_CONFIG}.mjs`);
  const bundle = isIn('impl') ? join(folder, `${defect.name}-explored.mjs`) : own;
  const worker = join(folder, isIn('spec') ? `${defect.name}-look.mjs` : 'look.mjs');
  if (isIn('impl')) await buildImpl({ config: SYSTEMS_CONFIG, outfile: bundle, transform });
  if (isIn('spec')) await buildModule({ entry: LOOK, outfile: worker, transform });
  else if (!existsSync(worker)) await buildModule({ entry: LOOK, outfile: worker });
  return { bundle, worker };
}

/** Looks for the defects with the given names, or for all, and writes the results and the page that shows them into `home`. */
export async function exploreDefects(build: Build, names: readonly string[], home: string): Promise<void> {
  const file = join(home, 'explored.json');
  const read = (path: string): unknown => JSON.parse(readFileSync(join(home, path), 'utf8'));
  const results = new Map((read('explored.json') as readonly ExploredDefect[]).map((one) => [one.name, one]));
  const queue = DEFECTS.filter((defect) => isInReach(defect) && (names.length === 0 || names.includes(defect.name)));
  const folder = join(build.dist, 'defects');
  mkdirSync(folder, { recursive: true });
  rmSync(join(folder, 'look.mjs'), { force: true });
  for (const [n, defect] of queue.entries()) {
    const found = await look(build, defect, folder);
    results.set(defect.name, found);
    process.stderr.write(`${defect.name}: ${JSON.stringify(found.found)}, ${queue.length - n - 1} to go\n`);
    const current = DEFECTS.flatMap(({ name }) => results.get(name) ?? []);
    writeFileSync(file, `[\n${current.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`);
  }
  const current = DEFECTS.flatMap(({ name }) => results.get(name) ?? []);
  writeFileSync(join(home, 'explored.md'), renderExplored(current, read('measured.json') as readonly Measurement[]));
}
