/** Kernels with a seeded defect, built into a folder of their own that is gone when the test file is done. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { buildImpl } from '../../refinement/build/build.mjs';
import { DEFECTS } from '../../refinement/defects/catalogue.ts';
import type { Defect } from '../../refinement/defects/defect.ts';
import { applyDefect } from '../../refinement/defects/defect.ts';

let folder: string | null = null;

export function defectNamed(name: string): Defect {
  const found = DEFECTS.find((defect) => defect.name === name);
  if (found === undefined) throw new Error(`there is no seeded defect ${name}`);
  return found;
}

/** Path of the bundle. */
export async function buildDefective(defect: Defect, config = defect.config ?? 'small'): Promise<string> {
  folder ??= mkdtempSync(join(tmpdir(), 'corres-defects-'));
  const outfile = join(folder, `${defect.name}-${config}.mjs`);
  await buildImpl({ config, outfile, transform: applyDefect(defect) });
  return outfile;
}

afterAll(() => {
  if (folder !== null) rmSync(folder, { recursive: true, force: true });
});
