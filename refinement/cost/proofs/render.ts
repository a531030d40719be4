/** What the mined data says, for terminals. */
import { textTable } from '../text-table.ts';
import type { ProofStudy } from './study.ts';

const share = (value: number): string => value.toFixed(3);
const percent = (value: number): string => `${Math.round(value * 100)} %`;

export function renderProofs(study: ProofStudy): string {
  return `${[
    'Lines of proof against the size of the statement, by lemma (R2: share of the variance explained; of the power, of the logarithms)',
    sessions(study),
    `${study.agreeing} figures agree to the digit with those printed when the data was mined; ${study.differences.length} do not:`,
    differences(study),
    '',
    `${study.proofRatio.toFixed(1)} lines of proof to a line of abstract specification (RISC-V)`,
    sizes(study),
    '',
    areas(study),
    '',
    changes(study),
    '',
    foretold(study),
  ].join('\n')}\n`;
}

function sessions(study: ProofStudy): string {
  return textTable(
    ['session', 'lemmas', 'linear R2', 'quadratic R2', 'lines per x²', 'exponent', 'power R2'],
    study.sessions.map(({ group, n, linear, quadratic, power }) => [
      group,
      n,
      share(linear.r2),
      share(quadratic.r2),
      (quadratic.coefficients[2] ?? NaN).toPrecision(3),
      share(power.coefficients[1] ?? NaN),
      share(power.r2),
    ]),
  );
}

function differences({ differences: all }: ProofStudy): string {
  const reasons = [...new Set(all.map(({ because }) => because))];
  return reasons
    .map((reason) => {
      const figures = all
        .filter(({ because }) => because === reason)
        .map(({ group, figure, printed, again }) =>
          printed === '' ? group : `${group} ${figure} ${printed} (again ${again})`,
        );
      return `  ${reason ?? ''}:\n    ${figures.join('\n    ')}`;
    })
    .join('\n');
}

function sizes(study: ProofStudy): string {
  return textTable(
    ['component', 'architecture', 'lines', 'without blanks and comments', 'lemmas'],
    study.sizes.map(({ component, arch, lines, sloc, lemmas }) => [component, arch, lines, sloc, lemmas]),
  );
}

function areas({ areas: all, byArea }: ProofStudy): string {
  const table = textTable(
    ['area', 'specification', 'proof', 'proof / specification'],
    all.map(({ area, specification, proof }) => [area, specification, proof, (proof / specification).toFixed(1)]),
  );
  const explained =
    byArea === null
      ? 'no fit'
      : `as a power, the size of the specification explains ${share(byArea.r2)} of the variance`;
  return `Lines by area (RISC-V); ${explained}, over ${all.length} areas\n${table}`;
}

function changes({ years, together }: ProofStudy): string {
  const table = textTable(
    ['year', 'commits', 'specification', 'proof', 'proof / specification'],
    years.map(({ year, commits, specification, proof }) => [
      String(year),
      commits,
      specification,
      proof,
      (proof / specification).toFixed(1),
    ]),
  );
  const { specificationOnly, proofOnly, both, perCommit, perMonth } = together;
  return [
    'Lines changed by year of writing',
    table,
    `${specificationOnly} commits change the specification only, ${proofOnly} proofs only, ${both} both; of these, proof grows with specification to the power of ${(perCommit.coefficients[1] ?? NaN).toFixed(2)}, R2 ${share(perCommit.r2)}; month by month a line explains ${share(perMonth.r2)}`,
    'Most repairs are not in the commit that makes them necessary: what a change costs cannot be read off its own commit.',
  ].join('\n');
}

function foretold({ merits: all, foretold: years }: ProofStudy): string {
  const rows = years.map((one) => [
    one.model,
    String(one.year),
    one.before,
    one.commits,
    one.factor.toFixed(1),
    percent(one.withinHalf),
    percent(one.withinMost),
    one.proof,
    Math.round(one.foretold),
  ]);
  const over = all.map((one) => [
    one.model,
    'all',
    null,
    one.commits,
    one.factor.toFixed(1),
    percent(one.withinHalf),
    percent(one.withinMost),
    null,
    null,
  ]);
  return [
    'Each year foretold from all before it: proof changed by commits that change both. Off by: factor, in the middle of the cases. Of the quarters 50 % should be true, of the tenths 80 %.',
    textTable(
      ['model', 'year', 'from', 'commits', 'off by', 'in quarters', 'in tenths', 'lines', 'foretold'],
      [...rows, ...over],
    ),
    'The model that `corres affected` uses is the one that is off least over all years. It was chosen by these same years, so it is a little worse than it looks here.',
  ].join('\n');
}
