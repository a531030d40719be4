/** A study, for terminals: what was measured and what it comes to. */
import type { DetectionRow } from './analysis/detection.ts';
import type { CostName, KernelRow } from './analysis/kernels.ts';
import { COSTS, middleCost } from './analysis/kernels.ts';
import type { Effect } from './analysis/interaction.ts';
import type { CostStudy } from './study.ts';
import type { Cell } from './text-table.ts';
import { textTable } from './text-table.ts';

const round = (value: number | null | undefined, digits = 0): number | null =>
  value === null || value === undefined ? null : Number(value.toFixed(digits));

export function renderStudy(study: CostStudy): string {
  const parts = [
    kernels(study),
    branches(study),
    growthOf(study),
    effects(study),
    interactions(study),
    properties(study),
    detection(study),
    areas(study),
    exhaustion(study),
    failures(study),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function kernels({ kernels: rows, plan }: CostStudy): string {
  const cpu = ({ seeds }: KernelRow): number | null => {
    const known = seeds.flatMap((one) => one.cpu ?? []);
    return known.length === 0 ? null : Math.round(known.reduce((a, b) => a + b, 0) / known.length);
  };
  return [
    `Kernels: ${plan.seeds.length} seeds of ${plan.steps} steps each; statements of the definitions that the entry leads to; work: ${COSTS.work}; cpu is time and not counted`,
    textTable(
      ['kernel', 'spec', 'impl', 'pairs', 'there are', 'steps to 80 %', 'work', 'per step', 'cpu us/step'],
      rows.map((row) => [
        row.kernel,
        row.sizes.spec.statements,
        row.sizes.impl.statements,
        Math.max(...row.seeds.map(({ pairs }) => pairs.seen)),
        round(middleCost(row, 'plateau')),
        round(middleCost(row, 'steps')),
        round(middleCost(row, 'work')),
        round(middleCost(row, 'perStep')),
        cpu(row),
      ]),
    ),
  ].join('\n');
}

function branches({ branches: all }: CostStudy): string {
  if (all.length === 0) return '';
  return [
    'Branches that random programs reach, counted by the engine; those that there are belong in part to other configurations',
    textTable(
      ['config', 'side', 'there are', 'reached', 'steps', 'by the fitted curve', 'reached by half of the steps'],
      all.map(({ config, side, branches: number, points, fitted }) => {
        const [steps = 0, reached = 0] = points.at(-1) ?? [];
        const half = points.filter(([at]) => at <= steps / 2).at(-1)?.[1] ?? null;
        return [config, side, number, reached, steps, round(fitted), half];
      }),
    ),
  ].join('\n');
}

function growthOf({ growth }: CostStudy): string {
  return growth
    .map(({ cost, of, forms, open, kernels: n }) =>
      [
        `Growth with statements, over ${n} kernels${of === 'classic' ? ' made of the classic one' : ' of all kinds'}: ${COSTS[cost]}`,
        textTable(
          ['form', 'R2', 'off for another kernel', 'last coefficient', '95 %'],
          forms.map(({ form, r2, leaveOneOut, coefficients, interval }) => [
            form,
            round(r2, 3),
            leaveOneOut === null ? null : Number(leaveOneOut.toPrecision(3)),
            (coefficients.at(-1) ?? NaN).toPrecision(3),
            interval === null ? null : `${interval.low.toPrecision(3)} to ${interval.high.toPrecision(3)}`,
          ]),
        ),
        'These fits do not say',
        ...open.map((what) => `  ${what}`),
      ].join('\n'),
    )
    .join('\n\n');
}

const SHOWN: readonly CostName[] = ['work', 'plateau', 'perStep'];

/** The mean, and a star where all seeds agree on the sign. */
function effectCell({ mean, isClear }: Effect): string | null {
  return mean === null ? null : `${Math.round(mean).toLocaleString('en')}${isClear ? ' *' : ''}`;
}

function effects({ effects: rows }: CostStudy): string {
  if (rows.length === 0) return '';
  return [
    'Each feature by itself, against the classic kernel; * where all seeds agree on the sign',
    textTable(
      ['kernel', 'statements', ...SHOWN],
      rows.map((row) => [row.kernel, row.statements, ...SHOWN.map((name) => effectCell(row.effects[name]))]),
    ),
  ].join('\n');
}

function interactions({ interactions: rows }: CostStudy): string {
  if (rows.length === 0) return '';
  return [
    'Two features together, less each by itself; 0 where they have nothing to do with each other',
    textTable(
      ['kernel', 'statements', ...SHOWN],
      rows.map((row) => [row.kernel, row.statements, ...SHOWN.map((name) => effectCell(row.effects[name]))]),
    ),
  ].join('\n');
}

function properties({ properties: rows }: CostStudy): string {
  const shown = rows.filter(({ kernel }) => kernel === rows[0]?.kernel);
  return [
    `Properties on ${rows[0]?.kernel ?? ''}: what the predicate leads to, how often its case comes up, and what it notices`,
    textTable(
      [
        'property',
        'definitions',
        'statements',
        'branches',
        'per 1000 steps',
        'first after',
        'us a state',
        'defects',
        'steps to detect',
      ],
      shown.map((row) => [
        row.property,
        row.size?.definitions ?? null,
        row.size?.statements ?? null,
        row.size?.branches ?? null,
        round(row.exercised, 1),
        round(row.firstExercised),
        round(row.microseconds, 1),
        row.defects,
        round(row.detection),
      ]),
    ),
  ].join('\n');
}

type Found = Omit<DetectionRow, 'part' | 'side'>;

function detection({ detection: rows, classes }: CostStudy): string {
  const head = ['defects', 'p25', 'median', '95 %', 'p75', 'p90', 'within 1000', 'shrunk in'];
  const figures = (row: Found): readonly Cell[] => [
    row.defects,
    round(row.p25),
    round(row.median),
    row.interval === null ? null : `${Math.round(row.interval.low)} to ${Math.round(row.interval.high)}`,
    round(row.p75),
    round(row.p90),
    `${Math.round(row.soon * 100)} %`,
    round(row.shrinking),
  ];
  return [
    'Seeded defects: kernel steps until one is found (95 % interval of the median, over defects drawn anew)',
    textTable(
      ['part', ...head],
      rows.filter(({ side }) => side === 'any').map((row) => [row.part, ...figures(row)]),
    ),
    'Those of them that repeat a defect that really happened, by the class of property that should object',
    textTable(
      ['class', 'happened', ...head],
      classes.map((row) => [row.class, row.happened, ...figures(row)]),
    ),
  ].join('\n');
}

function areas({ areas: { rows, correlations } }: CostStudy): string {
  return [
    'Areas: what they cost to check beside what they cost to prove',
    textTable(
      ['area', 'proof lines', 'spec lines', 'our statements', 'pairs', 'steps to 80 %', 'defects', 'steps to detect'],
      rows.map((row) => [
        row.area,
        row.proof,
        row.specification,
        row.statements,
        row.pairs,
        round(row.saturation),
        row.defects,
        round(row.detection),
      ]),
    ),
    'Rank correlation with lines of proof',
    textTable(
      ['ours', 'areas', 'rho', '95 %'],
      correlations.map(({ ours, correlation }) => [
        ours,
        correlation?.n ?? null,
        round(correlation?.rho, 2),
        correlation?.interval
          ? `${correlation.interval.low.toFixed(2)} to ${correlation.interval.high.toFixed(2)}`
          : null,
      ]),
    ),
  ].join('\n');
}

function exhaustion({ exhaustion: found }: CostStudy): string {
  if (found === null) return '';
  const { rows, features, perFeature, byEvents } = found;
  return [
    `Everything that can happen in a small system, for ${rows.length} choices of its features: states multiply by the feature`,
    textTable(
      ['feature', 'factor', 'least', 'most'],
      features.map((one) => [one.feature, round(one.factor, 2), round(one.least, 2), round(one.most, 2)]),
    ),
    perFeature === null
      ? ''
      : `Each feature more multiplies by ${perFeature.factor.toFixed(2)} in the mean, which explains ${perFeature.r2.toFixed(2)} of the variance of the logarithm; against the number of events: ${byEvents.map(({ form, r2 }) => `${form} R2 ${r2.toFixed(2)}`).join(', ')}`,
  ].join('\n');
}

function failures({ failures: all }: CostStudy): string {
  return all
    .map(
      ({ kernel, seed, property, what }) => `${kernel}, seed ${seed}: the kernels do not agree: ${property}: ${what}`,
    )
    .join('\n');
}
