/** What is drawn of the real proofs. */
import type { ProofStudy } from '../proofs/study.ts';
import type { Drawing } from './plot.ts';
import { DASHES, symbols } from './plot.ts';

export function lemmaPlot({ sessions }: ProofStudy): Drawing {
  const rows = sessions.flatMap(({ group, linear, quadratic, power }) =>
    [linear, quadratic, power].map(({ form, r2 }) => ({ group: group.replace('RISCV64 ', ''), form, r2 })),
  );
  return {
    name: 'lemmas',
    caption:
      'How much of the variance of proof size the size of the statement explains, session by session of the RISC-V proofs; of the power, of the logarithms.',
    options: (plot) => {
      const { scale, legend } = symbols(
        plot,
        rows.map(({ form }) => form),
        'top-right',
      );
      return {
        x: { label: null, domain: [...new Set(rows.map(({ group }) => group))], type: 'point' },
        y: { label: 'R²', domain: [0, 1], grid: true },
        symbol: scale,
        marks: [
          legend,
          plot.dot(rows, {
            x: 'group',
            y: 'r2',
            symbol: 'form',
            r: 5,
            stroke: 'currentColor',
            title: (row: (typeof rows)[number]) => `${row.group}, ${row.form}: ${row.r2.toFixed(3)}`,
          }),
        ],
      };
    },
  };
}

export function foretoldPlot({ foretold }: ProofStudy): Drawing {
  const rows = foretold.map((one) => ({ ...one, when: String(one.year) }));
  return {
    name: 'foretold',
    caption:
      'By what factor the estimate of a year from all before it was off, in the middle of the commits; 1 is exact. Ratio (whole), power (long dashes), the same for all (dots).',
    options: (plot) => {
      const { scale, legend } = symbols(
        plot,
        rows.map(({ model }) => model),
        'top-right',
      );
      return {
        x: { label: null, type: 'point' },
        y: { label: 'off by a factor of', grid: true, domain: [1, 10] },
        symbol: scale,
        marks: [
          legend,
          ...(['ratio', 'power', 'constant'] as const).map((model, at) =>
            plot.line(
              rows.filter((one) => one.model === model),
              { x: 'when', y: 'factor', stroke: 'currentColor', strokeDasharray: DASHES[at] ?? 'none' },
            ),
          ),
          plot.dot(rows, {
            x: 'when',
            y: 'factor',
            symbol: 'model',
            stroke: 'currentColor',
            title: (one: (typeof rows)[number]) =>
              `${one.year}, ${one.model}: off by ${one.factor.toFixed(1)}, ${one.commits} commits`,
          }),
        ],
      };
    },
  };
}
