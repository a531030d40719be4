/** Writes everything that a study is published as into a folder. */
import { join } from 'node:path';
import { writeWhole } from '../../counterexample/store.ts';
import { proofStudy } from '../proofs/study.ts';
import type { CostStudy } from '../study.ts';
import { asCsv, asJson, asParquet } from './formats.ts';
import { draw } from './plot.ts';
import { drawings } from './plots.ts';
import { htmlReport } from './report.ts';
import { resultsPage } from './results.ts';
import { countedTables, timeTables } from './tables.ts';

/** Tables as CSV and Parquet, all of them as JSON; plots as SVG; and one page with everything. */
export async function writeStudy(study: CostStudy, folder: string): Promise<void> {
  const tables = countedTables(study);
  for (const table of [...tables, ...timeTables(study)]) {
    writeWhole(join(folder, 'tables', `${table.name}.csv`), asCsv(table));
    writeWhole(join(folder, 'tables', `${table.name}.parquet`), await asParquet(table));
  }
  writeWhole(join(folder, 'study.json'), asJson(study, tables));
  const plots = await draw(drawings(study, proofStudy()));
  for (const { name, svg } of plots) writeWhole(join(folder, 'plots', `${name}.svg`), `${svg}\n`);
  writeWhole(join(folder, 'results.md'), resultsPage(tables, plots));
  writeWhole(join(folder, 'report.html'), htmlReport(study, tables, plots));
}
