/** A study as one page that needs nothing else: readable on screen and in print, with every figure of a plot under the pointer. */
import type { CostStudy } from '../study.ts';
import type { Plot } from './plot.ts';
import type { Table, Value } from './table.ts';

const STYLE = `
body { font: 15px/1.45 system-ui, sans-serif; color: black; background: white; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
figure { margin: 2rem 0; break-inside: avoid; } figcaption { margin-top: .5rem; color: dimgray; }
svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; font-size: 13px; margin: .5rem 0 1.5rem; } th, td { border-bottom: 1px solid silver; padding: .15rem .5rem; text-align: left; vertical-align: top; }
td.n { text-align: right; font-variant-numeric: tabular-nums; } th { border-bottom: 2px solid black; } caption { text-align: left; font-weight: 600; padding: .3rem 0; }
details { margin: .5rem 0; } @media print { body { margin: 0; max-width: none; font-size: 11px; } details > * { display: block; } }
`;

export function htmlReport(study: CostStudy, tables: readonly Table[], plots: readonly Plot[]): string {
  const { plan, sources, failures } = study;
  const open = study.growth.map(
    ({ cost, of, open: all }) =>
      `<li>${escaped(cost)}, kernels: ${of}<ul>${all.map((what) => `<li>${escaped(what)}</li>`).join('')}</ul></li>`,
  );
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>What checking costs</title><style>${STYLE}</style></head>
<body>
<h1>What checking costs</h1>
<p>${plan.kernels.length} kernels, ${plan.seeds.length} seeds (from ${plan.seeds[0] ?? ''}), ${plan.steps} kernel steps each; specification ${escaped(sources.spec)}, implementation ${escaped(sources.impl)}. Everything but processor time is counted, and is the same on any machine.</p>
${failures.map(({ kernel, seed, property, what }) => `<p><strong>${escaped(kernel)}, seed ${seed}: the kernels do not agree: ${escaped(property)}: ${escaped(what)}</strong></p>`).join('\n')}
<h2>Plots</h2>
${plots.map(({ svg, caption }) => `<figure>${svg}<figcaption>${escaped(caption)}</figcaption></figure>`).join('\n')}
<h2>What the fits of growth do not say</h2>
<ul>${open.join('\n')}</ul>
<h2>Tables</h2>
${tables.map(htmlTable).join('\n')}
</body>
</html>
`;
}

/** Tables of more rows than one reads are in the files only. */
const MOST_ROWS = 400;

function htmlTable({ name, about, columns, rows }: Table): string {
  if (rows.length > MOST_ROWS)
    return `<p><strong>${escaped(name)}</strong>: ${rows.length} rows, each ${escaped(about)}; in the files beside this page.</p>`;
  const head = columns.map((column) => `<th title="${escaped(column.about)}">${escaped(column.name)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n');
  return `<details open><summary>${escaped(name)}: a row is ${escaped(about)}</summary><table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></details>`;
}

function cell(value: Value): string {
  if (value === null) return '<td>-</td>';
  return typeof value === 'number'
    ? `<td class="n">${escaped(value.toLocaleString('en', { maximumSignificantDigits: 5 }))}</td>`
    : `<td>${escaped(String(value))}</td>`;
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
