/** `corres explore`: everything that can happen in a small system. */
import type { Command } from '@commander-js/extra-typings';
import { FULL_EVERY, checkedProperties } from '../campaign/checker.ts';
import { builtSources } from '../campaign/make-counterexample.ts';
import type { Counterexample } from '../counterexample/format.ts';
import { SCHEMA, counterexampleId } from '../counterexample/format.ts';
import { save, storeAt } from '../counterexample/store.ts';
import { explore, isViolated } from '../explore/explore.ts';
import type { SearchSpec } from '../explore/open.ts';
import { SYSTEMS_CONFIG } from '../system/setting.ts';
import type { Progress, SearchResult } from '../explore/search.ts';
import { explorationText } from '../explore/shipped.ts';
import type { KeptFailure } from '../report/explored.ts';
import { count, exploredAsJson, exploredAsText } from '../report/explored.ts';
import type { Setting } from '../system/setting.ts';
import { INTERRUPTED, onInterrupt } from './interrupt.ts';
import { collect, duration, positive } from './options.ts';

/** A property that was asked for by name was never exercised. */
const VACUOUS = 3;
const WRONG_INPUT = 2;
const SHOW_EVERY_MS = 1000;
const WRITE_EVERY_MS = 30_000;

export function addExplore(program: Command): void {
  program
    .command('explore')
    .description('everything that can happen in a small system, and the shortest way to what goes wrong')
    .argument('<exploration>', 'name of a shipped exploration, or a YAML or JSON file')
    .option('--depth <number>', 'events from the beginning, at most', positive)
    .option('--states <number>', 'stop when so many different states were found', positive)
    .option('--time <duration>', 'stop after this time', duration)
    .option('--property <name>', 'check only this property; may be repeated', collect, [])
    .option('--spec', 'the specification alone, with its invariants')
    .option('--full', `look at every state whole, and not only at one in ${FULL_EVERY}`)
    .option('--no-symmetry', 'count states apart that differ only in which of the interchangeable components is which')
    .option('--workers <number>', 'how many processors search', positive, 1)
    .option(
      '--checkpoint <file>',
      'write what the search can be taken up again from: now and then, and when it is stopped',
    )
    .option('--resume <file>', 'go on from such a file, and write to it again')
    .option('--json', 'the result as JSON, schema corres-explored/1')
    .addHelpText(
      'after',
      '\nExit codes: 0 all was seen, or all within the bounds, and nothing is violated; 1 violated; 2 wrong usage or input, or the checkpoint could not be written; 3 a property that was asked for never saw its case; 130 interrupted.',
    )
    .action(async (nameOrFile, options) => {
      const { text, shown } = explorationText(nameOrFile);
      const properties = checkedProperties(options.property);
      const isSpecAlone = options.spec === true;
      const spec: SearchSpec = {
        text,
        shown,
        isSpecAlone,
        properties,
        wholeEvery: options.full === true ? 1 : FULL_EVERY,
        symmetry: options.symmetry,
      };
      const interrupt = onInterrupt();
      const started = performance.now();
      const { depth = Infinity, states = Infinity, time = Infinity, resume, checkpoint = resume } = options;
      const { opened, result, answers, notWritten } = await explore({
        spec,
        sources: builtSources(),
        workers: options.workers,
        limits: {
          depth,
          states,
          isOver: () => interrupt.isInterrupted() || performance.now() - started > time,
        },
        checkpoint: checkpoint === undefined ? undefined : { path: checkpoint, everyMs: WRITE_EVERY_MS },
        resume,
        onProgress: progressLine(started),
      });
      const seconds = (performance.now() - started) / 1000;
      const kept = result.failure === null ? null : keep(opened.setting, result.failure);
      const always = result.generated > 0 ? ['refinement', 'no_fail'] : [];
      const unseen = opened.asked.filter((name) => !always.includes(name) && !result.exercised.includes(name));
      const facts = { name: opened.name, actions: opened.actions, spec, seconds, result, unseen, answers, kept };
      process.stdout.write(options.json === true ? exploredAsJson(facts) : exploredAsText(facts));
      if (notWritten !== null) process.stderr.write(`corres: ${notWritten}\n`);
      process.exitCode = interrupt.isInterrupted()
        ? INTERRUPTED
        : isViolated(result.failure?.failure ?? null, answers)
          ? 1
          : notWritten !== null
            ? WRONG_INPUT
            : properties !== null && unseen.length > 0
              ? VACUOUS
              : 0;
    });
}

/** Says how far the search is, once a second. */
function progressLine(started: number): (progress: Progress) => void {
  let shown = started;
  let before: number | null = null;
  return (progress) => {
    const { distinct, generated, depth, queue } = progress;
    before ??= generated;
    const now = performance.now();
    if (now - shown < SHOW_EVERY_MS) return;
    shown = now;
    const rate = ((generated - before) * 1000) / (now - started);
    process.stderr.write(
      `depth ${depth}  ${count(distinct)} states  ${count(generated)} transitions  ${count(queue)} to go  ${count(Math.round(rate))} transitions/s  ${whatIsLeft(progress, rate)}\n`,
    );
  };
}

/** As the last levels shrank, so may the next ones; while they grow nobody knows. */
function whatIsLeft({ levels, distinct, generated, queue }: Progress, rate: number): string {
  const [before = 0, last = 0] = levels.slice(-3, -1);
  const ratio = last / before;
  if (!(ratio < 1) || rate === 0) return 'no end in sight';
  const states = queue / (1 - ratio);
  return `perhaps ${count(Math.ceil((states * generated) / distinct / rate))} s more`;
}

function keep(setting: Setting, found: NonNullable<SearchResult['failure']>): KeptFailure {
  const { failure, program } = found;
  const testCase = { config: SYSTEMS_CONFIG, world: 0, setting, program };
  const counterexample: Counterexample = {
    schema: SCHEMA,
    id: counterexampleId(testCase, failure.property),
    ...testCase,
    property: failure.property,
    failureClass: failure.failureClass,
    what: failure.what,
    differences: failure.differences.map((difference) => ({ ...difference })),
    original: null,
    found: null,
    shrinking: { executions: 0, certificate: null },
    sources: builtSources(),
  };
  return { ...counterexample, path: save(storeAt('.corres'), counterexample), isByPass: failure.fullPass };
}
