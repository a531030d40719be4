/** A recording as text: step by step, or what the failure is about. */
import pc from 'picocolors';
import { CATALOGUE } from '../../properties/catalogue.ts';
import type { Counterexample } from '../counterexample/format.ts';
import type { Kernels } from '../step/kernels.ts';
import type { Failure } from '../step/lockstep.ts';
import type { Names } from './names.ts';
import { namesOf } from './names.ts';
import type { RecordedRow, Recording } from './record.ts';
import { renderOutcome, renderRow } from './render-row.ts';
import { stateDiff } from './state-diff.ts';

export interface ReplayOptions {
  /** Only this step (from 1), in full. */
  readonly step?: number | undefined;
  readonly until?: number | undefined;
}

export function renderReplay(
  counterexample: Counterexample,
  kernels: Kernels,
  recording: Recording,
  { step, until }: ReplayOptions,
): string {
  const names = namesOf(kernels.world(counterexample.world), kernels.config);
  const lines = [`${pc.bold(counterexample.id)} on ${counterexample.config}`, ''];
  recording.rows.forEach((row, index) => {
    const number = index + 1;
    learn(names, row);
    if (step !== undefined && step !== number) return;
    if (until !== undefined && number > until) return;
    lines.push(...renderStep(row, number, names, step === number));
  });
  if (recording.failure === null)
    lines.push(
      '',
      pc.green('Both sides agree and every property holds: this does not fail on the sources as they are.'),
    );
  else if (until === undefined && (step === undefined || step === recording.rows.length)) {
    lines.push('', ...renderFailure(recording.failure, names));
  }
  return lines.join('\n');
}

function learn(names: Names, { before, after }: RecordedRow): void {
  names.learn(before);
  names.learn(after);
}

function renderStep(
  { row, before, after, outcome }: RecordedRow,
  number: number,
  names: Names,
  withRegisters: boolean,
): readonly string[] {
  const who = names.object(before.globals.currentThread);
  const head = `${String(number).padStart(3)}  ${pc.cyan(who)}: ${renderRow(row, names)}  ${pc.dim(renderOutcome(outcome))}`;
  return [head, ...stateDiff(before, after, names, withRegisters).map((line) => `       ${line}`)];
}

function renderFailure(failure: Failure, names: Names): readonly string[] {
  const lines = [pc.red(`✗ ${failure.property}: ${names.text(failure.what)}`)];
  for (const { where, field, spec, impl } of failure.differences.slice(0, 12)) {
    lines.push(`    ${names.text(where)}, ${field}: expected ${names.text(spec)}, found ${names.text(impl)}`);
  }
  if (failure.differences.length > 12) lines.push(`    and ${failure.differences.length - 12} more differences`);
  return lines;
}

export function renderExplanation(counterexample: Counterexample, kernels: Kernels, recording: Recording): string {
  const names = namesOf(kernels.world(counterexample.world), kernels.config);
  for (const row of recording.rows) learn(names, row);
  const { failure, failedRow } = recording;
  const { id, config, shrinking, found } = counterexample;
  if (failure === null) {
    return `${pc.bold(id)}: ${pc.green('holds')} on the sources as they are; it was found as: ${names.text(counterexample.what)}`;
  }
  const property = CATALOGUE.find(({ name }) => name === failure.property);
  const last = recording.rows.length;
  const lines = [
    `${pc.bold(id)} violates ${pc.red(failure.property)} on ${config}`,
    '',
    ...(property ? [`  ${property.statement}`] : []),
    ...(property?.l4v ? [pc.dim(`  l4v: ${property.l4v.constant} (${property.l4v.theory})`)] : []),
    '',
    failedRow === null || failedRow >= recording.rows.length
      ? `Found when the whole state was checked after step ${last}:`
      : `At step ${last} of ${counterexample.program.length}:`,
    '',
    ...recording.rows.map(({ row, before, outcome }, index) => {
      const mark = index === last - 1 ? pc.red('>') : ' ';
      const who = names.object(before.globals.currentThread);
      return ` ${mark}${String(index + 1).padStart(3)}  ${who}: ${renderRow(row, names)}  ${pc.dim(renderOutcome(outcome))}`;
    }),
    '',
    ...renderFailure(failure, names),
    ...relevant(recording, failure, names),
    '',
    shrinking.certificate === null
      ? 'Not shown to be minimal.'
      : `1-minimal: leaving out any one of the ${shrinking.certificate.rows} steps makes it pass (each was run; ${shrinking.executions} executions in all).`,
    ...(found ? [`Found by seed ${found.seed}, run ${found.run}.`] : []),
    `Step by step: npx corres replay ${id}`,
  ];
  return lines.join('\n');
}

/** What the specification says happened in the last step to the things that the failure names. */
function relevant({ rows }: Recording, failure: Failure, names: Names): readonly string[] {
  const last = rows.at(-1);
  if (last === undefined) return [];
  const about = failure.differences.map(({ where }) =>
    names.text(where).replace(/^(thread|slot|endpoint|notification|object) /, ''),
  );
  about.push(...[...failure.what.matchAll(/0x[0-9a-f]+/g)].map(([address]) => names.text(address)));
  const changes = stateDiff(last.before, last.after, names, false);
  const chosen = changes.filter((line) => about.some((name) => line.includes(name)));
  if (chosen.length === 0) return [];
  return ['', 'In that step the specification did this to them:', ...chosen.map((line) => `    ${line}`)];
}
