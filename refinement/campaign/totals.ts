/** What many reports come to, whoever asked for them. */
import type { Feature } from '../../properties/property.ts';
import type { Counts } from './counts.ts';
import { count } from './counts.ts';
import type { Work } from '../step/work.ts';
import { addWork, noWork } from '../step/work.ts';
import type { RunCounts } from './task.ts';

export interface Totals {
  runs: number;
  steps: number;
  readonly stepsOf: Map<string, number>;
  /** By operation, then by outcome. */
  readonly outcomes: Counts;
  readonly exercised: Map<string, number>;
  /** By property, then by the case that decided. */
  readonly decided: Counts;
  /** Of those steps for which it was counted, and how many they are. */
  readonly work: Work;
  workSteps: number;
  /** Of all kernels that ran. */
  readonly features: Set<Feature>;
}

export function newTotals(): Totals {
  return {
    runs: 0,
    steps: 0,
    stepsOf: new Map(),
    outcomes: new Map(),
    exercised: new Map(),
    decided: new Map(),
    work: noWork(),
    workSteps: 0,
    features: new Set(),
  };
}

export function addReport(totals: Totals, config: string, report: RunCounts & { readonly runs: number }): void {
  totals.runs += report.runs;
  totals.steps += report.steps;
  totals.stepsOf.set(config, (totals.stepsOf.get(config) ?? 0) + report.steps);
  if (report.work !== undefined) {
    addWork(totals.work, report.work);
    totals.workSteps += report.steps;
  }
  for (const row of report.outcomes) count(totals.outcomes, ...row);
  for (const row of report.decided) count(totals.decided, ...row);
  for (const feature of report.features) totals.features.add(feature);
  for (const [name, times] of report.exercised) totals.exercised.set(name, (totals.exercised.get(name) ?? 0) + times);
}
