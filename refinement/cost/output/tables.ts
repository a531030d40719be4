/** A study as tables. */
import type { Exhausted } from '../exhaust/exhaust.ts';
import { GROUP_NAMES } from '../exhaust/groups.ts';
import { COSTS } from '../analysis/kernels.ts';
import type { CostName } from '../analysis/kernels.ts';
import type { ClassRow, DetectionRow } from '../analysis/detection.ts';
import type { Effect } from '../analysis/interaction.ts';
import type { CostStudy } from '../study.ts';
import type { Column, Table } from './table.ts';
import { number, table, text, truth } from './table.ts';

const NAMES = Object.keys(COSTS) as readonly CostName[];

/** Processor time is left out, so that the tables are the same on any machine; `kernel_time` and `property_time` have it. */
export function countedTables(study: CostStudy): readonly Table[] {
  return [
    kernels(study),
    costs(study),
    curves(study),
    branches(study),
    properties(study),
    ...growthTables(study),
    effects(study),
    interactions(study),
    detection(study),
    classes(study),
    mutants(study),
    ...areas(study),
    ...exhaustion(study),
  ];
}

/** What depends on the machine. */
export function timeTables(study: CostStudy): readonly Table[] {
  return [
    table(
      'kernel_time',
      'a kernel under one seed',
      study.kernels.flatMap(({ seeds }) => seeds),
      [
        text('kernel', 'name of the kernel', (row) => row.kernel),
        number('seed', 'seed of the programs', (row) => row.seed),
        number('cpu_us_per_step', 'processor time of the thread for a checked step, in microseconds', (row) => row.cpu),
      ],
    ),
    table('property_time', 'an invariant on a kernel', study.properties, [
      text('kernel', 'name of the kernel', (row) => row.kernel),
      text('property', 'name of the property', (row) => row.property),
      number('us_per_state', 'time of looking at a whole state, in microseconds', (row) => row.microseconds),
    ]),
  ];
}

function kernels({ kernels: rows }: CostStudy): Table {
  return table('kernels', 'a kernel of the study', rows, [
    text(
      'kernel',
      'name: `classic`, or the features that it differs by, left out (-) or put in (+)',
      (row) => row.kernel,
    ),
    text('config', 'configuration that it was made from', (row) => row.config),
    text('features', 'all that it differs by', (row) => row.features.join(' ')),
    number(
      'spec_definitions',
      'definitions that the specification leads to from its entry',
      (row) => row.sizes.spec.definitions,
    ),
    number('spec_statements', 'statements of these', (row) => row.sizes.spec.statements),
    number('spec_branches', 'branches of these', (row) => row.sizes.spec.branches),
    number('impl_definitions', 'the same of the implementation', (row) => row.sizes.impl.definitions),
    number('impl_statements', 'statements', (row) => row.sizes.impl.statements),
    number('impl_branches', 'branches', (row) => row.sizes.impl.branches),
  ]);
}

function costs({ kernels: rows }: CostStudy): Table {
  return table(
    'costs',
    'a kernel under one seed',
    rows.flatMap(({ seeds }) => seeds),
    [
      text('kernel', 'name of the kernel', (row) => row.kernel),
      number('seed', 'seed of the programs', (row) => row.seed),
      number('programs', 'programs that were run', (row) => row.programs),
      number('operations', 'operations that were generated', (row) => row.rows),
      number('steps', 'kernel steps that were checked', (row) => row.steps),
      number(
        'effective_steps',
        'of these, those that changed more than registers and messages',
        (row) => row.effective,
      ),
      number('pairs_seen', '(operation, result) pairs that were seen', (row) => row.pairs.seen),
      number('pairs_fitted', 'pairs that there are, by the fitted curve', (row) => row.pairs.fitted),
      number('pairs_chao', 'pairs that there are, at least, by those seen once and twice', (row) => row.pairs.chao),
      number(
        'steps_to_80',
        'steps until 80 % of pairs_chao were seen; empty if they were not',
        (row) => row.pairs.steps,
      ),
      number('fields_seen', 'fields of the abstract state that some step changed', (row) => row.fields.seen),
      number('fields_fitted', 'fields that there are, by the fitted curve', (row) => row.fields.fitted),
      number(
        'words_compared_per_step',
        '32-bit words of the implementation compared with the specification, per step',
        (row) => row.wordsCompared,
      ),
      number('words_scanned_per_step', '32-bit words looked at for changes, per step', (row) => row.wordsScanned),
      number('evaluations_per_step', 'questions asked of invariants, per step', (row) => row.evaluations),
      number('work_to_80', 'words compared and questions asked until 80 % of pairs_chao were seen', (row) => row.work),
    ],
  );
}

function curves({ kernels: all }: CostStudy): Table {
  const rows = all.flatMap(({ kernel, seeds }) =>
    seeds.flatMap(({ seed, curves: { pairs, fields } }) =>
      pairs.map(([steps, seen], at) => ({ kernel, seed, steps, pairs: seen, fields: fields[at]?.[1] })),
    ),
  );
  return table('curves', 'how much a kernel had shown by so many steps, under one seed', rows, [
    text('kernel', 'name of the kernel', (row) => row.kernel),
    number('seed', 'seed of the programs', (row) => row.seed),
    number('steps', 'steps made', (row) => row.steps),
    number('pairs', '(operation, result) pairs seen by then', (row) => row.pairs),
    number('fields', 'fields of the abstract state changed by then', (row) => row.fields),
  ]);
}

function branches({ branches: all }: CostStudy): Table {
  const rows = all.flatMap((one) => one.points.map(([steps, reached]) => ({ ...one, steps, reached })));
  return table('branches', 'a side of a configuration by so many steps, under the first seed', rows, [
    text('config', 'configuration', (row) => row.config),
    text('side', 'specification or implementation', (row) => row.side),
    number('steps', 'kernel steps that were checked', (row) => row.steps),
    number('reached', 'branches that these reached', (row) => row.reached),
    number('fitted', 'branches that random programs reach in the end, by the fitted curve', (row) => row.fitted),
    number(
      'branches',
      'branches that there are, those of other configurations in the same files among them',
      (row) => row.branches,
    ),
  ]);
}

function properties({ properties: rows }: CostStudy): Table {
  return table('properties', 'a property on a kernel', rows, [
    text('kernel', 'name of the kernel', (row) => row.kernel),
    text('property', 'name of the property', (row) => row.property),
    text('kind', 'what it is about: a state, a memory image, a step', (row) => row.kind),
    number(
      'definitions',
      'definitions that its predicate leads to; empty where the harness checks it',
      (row) => row.size?.definitions,
    ),
    number('statements', 'statements of these', (row) => row.size?.statements),
    number('branches', 'branches of these', (row) => row.size?.branches),
    number('exercised_per_1000', 'how often its interesting case came up in a thousand steps', (row) => row.exercised),
    number('first_exercised', 'steps until it first did, in the middle of the seeds', (row) => row.firstExercised),
    number('defects', 'seeded defects that it was mostly the first to notice', (row) => row.defects),
    number('steps_to_detect', 'steps until it did, in the middle', (row) => row.detection),
  ]);
}

function growthTables({ growth }: CostStudy): readonly Table[] {
  const forms = growth.flatMap((one) =>
    one.forms.map((form) => ({ cost: one.cost, of: one.of, kernels: one.kernels, ...form })),
  );
  const open = growth.flatMap(({ cost, of, open: all }) => all.map((what) => ({ cost, of, what })));
  return [
    table('growth', 'a form of growth with size, fitted to a cost of the kernels', forms, [
      text('cost', 'which cost', (row) => row.cost),
      text('of', 'the kernels: all kinds, or those made of the classic one', (row) => row.of),
      text('form', 'linear, quadratic or power', (row) => row.form),
      number('kernels', 'kernels that it was fitted to', (row) => row.kernels),
      number('r2', 'share of the variance explained; of the logarithms for a power', (row) => row.r2),
      number(
        'leave_one_out',
        'root mean square of what it is off for a kernel that it was not fitted to',
        (row) => row.leaveOneOut,
      ),
      number('a', 'constant, or factor of the power', (row) => row.coefficients[0]),
      number('b', 'slope, or exponent', (row) => row.coefficients[1]),
      number('c', 'factor of the square', (row) => row.coefficients[2]),
      number('last_low', 'interval (95 %) of the last of these', (row) => row.interval?.low),
      number('last_high', 'its other end', (row) => row.interval?.high),
    ]),
    table('growth_open', 'what the fits of a cost do not say', open, [
      text('cost', 'which cost', (row) => row.cost),
      text('of', 'which kernels', (row) => row.of),
      text('open', 'in words', (row) => row.what),
    ]),
  ];
}

function effectColumns<Row extends { readonly effects: Readonly<Record<CostName, Effect>> }>(): readonly Column<Row>[] {
  return NAMES.flatMap((name) => [
    number<Row>(name, `${COSTS[name]}: the difference, mean over the seeds`, (row) => row.effects[name].mean),
    number<Row>(`${name}_low`, 'the least of a seed', (row) => row.effects[name].low),
    number<Row>(`${name}_high`, 'the most of a seed', (row) => row.effects[name].high),
    truth<Row>(`${name}_clear`, 'whether all seeds agree on which way it goes', (row) => row.effects[name].isClear),
  ]);
}

function effects({ effects: rows }: CostStudy): Table {
  return table('effects', 'a kernel that differs from the classic one by one feature', rows, [
    text('kernel', 'name of the kernel', (row) => row.kernel),
    number('statements', 'statements of both sides, more than the classic kernel has', (row) => row.statements),
    ...effectColumns<(typeof rows)[number]>(),
  ]);
}

function interactions({ interactions: rows }: CostStudy): Table {
  return table('interactions', 'two features: what both together do, less what each does by itself', rows, [
    text('kernel', 'the kernel that differs by both', (row) => row.kernel),
    number('statements', 'statements that are there for both together', (row) => row.statements),
    ...effectColumns<(typeof rows)[number]>(),
  ]);
}

function detection({ detection: rows }: CostStudy): Table {
  return table('detection', 'the seeded defects of a part of the kernel', rows, [
    text('part', 'part of the kernel, or all', (row) => row.part),
    text('side', 'which of the two kernels has the defect', (row) => row.side),
    ...figures<DetectionRow>(),
  ]);
}

function classes({ classes: rows }: CostStudy): Table {
  return table(
    'detection_real',
    'the defects that really happened and that a class of property should object to',
    rows,
    [
      text('class', 'class of property, or all', (row) => row.class),
      number('happened', 'defects that really happened', (row) => row.happened),
      ...figures<ClassRow>(),
    ],
  );
}

/** What finding took. */
function figures<T extends Omit<DetectionRow, 'part' | 'side'>>(): readonly Column<T>[] {
  return [
    number('defects', 'seeded defects', (row) => row.defects),
    number('runs', 'searches for them', (row) => row.runs),
    number('found', 'searches that found them', (row) => row.found),
    number('steps_p25', 'steps until found, a quarter of the defects is below', (row) => row.p25),
    number('steps_median', 'a half', (row) => row.median),
    number('steps_p75', 'three quarters', (row) => row.p75),
    number('steps_p90', 'nine tenths', (row) => row.p90),
    number('median_low', 'interval (95 %) of the median', (row) => row.interval?.low),
    number('median_high', 'its other end', (row) => row.interval?.high),
    number('share_in_1000', 'share of the searches that ended within 1000 steps', (row) => row.soon),
    number('share_low', 'interval (95 %) of this share', (row) => row.soonInterval?.low),
    number('share_high', 'its other end', (row) => row.soonInterval?.high),
    number('shrinking', 'programs that were run to make the first one small, in the middle', (row) => row.shrinking),
  ];
}

function mutants({ mutants: rows }: CostStudy): Table {
  return table('mutants', 'a file of the implementation', rows, [
    text('file', 'path', (row) => row.file),
    number('mutants', 'mutants that are reached and are not equivalent', (row) => row.mutants),
    number('killed', 'of these, those that are noticed', (row) => row.killed),
    number('share_low', 'interval (95 %) of their share', (row) => row.interval?.low),
    number('share_high', 'its other end', (row) => row.interval?.high),
  ]);
}

function areas({ areas: { rows, correlations } }: CostStudy): readonly Table[] {
  return [
    table('areas', 'an area of the kernel', rows, [
      text('area', 'what it is called', (row) => row.area),
      number('proof', 'lines of proof in l4v, for RISC-V', (row) => row.proof),
      number('specification', 'lines of abstract specification in l4v', (row) => row.specification),
      number('statements', 'statements of both of our kernels', (row) => row.statements),
      number('pairs', '(operation, result) pairs of its operations', (row) => row.pairs),
      number('saturation', 'steps until 80 % of these were seen', (row) => row.saturation),
      number('defects', 'seeded defects in it', (row) => row.defects),
      number('detection', 'steps to find one, in the middle', (row) => row.detection),
    ]),
    table('correlations', 'a cost of ours held against lines of proof, over the areas', correlations, [
      text('ours', 'which column of areas', (row) => row.ours),
      number('n', 'areas that have it', (row) => row.correlation?.n),
      number('rho', 'rank correlation (Spearman)', (row) => row.correlation?.rho),
      number('rho_low', 'interval (95 %)', (row) => row.correlation?.interval?.low),
      number('rho_high', 'its other end', (row) => row.correlation?.interval?.high),
    ]),
  ];
}

function exhaustion({ exhaustion: found }: CostStudy): readonly Table[] {
  return [
    table<Exhausted>('exhausted', 'a choice of features of a small system', found?.rows ?? [], [
      ...GROUP_NAMES.map((name) => truth<Exhausted>(name, 'whether it is there', (row) => row.features.includes(name))),
      number('events', 'different events', (row) => row.events),
      number('states', 'states that can be reached', (row) => row.states),
      number('transitions', 'ways from one to another', (row) => row.transitions),
    ]),
    table('multipliers', 'what a feature multiplies the states by', found?.features ?? [], [
      text('feature', 'which', (row) => row.feature),
      number('factor', 'geometric mean over all choices of the others', (row) => row.factor),
      number('least', 'the least that it was', (row) => row.least),
      number('most', 'the most that it was', (row) => row.most),
    ]),
    table(
      'multiplier_pairs',
      'what two features multiply the states by, to what each does by itself',
      found?.pairs ?? [],
      [
        text('a', 'one', (row) => row.features[0]),
        text('b', 'the other', (row) => row.features[1]),
        number('factor', '1 where they have nothing to do with each other', (row) => row.factor),
      ],
    ),
  ];
}
