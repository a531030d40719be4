/** A recording as text: step by step, or what the failure is about. */
import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';
import { placeName } from '../system/setting.ts';
import type { RecordedPairRow } from './record-pair.ts';
import { isPairRow } from './record-pair.ts';
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
  const names = namesOf(kernels.worldOf(counterexample), kernels.config);
  const lines = [`${pc.bold(counterexample.id)} on ${placeName(counterexample.config, counterexample.setting)}`, ''];
  recording.rows.forEach((row, index) => {
    const number = index + 1;
    learn(names, row);
    if (step !== undefined && step !== number) return;
    if (until !== undefined && number > until) return;
    lines.push(
      ...(isPairRow(row)
        ? renderPairStep(row, number, names, step === number)
        : renderStep(row, number, names, step === number)),
    );
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

function learn(names: Names, row: RecordedRow): void {
  names.learn(row.before);
  names.learn(row.after);
  if (isPairRow(row) && row.second !== null) learn(names, row.second);
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

/** Width of the first run's column, where two stand side by side. */
const COLUMN = 70;

/** Both runs side by side: what each does, and what that changes. What is the same in both is written once. */
function renderPairStep(
  pair: RecordedPairRow,
  number: number,
  names: Names,
  withRegisters: boolean,
): readonly string[] {
  const { second } = pair;
  if (second !== null) learn(names, second);
  const [head = '', ...effects] = renderStep(pair, number, names, withRegisters);
  const [otherHead = '', ...otherEffects] =
    second === null ? ['     nothing'] : renderStep(second, number, names, withRegisters);
  const both = effects.filter((line) => otherEffects.includes(line));
  const left = effects.filter((line) => !both.includes(line));
  const right = otherEffects.filter((line) => !both.includes(line));
  const lines = [head === otherHead ? head : beside(head, otherHead), ...both];
  for (let n = 0; n < Math.max(left.length, right.length); n++) lines.push(beside(left[n] ?? '', right[n] ?? ''));
  return lines;
}

function beside(left: string, right: string): string {
  const bare = stripVTControlCharacters(left);
  // A line that is too long for its column has one of its own.
  if (bare.length > COLUMN && right !== '')
    return `${left}\n${' '.repeat(COLUMN)} ${pc.yellow('|')} ${right.trimStart()}`;
  return `${left}${' '.repeat(Math.max(0, COLUMN - bare.length))} ${pc.yellow('|')} ${right.trimStart()}`;
}

function secondText({ second }: RecordedPairRow, names: Names): string {
  return second === null ? 'nothing' : `${renderRow(second.row, names)}  ${renderOutcome(second.outcome)}`;
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
  const names = namesOf(kernels.worldOf(counterexample), kernels.config);
  for (const row of recording.rows) learn(names, row);
  const { failure, failedRow } = recording;
  const { id, config, shrinking, found } = counterexample;
  if (failure === null) {
    return `${pc.bold(id)}: ${pc.green('holds')} on the sources as they are; it was found as: ${names.text(counterexample.what)}`;
  }
  const property = CATALOGUE.find(({ name }) => name === failure.property);
  const last = recording.rows.length;
  const lines = [
    `${pc.bold(id)} violates ${pc.red(failure.property)} on ${placeName(config, counterexample.setting)}`,
    '',
    ...(property ? [`  ${property.statement}`] : []),
    ...(property?.l4v ? [pc.dim(`  l4v: ${property.l4v.constant} (${property.l4v.theory})`)] : []),
    '',
    failedRow === null || failedRow >= recording.rows.length
      ? `Found when the whole state was checked after step ${last}:`
      : `At step ${last} of ${counterexample.program.length}:`,
    '',
    ...recording.rows.map((one, index) => {
      const { row, before, outcome } = one;
      const mark = index === last - 1 ? pc.red('>') : ' ';
      const who = names.object(before.globals.currentThread);
      return ` ${mark}${String(index + 1).padStart(3)}  ${who}: ${renderRow(row, names)}  ${pc.dim(renderOutcome(outcome))}${isPairRow(one) && !one.isAlike ? pc.yellow(`  | second run: ${secondText(one, names)}`) : ''}`;
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
