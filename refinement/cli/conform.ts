/** `corres conform`: recordings of the real kernel against both sides. */
import type { Command } from '@commander-js/extra-typings';
import { Option } from '@commander-js/extra-typings';
import { conformExitCode, runConform } from '../conform/command.ts';
import type { Side } from '../conform/kernel-under-test.ts';
import { renderConform } from '../conform/report.ts';

const REPORTERS = ['default', 'json', 'ndjson'] as const;

export function addConform(program: Command): void {
  program
    .command('conform')
    .description(
      'replay recordings of the real kernel on specification and implementation, and say where they first differ',
    )
    .argument('<file...>', 'recordings, plain or gzip, schema oracle-trace/1')
    .option('--script <text>', 'only scripts whose name contains this')
    .addOption(new Option('--side <side>', 'which side to replay on').choices(['spec', 'impl', 'both']).default('both'))
    .addOption(new Option('--reporter <name>', 'form of the result').choices(REPORTERS).default('default'))
    .action(async (files, { script, side, reporter }) => {
      const sides: readonly Side[] = side === 'both' ? ['spec', 'impl'] : [side];
      let scripts = 0;
      const result = await runConform(files, {
        sides,
        ...(script === undefined ? {} : { script }),
        onScript: (file, { script: name }) => {
          scripts++;
          if (process.stderr.isTTY)
            process.stderr.write(`\r\u001b[K${file}: ${name} (${scripts})`.slice(0, process.stderr.columns));
        },
      });
      if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
      process.stdout.write(renderConform(result, reporter));
      process.exitCode = conformExitCode(result);
    });
}
