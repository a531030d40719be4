/** Commands about one counterexample: replay, explain, shrink, promote. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '@commander-js/extra-typings';
import { FULL_EVERY, makeChecker } from '../campaign/checker.ts';
import type { Counterexample } from '../counterexample/format.ts';
import { counterexampleId, encodeCounterexample, testCaseOf } from '../counterexample/format.ts';
import { findCounterexample, readCounterexample, save, storeAt, writeWhole } from '../counterexample/store.ts';
import type { Pair } from '../pair/pair-step.ts';
import { makePair } from '../pair/pair-step.ts';
import { executePair } from '../pair/run.ts';
import type { Execution } from '../program/execute.ts';
import { PROGRAM_MS, execute } from '../program/execute.ts';
import type { Program } from '../program/program.ts';
import { InputError } from '../input-error.ts';
import type { Recording } from '../replay/record.ts';
import { record } from '../replay/record.ts';
import { recordPair } from '../replay/record-pair.ts';
import { renderExplanation, renderReplay } from '../replay/render.ts';
import { SHRINK_MS, shrink } from '../shrink/shrink.ts';
import type { Kernels } from '../step/kernels.ts';
import { loadKernels, requirePrograms } from '../step/kernels.ts';
import type { Lockstep } from '../step/lockstep.ts';
import { natural } from './options.ts';

const REGRESSIONS = 'test/regressions';
const ID = 'id of a counterexample, the beginning of one, or a file';

interface Opened {
  readonly path: string;
  readonly counterexample: Counterexample;
  readonly kernels: Kernels;
  readonly lockstep: Lockstep;
}

async function open(idOrFile: string, full: boolean): Promise<Opened> {
  const path = findCounterexample(storeAt('.corres'), idOrFile, [REGRESSIONS]);
  const counterexample = readCounterexample(path);
  const kernels = await loadKernels(counterexample.config);
  requirePrograms(kernels.config);
  const lockstep = makeChecker(kernels, { properties: null, fullEvery: full ? 1 : FULL_EVERY });
  return { path, counterexample, kernels, lockstep };
}

type Openness = Pick<Opened, 'counterexample' | 'kernels' | 'lockstep'>;

/** Both kernels, or both runs of a pair, as the counterexample says. */
function pairFor({ counterexample, kernels }: Openness): Pair | null {
  const { setting } = counterexample;
  if (setting?.pairs !== true) return null;
  if (kernels.twin === null)
    throw new InputError(`${counterexample.config}: its memory is too large for pairs of runs`);
  return makePair(kernels.compiled(setting), [kernels.impl, kernels.twin]);
}

function recorded(opened: Openness, program: Program): Recording {
  const pair = pairFor(opened);
  return pair === null
    ? record(opened.lockstep, opened.kernels.worldOf(opened.counterexample), program)
    : recordPair(pair, program);
}

function runnerOf(opened: Openness): (program: Program, limitMs?: number) => Execution {
  const pair = pairFor(opened);
  const { boot } = opened.kernels.worldOf(opened.counterexample);
  return (program, limitMs = PROGRAM_MS) =>
    pair === null ? execute(opened.lockstep, boot, program, { limitMs }) : executePair(pair, program, { limitMs });
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
      const { counterexample, kernels, lockstep } = await open(id, true);
      const { program: rows, original: found } = counterexample;
      if (original === true && found === null) throw new InputError(`${counterexample.id}: has no original program`);
      const chosen = original === true ? (found ?? rows) : rows;
      const recording = recorded({ counterexample, kernels, lockstep }, chosen);
      process.stdout.write(`${renderReplay(counterexample, kernels, recording, { step, until })}\n`);
      process.exitCode = recording.failure === null ? 0 : 1;
    });

  program
    .command('explain')
    .description('say which property a counterexample violates, at which step, and what was expected and found')
    .argument('<id>', ID)
    .action(async (id) => {
      const { counterexample, kernels, lockstep } = await open(id, true);
      const recording = recorded({ counterexample, kernels, lockstep }, counterexample.program);
      process.stdout.write(`${renderExplanation(counterexample, kernels, recording)}\n`);
      process.exitCode = recording.failure === null ? 0 : 1;
    });

  program
    .command('shrink')
    .description('make a counterexample smaller, beginning with the program as it was found')
    .argument('<id>', ID)
    .action(async (id) => {
      const { counterexample, kernels, lockstep } = await open(id, false);
      const from: Program = counterexample.original ?? counterexample.program;
      const run = runnerOf({ counterexample, kernels, lockstep });
      const first = run(from);
      if (first.failure === null) throw new InputError(`${counterexample.id} does not fail on the sources as they are`);
      const shrunk = shrink(from, first.failure, (rows) => run(rows, SHRINK_MS));
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
