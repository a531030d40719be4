/** What came out of all rounds, whether the counts agree, and the ratios. */
import Table from 'cli-table3';
import type { Run, Subject } from './subject.ts';

export interface Result {
  readonly name: string;
  readonly configuration: string;
  /** One for each round. */
  readonly runs: readonly Run[];
}

export interface Report {
  readonly machine: string;
  readonly model: string;
  readonly results: readonly Result[];
  /** What was not run, and why. */
  readonly missing: readonly string[];
}

export const median = (figures: readonly number[]): number =>
  figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? NaN;

const cpu = ({ runs }: Result): number => median(runs.map(({ cpuSeconds }) => cpuSeconds));
const least = ({ runs }: Result): number => Math.min(...runs.map(({ cpuSeconds }) => cpuSeconds));

/** Sentences about counts that differ from those of the first run; none if all agree. */
export function disagreements(results: readonly Result[]): readonly string[] {
  const first = results[0]?.runs[0];
  if (first === undefined) return [];
  return results.flatMap(({ name, runs }) =>
    runs
      .filter(({ distinct, generated }) => distinct !== first.distinct || generated !== first.generated)
      .map(
        ({ distinct, generated }) =>
          `${name} has ${distinct} states and ${generated} generated, and not ${first.distinct} and ${first.generated}`,
      ),
  );
}

export interface Ratio {
  readonly peer: string;
  /** How many times as many states in a second of processor time as the peer: of the medians of whole processes. */
  readonly median: number;
  /** The same of the best runs, which other load has disturbed least. */
  readonly best: number;
  /** Of each round, the least and the greatest. */
  readonly rounds: readonly [number, number];
}

/** Ours against each peer that checks the same. */
export function ratiosOf(results: readonly Result[]): readonly Ratio[] {
  return results.flatMap((peer) => {
    const ours = results.find(({ name }) => name === (isUnchecked(peer) ? 'corres-unchecked' : 'corres'));
    if (ours === undefined || peer.name.startsWith('corres')) return [];
    const rounds = peer.runs.map(({ cpuSeconds }, at) => cpuSeconds / (ours.runs[at]?.cpuSeconds ?? NaN));
    return [
      {
        peer: peer.name,
        median: cpu(peer) / cpu(ours),
        best: least(peer) / least(ours),
        rounds: [Math.min(...rounds), Math.max(...rounds)] as const,
      },
    ];
  });
}

const isUnchecked = ({ name }: Pick<Subject, 'name'>): boolean => name.endsWith('-unchecked');

/** The one figure: against the fastest depth-first search of SPIN that checks the same; null without SPIN. */
export function namedRatio(results: readonly Result[]): Ratio | null {
  const depthFirst = ratiosOf(results).filter(
    ({ peer }) => peer.startsWith('spin-dfs') && !isUnchecked({ name: peer }),
  );
  return depthFirst.toSorted((a, b) => a.median - b.median)[0] ?? null;
}

export function render(report: Report): string {
  const { machine, model, results, missing } = report;
  const table = new Table({
    head: ['', 'CPU s', 'best', 'states/CPU s', 'search alone', 'MiB', 'how'],
    style: { head: [], border: [] },
  });
  for (const result of results) {
    const [first] = result.runs;
    if (first === undefined) continue;
    const searches = result.runs.flatMap(({ search }) => (search === null ? [] : [search.seconds]));
    table.push([
      result.name,
      cpu(result).toFixed(2),
      least(result).toFixed(2),
      thousands(first.distinct / cpu(result)),
      first.search === null ? '' : `${median(searches).toFixed(2)} s ${first.search.kind}`,
      first.mebibytes === null ? '' : first.mebibytes.toFixed(0),
      result.configuration,
    ]);
  }
  const named = namedRatio(results);
  return [
    machine,
    model,
    table.toString(),
    ...ratiosOf(results).map(
      ({ peer, median: ratio, best, rounds: [low, high] }) =>
        `${ratio.toFixed(2).padStart(7)} x  ${peer} (best runs ${best.toFixed(2)}, rounds ${low.toFixed(2)} to ${high.toFixed(2)})`,
    ),
    ...(named === null
      ? []
      : [`states per second of processor time, whole processes: ${named.median.toFixed(2)} times ${named.peer}`]),
    ...missing.map((line) => `not run: ${line}`),
    ...disagreements(results).map((line) => `DIFFERENT: ${line}`),
    '',
  ].join('\n');
}

const thousands = (value: number): string =>
  Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ');
