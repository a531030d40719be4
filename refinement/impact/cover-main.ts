/**
 * Surveys in a process of its own, for the engine to count what is reached: `node cover.mjs WORKER TASKS`. Every program costs a second that
 * never ends, so it stops after a few of those. After each task the counts are written, and the steps made in it, a line each.
 */
import { takeCoverage } from 'node:v8';
import { pathToFileURL } from 'node:url';
import type { SurveyReport, SurveyTask } from '../campaign/task.ts';
import { DISASTERS } from './survey.ts';

const [, , worker = '', tasks = '[]'] = process.argv;
const { default: work } = (await import(pathToFileURL(worker).href)) as {
  readonly default: (task: SurveyTask) => Promise<SurveyReport>;
};
let disasters = 0;
for (const task of JSON.parse(tasks) as readonly SurveyTask[]) {
  let made = 0;
  for (let run = 0; run < task.runs && disasters < DISASTERS; run++) {
    const { failures, steps } = await work({ ...task, firstRun: task.firstRun + run, runs: 1 });
    made += steps;
    disasters += failures.filter(({ first }) => first.failure.failureClass === 'hang').length;
  }
  takeCoverage();
  process.stdout.write(`${made}\n`);
}
