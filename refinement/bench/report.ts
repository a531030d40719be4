/** The table and the ratios, as text. */
import Table from 'cli-table3';

/** What was measured of one subject. */
export interface Result {
  readonly name: string;
  /** What one unit is. */
  readonly unit: string;
  readonly configuration: string;
  /** Nanoseconds of processor time per unit: the least, which other load disturbs least, and the median. */
  readonly min: number;
  readonly median: number;
}

export interface Ratio {
  readonly name: string;
  readonly ratio: number;
}

export interface Report {
  readonly machine: {
    readonly node: string;
    readonly cpu: string;
    readonly cpus: number;
    readonly loadAverage: number;
  };
  readonly results: readonly Result[];
  readonly ratios: readonly Ratio[];
  /** What could not be measured, and why. */
  readonly missing: readonly string[];
}

export function resultOf(name: string, unit: string, configuration: string, figures: readonly number[]): Result {
  const sorted = figures.toSorted((a, b) => a - b);
  const [min] = sorted;
  const median = sorted[Math.floor(sorted.length / 2)];
  if (min === undefined || median === undefined) throw new Error(`${name} was not measured`);
  return { name, unit, configuration, min, median };
}

/** Cost of one subject as a multiple of another's. */
const RATIOS = [
  ['a checked step over one of the specification alone', 'checked', 'spec'],
  ['everything at every step over a checked step', 'checked-full', 'checked'],
  ['sizes of x86_64 over small sizes', 'checked-x86_64', 'checked'],
  ['drawing the programs, too, over recorded ones', 'checked', 'recorded'],
  ['the same of the MCS kernel', 'checked-mcs', 'recorded-mcs'],
  ['specification over implementation', 'spec', 'impl'],
  ['slow path over fastpath', 'ipc-slow', 'ipc-fast'],
  ['the same, MCS', 'ipc-slow-mcs', 'ipc-fast-mcs'],
  ['MCS fastpath over classic', 'ipc-fast-mcs', 'ipc-fast'],
  ['fastpath over the same in C', 'ipc-fast', 'ipc-fast-c'],
  ['slow path over the same in C', 'ipc-slow', 'ipc-slow-c'],
  ['command line over bare node', 'startup', 'startup-node'],
] as const;

export function ratiosOf(results: readonly Result[]): readonly Ratio[] {
  const min = (name: string): number | undefined => results.find((result) => result.name === name)?.min;
  return RATIOS.flatMap(([name, upper, lower]) => {
    const [a, b] = [min(upper), min(lower)];
    return a === undefined || b === undefined ? [] : [{ name, ratio: a / b }];
  });
}

export function render({ machine, results, ratios, missing }: Report): string {
  const table = new Table({ head: ['subject', 'best', 'median', 'configuration'], style: { head: [], border: [] } });
  for (const { name, unit, configuration, min, median } of results) {
    table.push([name, speed(min, unit), speed(median, unit), configuration]);
  }
  const load = machine.loadAverage.toFixed(1);
  return [
    `node ${machine.node}, ${machine.cpus} x ${machine.cpu}, load average ${load}; processor time of one core`,
    table.toString(),
    ...ratios.map(({ name, ratio }) => `${ratio.toFixed(2).padStart(7)} x  ${name}`),
    ...missing.map((line) => `not measured: ${line}`),
    '',
  ].join('\n');
}

/** Steps and the like by the second, short things in nanoseconds, start-up in milliseconds. */
function speed(nanoseconds: number, unit: string): string {
  switch (unit) {
    case 'round trip':
      return `${nanoseconds.toFixed(1)} ns`;
    case 'start':
      return `${(nanoseconds / 1e6).toFixed(1)} ms`;
    default:
      return `${thousands(1e9 / nanoseconds)} ${unit}s/s`;
  }
}

function thousands(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ');
}
