/** `corres lint`: where a system uses IPC as its designers advise against. */
import type { Command } from '@commander-js/extra-typings';
import { loadKernels } from '../step/kernels.ts';
import { decodeSystem } from '../system/format.ts';
import type { Warning } from '../system/lint.ts';
import { RULES, lintSystem } from '../system/lint.ts';
import { systemText } from '../system/shipped.ts';
import { SYSTEMS_CONFIG } from '../system/setting.ts';

const RULES_HELP = Object.entries(RULES)
  .map(([rule, what]) => `  ${rule.padEnd(17)} ${what}`)
  .join('\n');

export function addLint(program: Command): void {
  program
    .command('lint')
    .description('warn where a system uses IPC in ways that are advised against')
    .argument('<system>', 'name of a shipped system, or a YAML or JSON file')
    .option('--json', 'as JSON, schema corres-lint/1')
    .addHelpText('after', `\nRules:\n${RULES_HELP}\n\nExit codes: 0 no warnings, 1 warnings, 2 wrong usage or input.`)
    .action(async (nameOrFile, { json }) => {
      const { text, shown } = systemText(nameOrFile);
      const system = decodeSystem(text, shown);
      const kernels = await loadKernels(SYSTEMS_CONFIG);
      // Refuses what is no system, as everybody else does.
      kernels.compiled({ system, without: [], pairs: false });
      const warnings = lintSystem(system, kernels.config, text);
      process.stdout.write(json === true ? asJson(system.name, shown, warnings) : asText(system.name, shown, warnings));
      process.exitCode = warnings.length === 0 ? 0 : 1;
    });
}

function asJson(system: string, file: string, warnings: readonly Warning[]): string {
  const rows = warnings.map(({ path, ...rest }) => ({ ...rest, path: path.join('.') }));
  return `${JSON.stringify({ schema: 'corres-lint/1', system, file, warnings: rows }, null, 2)}\n`;
}

function asText(system: string, file: string, warnings: readonly Warning[]): string {
  const blocks = warnings.map(
    ({ rule, component, capability, path, line, reason, advice }) =>
      `${file}:${line}: ${rule}: ${component}'s ${capability} (${path.join('.')})\n  ${reason}\n  advice: ${advice}\n`,
  );
  const verdict =
    warnings.length === 0
      ? `no warnings: ${system} uses IPC as advised, as far as its description tells`
      : `${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'} about ${system}`;
  return `${[...blocks, verdict].join('\n')}\n`;
}
