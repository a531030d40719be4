/** What `corres impact` found, for a terminal and for a pull request. */
import pc from 'picocolors';
import type { RowStatus } from '../impact/compare.ts';
import type { BrokenResult, ImpactResult } from '../impact/impact.ts';
import { count } from './text.ts';

const STATUS_ORDER: readonly RowStatus[] = [
  'newly broken',
  'broken',
  'mended',
  'newly vacuous',
  'exercised less',
  'held',
  'vacuous',
  'not run',
];

/** Operations after which a property newly breaks, and those behind which it holds, are named; as many as this. */
const LISTED = 12;

export function renderImpact(result: ImpactResult): string {
  const { base, changed } = result;
  const lines = [
    `base     ${base.name}`,
    `changed  ${changed.name}${changeText(result)}`,
    '',
    ...matrixLines(result),
    ...result.broken.flatMap((cell) => explanationLines(cell)),
    ...behaviourLines(result),
    ...coverageLines(result),
    costLine(result),
    '',
    `${verdictColour(result)(result.verdict === 'nothing breaks' ? 'Nothing breaks' : result.verdict === 'breaks' ? 'Breaks' : result.verdict === 'incomplete' ? 'Incomplete' : 'Looked at less')}: ${result.reason}`,
    `${count(changed.steps)} steps on the changed kernel, ${count(base.steps)} on the base, ${result.seconds.toFixed(1)} s; random, not exhaustive; seed ${result.seed}`,
    ...(result.configsLeftOut.length > 0 ? [`left out, on one side only: ${result.configsLeftOut.join(', ')}`] : []),
    `again: ${result.reproduce}`,
  ];
  return lines.join('\n');
}

function verdictColour({ verdict }: ImpactResult): (text: string) => string {
  return verdict === 'nothing breaks' ? pc.green : verdict === 'breaks' ? pc.red : pc.yellow;
}

function changeText({ change }: ImpactResult): string {
  if (change.length === 0) return ': no source differs';
  const files = change.map(({ file, kind, from, added, removed }) => {
    const how =
      kind === 'changed'
        ? `+${added} -${removed}`
        : kind === 'renamed'
          ? `renamed from ${from ?? '?'}, +${added} -${removed}`
          : kind;
    return `${file} (${how})`;
  });
  const more = files.length > 6 ? [`and ${files.length - 6} more`] : [];
  return `: ${[...files.slice(0, 6), ...more].join(', ')}`;
}

function matrixLines({ matrix, broken }: ImpactResult): readonly string[] {
  const lines: string[] = [];
  for (const status of STATUS_ORDER) {
    const rows = matrix.filter((row) => row.status === status);
    if (rows.length === 0) continue;
    const names = rows.map(({ property }) => property);
    if (status === 'held' || status === 'vacuous' || status === 'not run') {
      lines.push(
        `${status === 'held' ? pc.green('held') : status}: ${rows.length} properties${status === 'held' ? '' : ` (${names.join(', ')})`}`,
      );
      continue;
    }
    for (const { property, exercised, cells } of rows) {
      if (status === 'newly vacuous' || status === 'exercised less') {
        lines.push(
          `${pc.yellow(status)}: ${property}, exercised ${count(exercised.changed)} times, ${count(exercised.base)} in the base`,
        );
        continue;
      }
      lines.push(`${status === 'mended' ? pc.green('mended') : pc.red(status)}: ${pc.bold(property)}`);
      const named = Object.entries(cells).filter(
        ([, cell]) => cell === 'newly broken' || cell === 'broken' || cell === 'mended',
      );
      for (const [operation, cell] of named.slice(0, LISTED)) {
        const detail = broken.find((one) => one.property === property && one.operation === operation);
        const seen =
          detail === undefined
            ? ''
            : `${detail.config}, first after ${count(detail.steps)} steps, ${count(detail.times)} times: ${detail.what}`;
        lines.push(`    ${operation.padEnd(26)} ${cell === status ? '' : `${cell}; `}${seen}`);
      }
      if (named.length > LISTED) lines.push(`    and after ${named.length - LISTED} more operations`);
    }
  }
  return [...lines, ''];
}

function explanationLines({ counterexample, explanation, property }: BrokenResult): readonly string[] {
  if (counterexample === null) return [];
  if (explanation === null)
    return [
      pc.red(`✗ ${property}`),
      `  ${counterexample.id}: ${counterexample.program.length} steps, not made smaller`,
      '',
    ];
  const kept = explanation
    .split('\n')
    .filter((line) => !line.startsWith('Step by step:') && !line.startsWith('Found by'));
  return [pc.red(`✗ ${property}`), ...kept.map((line) => `  ${line}`), ''];
}

function behaviourLines({ behaviour }: ImpactResult): readonly string[] {
  if (behaviour.length === 0) return [];
  return [
    'behaves otherwise, step for step:',
    ...behaviour
      .slice(0, LISTED)
      .map(
        ({ operation, result, base, changed }) =>
          `    ${operation.padEnd(26)} ${result}: ${count(changed)}, ${count(base)} in the base`,
      ),
    ...(behaviour.length > LISTED ? [`    and ${behaviour.length - LISTED} more`] : []),
    '',
  ];
}

function coverageLines({ changeCoverage }: ImpactResult): readonly string[] {
  if (changeCoverage === null) return [];
  const { lines, reached, unreached, filesNotRun, steps } = changeCoverage;
  return [
    `coverage of the change: ${reached} of ${lines} changed lines reached (${steps})`,
    ...unreached.map(
      ({ file, line, text, isBranch }) => `    ${isBranch ? 'one way only' : 'not reached '}  ${file}:${line}  ${text}`,
    ),
    ...filesNotRun.map((file) => `    in no kernel that ran: ${file}`),
    '',
  ];
}

function costLine({ base, changed }: ImpactResult): string {
  const rate = ({ steps, workerSeconds }: ImpactResult['base']): number => steps / workerSeconds;
  const ratio = rate(base) / rate(changed);
  return `${countedCost(changed, base)}\nre-check: ${count(changed.steps)} steps in ${changed.workerSeconds.toFixed(1)} s of a worker; a step costs ${ratio.toFixed(2)} times what it does in the base`;
}

/** Counted, and so the same on any machine. */
function countedCost(changed: ImpactResult['base'], base: ImpactResult['base']): string {
  const size = ({ cost: { statements } }: ImpactResult['base']): number | null =>
    statements === null ? null : statements.spec + statements.impl;
  const [is, was] = [size(changed), size(base)];
  const known = (value: number | null): string => (value === null ? 'not counted' : count(Math.round(value)));
  const difference = is === null || was === null || is === was ? '' : ` (${is > was ? '+' : ''}${is - was})`;
  return `cost: ${known(is)} statements of the classic kernel, both sides${difference}, ${known(was)} in the base; ${known(changed.cost.perStep)} words compared and invariants asked in a step, ${known(base.cost.perStep)} in the base`;
}

/** For a pull request: a table of what is not as it was, and the programs that show it. */
export function renderImpactMarkdown(result: ImpactResult): string {
  const { base, changed, matrix, broken } = result;
  const rows = matrix.filter(({ status }) => status !== 'held' && status !== 'vacuous' && status !== 'not run');
  const held = matrix.filter(({ status }) => status === 'held').length;
  const lines = [
    `### corres impact: ${result.reason}`,
    '',
    `\`${changed.name}\` against \`${base.name}\`${changeText(result)}`,
    '',
  ];
  if (rows.length > 0) {
    lines.push('| property | status | after | exercised (base) |', '|---|---|---|---|');
    for (const { property, status, cells, exercised } of rows) {
      const after = Object.entries(cells)
        .filter(([, cell]) => cell === status)
        .map(([operation]) => operation);
      lines.push(
        `| \`${property}\` | ${status} | ${after.slice(0, LISTED).join(', ')} | ${count(exercised.changed)} (${count(exercised.base)}) |`,
      );
    }
    lines.push('');
  }
  lines.push(`${held} properties held in the programs that ran.`, '');
  for (const { property, explanation } of broken) {
    if (explanation === null) continue;
    lines.push(
      `<details><summary><code>${property}</code></summary>`,
      '',
      '```',
      explanation.replaceAll(/\u001b\[\d+m/g, ''),
      '```',
      '',
      '</details>',
      '',
    );
  }
  lines.push(
    ...[...behaviourLines(result), ...coverageLines(result)].map((line) =>
      line.startsWith('    ') ? `* ${line.trim()}` : line,
    ),
  );
  lines.push(costLine(result), '', `Random, not exhaustive; seed ${result.seed}. Again: \`${result.reproduce}\``, '');
  return lines.join('\n');
}
