/** Commands about one counterexample: replay, explain, shrink, promote. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '@commander-js/extra-typings';
import { FULL_EVERY } from '../campaign/checker.ts';
import type { Runner } from '../campaign/runner.ts';
import { runnersOn } from '../campaign/runner.ts';
import type { Counterexample } from '../counterexample/format.ts';
import { counterexampleId, encodeCounterexample, testCaseOf } from '../counterexample/format.ts';
import { findCounterexample, readCounterexample, save, storeAt, writeWhole } from '../counterexample/store.ts';
import type { Program } from '../program/program.ts';
import { InputError } from '../input-error.ts';
import { renderExplanation, renderReplay } from '../replay/render.ts';
import { SHRINK_MS, shrink } from '../shrink/shrink.ts';
import type { Kernels } from '../step/kernels.ts';
import { loadKernels } from '../step/kernels.ts';
import { natural } from './options.ts';

const REGRESSIONS = 'test/regressions';
const ID = 'id of a counterexample, the beginning of one, or a file';

interface Opened {
  readonly path: string;
  readonly counterexample: Counterexample;
  readonly kernels: Kernels;
  readonly runner: Runner;
}

async function open(idOrFile: string, full: boolean): Promise<Opened> {
  const path = findCounterexample(storeAt('.corres'), idOrFile, [REGRESSIONS]);
  const counterexample = readCounterexample(path);
  const kernels = await loadKernels(counterexample.config);
  const checks = { properties: null, fullEvery: full ? 1 : FULL_EVERY };
  return { path, counterexample, kernels, runner: await runnersOn(kernels, checks)(counterexample.setting) };
}

export function addCounterexampleCommands(program: Command): void {
  program
    .command('replay')
    .description('run a counterexample again and print what each step does')
    .argument('<id>', ID)
    .option('--step <number>', 'only this step, with registers and memory', natural)
    .option('--until <number>', 'no further than this step', natural)
    .option('--original', 'the program as it was found, before shrinking')
    .action(async (id, { step, until, original }) => {
      const { counterexample, kernels, runner } = await open(id, true);
      const { program: rows, original: found, world } = counterexample;
      if (original === true && found === null) throw new InputError(`${counterexample.id}: has no original program`);
      const chosen = original === true ? (found ?? rows) : rows;
      const recording = runner.record(chosen, world);
      process.stdout.write(`${renderReplay(counterexample, kernels, recording, { step, until })}\n`);
      process.exitCode = recording.failure === null ? 0 : 1;
    });

  program
    .command('explain')
    .description('say which property a counterexample violates, at which step, and what was expected and found')
    .argument('<id>', ID)
    .action(async (id) => {
      const { counterexample, kernels, runner } = await open(id, true);
      const recording = runner.record(counterexample.program, counterexample.world);
      process.stdout.write(`${renderExplanation(counterexample, kernels, recording)}\n`);
      process.exitCode = recording.failure === null ? 0 : 1;
    });

  program
    .command('shrink')
    .description('make a counterexample smaller, beginning with the program as it was found')
    .argument('<id>', ID)
    .action(async (id) => {
      const { counterexample, runner } = await open(id, false);
      const from: Program = counterexample.original ?? counterexample.program;
      const { world } = counterexample;
      const first = runner.execute(from, world);
      if (first.failure === null) throw new InputError(`${counterexample.id} does not fail on the sources as they are`);
      const shrunk = shrink(from, first.failure, (rows) => runner.execute(rows, world, { limitMs: SHRINK_MS }));
      const smaller: Counterexample = {
        ...counterexample,
        id: counterexampleId({ ...testCaseOf(counterexample), program: shrunk.program }, shrunk.failure.property),
        property: shrunk.failure.property,
        what: shrunk.failure.what,
        differences: [...shrunk.failure.differences],
        program: shrunk.program,
        shrinking: { executions: shrunk.executions, certificate: shrunk.certificate },
      };
      const path = save(storeAt('.corres'), smaller);
      const certificate = shrunk.certificate;
      process.stdout.write(
        [
          `${smaller.id}: ${shrunk.program.length} steps after ${shrunk.executions} executions`,
          certificate === null
            ? 'not shown to be 1-minimal'
            : `1-minimal: each of the ${certificate.singleDeletionsTried} programs with one step less was run and does not fail`,
          path,
          '',
        ].join('\n'),
      );
    });

  program
    .command('promote')
    .description('keep a counterexample as a regression test of the project')
    .argument('<id>', ID)
    .action((id) => {
      const path = findCounterexample(storeAt('.corres'), id, [REGRESSIONS]);
      const counterexample = readCounterexample(path);
      if (!existsSync('test')) throw new InputError(`${REGRESSIONS}: this is not the folder of the project`);
      const target = join(REGRESSIONS, `${counterexample.id}.json`);
      if (existsSync(target)) throw new InputError(`${target}: is there already`);
      writeWhole(target, encodeCounterexample(counterexample));
      process.stdout.write(`${target}\nnpx vitest run test/regressions expects it to hold\n`);
    });
}
