/** What is drawn of a study. */
import type { Markish, PlotOptions } from '@observablehq/plot';
import type { CostName, KernelRow } from '../analysis/kernels.ts';
import { COSTS, middleCost, statements } from '../analysis/kernels.ts';
import type { ProofStudy } from '../proofs/study.ts';
import type { Form } from '../statistics/fit.ts';
import type { CostStudy } from '../study.ts';
import type { Drawing, Plotter } from './plot.ts';
import { DASHES, symbols } from './plot.ts';
import { foretoldPlot, lemmaPlot } from './plots-of-proofs.ts';

export function drawings(study: CostStudy, proofs: ProofStudy): readonly Drawing[] {
  const grown = study.growth.filter(({ of }) => of === 'all').map(({ cost }) => cost);
  return [
    ...grown.map((cost) => growthPlot(study, cost)),
    saturationPlot(study),
    ...(study.branches.length > 0 ? [branchPlot(study)] : []),
    ...(study.interactions.length > 0 ? [interactionPlot(study)] : []),
    detectionPlot(study),
    areaPlot(study),
    ...(study.exhaustion === null ? [] : [exhaustionPlot(study)]),
    lemmaPlot(proofs),
    foretoldPlot(proofs),
  ];
}

function kindOf({ features, config }: KernelRow): string {
  if (config !== 'small') return 'another kernel';
  if (features.length === 0) return 'classic';
  return features.length === 1 ? 'one feature less' : features.length === 2 ? 'two less' : 'three or more less';
}

function growthPlot({ kernels, growth }: CostStudy, cost: CostName): Drawing {
  const points = kernels.flatMap((row) => {
    const value = middleCost(row, cost);
    return value === null ? [] : [{ kernel: row.kernel, kind: kindOf(row), size: statements(row), value }];
  });
  const found = growth.find((one) => one.cost === cost && one.of === 'all');
  const from = found?.smallest ?? 0;
  const to = found?.largest ?? 0;
  const lines = (found?.forms ?? []).flatMap(({ form, coefficients }) =>
    Array.from({ length: 40 }, (_, n) => {
      const size = from + ((to - from) * n) / 39;
      return { form, size, value: valueOf(form, coefficients, size) };
    }),
  );
  return {
    name: `growth-${cost}`,
    caption: `${COSTS[cost]}, against statements of both kernels. Fitted as a line (whole), a parabola (long dashes) and a power (dots).`,
    options: (plot) => {
      const { scale, legend } = symbols(
        plot,
        points.map(({ kind }) => kind),
      );
      return {
        x: { label: 'statements, specification and implementation', grid: true },
        y: { label: COSTS[cost], grid: true, nice: true },
        symbol: scale,
        marks: [
          legend,
          ...(['linear', 'quadratic', 'power'] as const).map((form, at) =>
            plot.line(
              lines.filter((one) => one.form === form),
              { x: 'size', y: 'value', strokeDasharray: DASHES[at] ?? 'none', stroke: 'currentColor' },
            ),
          ),
          plot.dot(points, {
            x: 'size',
            y: 'value',
            symbol: 'kind',
            r: 5,
            stroke: 'currentColor',
            title: (one: (typeof points)[number]) =>
              `${one.kernel}: ${one.size} statements, ${Math.round(one.value).toLocaleString('en')}`,
          }),
        ],
      };
    },
  };
}

function valueOf(form: Form, [a = 0, b = 0, c = 0]: readonly number[], x: number): number {
  return form === 'power' ? a * x ** b : a + b * x + c * x * x;
}

const CURVES = ['classic', '+mcs', '-address-spaces'];

/** What something had shown by so many steps. */
interface Shown {
  readonly name: string;
  readonly steps: number;
  readonly seen: number;
}

/** A curve against steps for each name, with whatever else there is to draw. */
function againstSteps(
  plot: Plotter,
  points: readonly Shown[],
  what: string,
  marginRight: number,
  more: readonly Markish[] = [],
): PlotOptions & { readonly marks: Markish[] } {
  const { scale, legend } = symbols(
    plot,
    points.map(({ name }) => name),
  );
  return {
    marginRight,
    x: { type: 'log', label: 'steps', grid: true },
    y: { label: what, grid: true },
    symbol: scale,
    marks: [
      legend,
      plot.line(points, { x: 'steps', y: 'seen', z: 'name', stroke: 'currentColor' }),
      plot.dot(points, {
        x: 'steps',
        y: 'seen',
        symbol: 'name',
        stroke: 'currentColor',
        title: ({ name, steps, seen }: Shown) => `${name}: ${seen} ${what} by ${steps} steps`,
      }),
      ...more,
    ],
  };
}

function saturationPlot({ kernels }: CostStudy): Drawing {
  const chosen = kernels.filter(({ kernel }) => CURVES.includes(kernel));
  const first = chosen.flatMap(({ kernel, seeds }) => seeds.slice(0, 1).map((one) => ({ ...one, name: kernel })));
  const points = first.flatMap(({ name, curves }) => curves.pairs.map(([steps, seen]) => ({ name, steps, seen })));
  const plateaus = first.flatMap(({ name, pairs }) =>
    pairs.fitted === null ? [] : [{ name, fitted: pairs.fitted, chao: pairs.chao }],
  );
  return {
    name: 'saturation',
    caption:
      '(operation, result) pairs seen by so many steps, of the first seed. Horizontal: how many there are by the fitted curve (dashes) and, at least, by those seen once and twice (dots).',
    options: (plot) =>
      againstSteps(plot, points, 'pairs', 110, [
        plot.ruleY(plateaus, {
          y: 'fitted',
          strokeDasharray: '8 4',
          title: (one: (typeof plateaus)[number]) => `${one.name}: ${Math.round(one.fitted)} by the fitted curve`,
        }),
        plot.ruleY(plateaus, {
          y: 'chao',
          strokeDasharray: '2 3',
          title: (one: (typeof plateaus)[number]) => `${one.name}: at least ${Math.round(one.chao)}`,
        }),
        plot.text(plateaus, { y: 'fitted', text: 'name', frameAnchor: 'right', textAnchor: 'start', dx: 6 }),
      ]),
  };
}

function branchPlot({ branches }: CostStudy): Drawing {
  const points = branches.flatMap(({ config, side, points: of }) =>
    of.map(([steps, seen]) => ({ name: `${config}, ${side}`, steps, seen })),
  );
  return {
    name: 'branches',
    caption: 'Branches reached by so many steps, of the first seed: of the specification and of the implementation.',
    options: (plot) => againstSteps(plot, points, 'branches', 150),
  };
}

function interactionPlot({ interactions }: CostStudy): Drawing {
  const cells = interactions.flatMap(({ features: [a, b], effects }) => {
    const { mean, isClear, low, high } = effects.plateau;
    if (mean === null) return [];
    const value = `${mean > 0 ? '+' : ''}${Math.round(mean)}${isClear ? '*' : ''}`;
    return [{ a, b, value, isClear, title: `${a} and ${b}: ${value}, of the seeds ${low ?? ''} to ${high ?? ''}` }];
  });
  return {
    name: 'interactions',
    caption: `${COSTS.plateau}: what two features do together, less what each does by itself. * and a thick frame where all seeds agree on the sign.`,
    options: (plot) => ({
      marginLeft: 140,
      marginBottom: 90,
      x: { label: null, tickRotate: -30 },
      y: { label: null },
      marks: [
        plot.cell(cells, {
          x: 'a',
          y: 'b',
          fill: 'white',
          stroke: 'currentColor',
          strokeWidth: (one: (typeof cells)[number]) => (one.isClear ? 3 : 0.5),
          inset: 2,
          title: 'title',
        }),
        plot.text(cells, { x: 'a', y: 'b', text: 'value', fontSize: 14 }),
      ],
    }),
  };
}

function detectionPlot({ detection }: CostStudy): Drawing {
  const rows = detection
    .filter(({ side }) => side === 'any')
    .map((row) => ({
      ...row,
      from: Math.max(row.p25, 1),
      to: Math.max(row.p75, 1),
      middle: Math.max(row.median, 1),
      low: Math.max(row.interval?.low ?? row.median, 1),
      high: Math.max(row.interval?.high ?? row.median, 1),
      title: `${row.part}, ${row.defects} defects: median ${row.median} steps, a half of them ${row.p25} to ${row.p75}`,
    }));
  return {
    name: 'detection',
    caption:
      'Kernel steps until a seeded defect is found, by the part of the kernel that it is in. Thin: the middle half of the defects; dot: the median; thick: its 95 % interval. Below 1 is drawn at 1.',
    options: (plot) => ({
      marginLeft: 90,
      height: 560,
      x: { type: 'log', label: 'steps', grid: true },
      y: { label: null, domain: [...rows].sort((a, b) => a.median - b.median).map(({ part }) => part) },
      marks: [
        plot.ruleY(rows, { y: 'part', x1: 'from', x2: 'to', stroke: 'currentColor' }),
        plot.ruleY(rows, {
          y: 'part',
          x1: 'low',
          x2: 'high',
          stroke: 'currentColor',
          strokeWidth: 4,
          strokeOpacity: 0.4,
        }),
        plot.dot(rows, { y: 'part', x: 'middle', fill: 'currentColor', r: 4, title: 'title' }),
      ],
    }),
  };
}

function areaPlot({ areas: { rows, correlations } }: CostStudy): Drawing {
  const known = rows.flatMap((row) =>
    row.detection === null ? [] : [{ ...row, detection: Math.max(row.detection, 1) }],
  );
  const found = correlations.find(({ ours }) => ours === 'detection')?.correlation;
  const said =
    found === null || found === undefined
      ? ''
      : ` Rank correlation ${found.rho.toFixed(2)}${found.interval === null ? '' : `, 95 % interval ${found.interval.low.toFixed(2)} to ${found.interval.high.toFixed(2)}`}, ${found.n} areas.`;
  return {
    name: 'areas',
    caption: `Steps to find a seeded defect of an area, against lines of proof of the area in l4v.${said}`,
    options: (plot) => ({
      marginRight: 130,
      x: { type: 'log', label: 'lines of proof', grid: true },
      y: { type: 'log', label: 'steps to find a defect, in the middle', grid: true },
      marks: [
        plot.dot(known, {
          x: 'proof',
          y: 'detection',
          stroke: 'currentColor',
          r: 4,
          title: (row: (typeof known)[number]) =>
            `${row.area}: ${row.proof} lines of proof, ${row.detection} steps, ${row.defects} defects`,
        }),
        plot.text(known, { x: 'proof', y: 'detection', text: 'area', dx: 8, textAnchor: 'start' }),
      ],
    }),
  };
}

function exhaustionPlot({ exhaustion }: CostStudy): Drawing {
  const rows = (exhaustion?.rows ?? []).map(({ features, states }) => ({
    number: features.length,
    states,
    title: `${features.join(', ') || 'nothing but time'}: ${states} states`,
  }));
  const factor = exhaustion?.perFeature;
  return {
    name: 'exhaustion',
    caption: `States of a small system against how many of its features there are; every choice of them.${factor === null || factor === undefined ? '' : ` Each multiplies by ${factor.factor.toFixed(2)} in the mean.`}`,
    options: (plot) => ({
      x: { label: 'features', grid: true },
      y: { type: 'log', label: 'states', grid: true },
      marks: [plot.dot(rows, { x: 'number', y: 'states', stroke: 'currentColor', title: 'title' })],
    }),
  };
}
