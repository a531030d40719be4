/** A check's result for a terminal. */
import Table from 'cli-table3';
import pc from 'picocolors';
import { INTEGRITY } from '../../properties/security/checks.ts';
import { INTEGRITY_CASES } from '../../properties/security/integrity.ts';
import type { AnswerCoverage } from '../campaign/answer-coverage.ts';
import { answerName } from '../program/answer.ts';
import type { Capacity } from '../pair/capacity.ts';
import type { CheckResult, PropertyResult } from '../campaign/result.ts';

const MARK = { held: pc.green('held'), violated: pc.red('violated'), vacuous: pc.yellow('vacuous') } as const;
const VERDICT = { holds: pc.green, violated: pc.red, incomplete: pc.yellow } as const;

export const count = (n: number): string => Math.round(n).toLocaleString('en-US');

export function renderCheck(result: CheckResult): string {
  const lines: string[] = [propertyTable(result.properties), '', ...coverageLines(result), ''];
  for (const violation of result.violations) {
    const size = violation.minimal ? '1-minimal' : 'not minimal: shrinking was stopped';
    lines.push(
      pc.red(`✗ ${violation.property}`) + ` on ${violation.config}: ${violation.what}`,
      `  ${violation.known ? 'known' : 'new'} counterexample ${pc.bold(violation.id)}: ${violation.rows} steps (${size}, from ${violation.originalRows} in ${count(violation.executions)} executions)`,
      ...capacityLine(violation.capacity),
      ...(violation.file === null
        ? ['  not kept: save what was shown above to a file, and ask for that']
        : [`  ${violation.file}`, `  npx corres explain ${violation.id}`]),
      '',
    );
  }
  for (const id of result.mended)
    lines.push(`${pc.green('mended')} ${id} no longer fails; its file was moved to .corres/mended/`, '');
  lines.push(...systemLines(result.systems));
  const configs = Object.entries(result.stepsOf).map(([config, steps]) => `${count(steps)} on ${config}`);
  lines.push(
    `${VERDICT[result.verdict](result.verdict === 'holds' ? 'No violation found' : result.verdict === 'violated' ? 'Violated' : 'Incomplete')}: ${result.reason}`,
    `${count(result.steps)} steps (${configs.join(', ') || 'none'}), ${count(result.runs)} random programs, ${result.seconds.toFixed(1)} s on ${result.workers} workers, ${count(result.stepsPerSecond)} steps/s`,
    `checked: ${result.mode}; random, not exhaustive; seed ${result.seed}`,
    `spec ${result.sources.spec}, impl ${result.sources.impl}`,
    `again: ${result.reproduce}`,
  );
  return lines.join('\n');
}

/** What each system saw: that nothing was found says little where nothing was hidden. */
function systemLines(systems: CheckResult['systems']): readonly string[] {
  if (systems.length === 0) return [];
  const width = Math.max(...systems.map(({ name }) => name.length));
  return [
    'systems:',
    ...systems.map(({ name, steps, runs, pairs }) => {
      const made = `${count(steps).padStart(9)} ${pairs === null ? 'steps' : 'paired steps'} in ${count(runs)} ${pairs === null ? 'programs' : 'pairs'}`;
      if (pairs === null || pairs.steps === 0) return `  ${name.padEnd(width)} ${made}`;
      const percent = (part: number, whole: number): string => `${((100 * part) / Math.max(whole, 1)).toFixed(0)} %`;
      return `  ${name.padEnd(width)} ${made}: ${percent(pairs.secretive, pairs.pairs)} with a secret kept, ${percent(pairs.differing, pairs.steps)} of steps; ${percent(pairs.unreadable, pairs.bytes)} of memory unreadable${pairs.ended > 0 ? `; ${count(pairs.ended)} ended early` : ''}`;
    }),
    '',
  ];
}

function capacityLine(capacity: Capacity | null | undefined): readonly string[] {
  if (capacity === null || capacity === undefined) return [];
  const { bits, low, high, runs, observations } = capacity;
  return [
    `  tells at least ${bits.toFixed(2)} bits per run (95 % interval ${low.toFixed(2)} to ${high.toFixed(2)}; ${observations} different observations in ${count(runs)} runs with random secrets)`,
  ];
}

function propertyTable(properties: readonly PropertyResult[]): string {
  const table = new Table({
    head: ['property', 'about', 'result', 'exercised'],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, kind, status, exercised } of properties)
    table.push([name, kind, MARK[status], { content: count(exercised), hAlign: 'right' }]);
  return table.toString();
}

function coverageLines({ coverage }: CheckResult): readonly string[] {
  const of = new Map<string, string[]>();
  for (const { operation, outcome, count: times } of coverage.outcomes) {
    of.set(operation, [...(of.get(operation) ?? []), `${outcome} ${count(times)}`]);
  }
  const width = Math.max(0, ...[...of.keys()].map((name) => name.length));
  return [
    `coverage: ${coverage.operations} operations, ${coverage.pairs} (operation, outcome) pairs; ${count(coverage.effectiveSteps)} steps changed capabilities, queues or who runs`,
    ...[...of].map(([operation, outcomes]) => `  ${operation.padEnd(width)}  ${outcomes.join(', ')}`),
    ...caseLines(coverage.cases),
    ...answerLines(coverage.answers),
  ];
}

/** Which ways of changing what is somebody else's were seen. */
function caseLines(cases: CheckResult['coverage']['cases']): readonly string[] {
  const seen = cases.filter(({ property }) => property === INTEGRITY.name);
  if (seen.length === 0) return [];
  const missing = INTEGRITY_CASES.filter((name) => !seen.some((one) => one.case === name));
  return [
    `cases of integrity: ${seen.map((one) => `${one.case} ${count(one.count)}`).join(', ')}`,
    ...(missing.length > 0 ? [`  not seen: ${missing.join(', ')}`] : []),
  ];
}

export function answerLines({ seen, possible, unseen, unexpected }: AnswerCoverage): readonly string[] {
  return [
    `answers: ${seen} of the ${possible} (invocation, result) pairs that decoding allows were seen`,
    ...unseen.map(
      (answer) => `  not seen: ${answerName(answer)}${answer.because === null ? '' : ` (${answer.because})`}`,
    ),
    ...unexpected.map((answer) => `  not allowed, but seen: ${answerName(answer)}`),
  ];
}
