/** `corres list`: what there is. */
import type { Command } from '@commander-js/extra-typings';
import { Argument } from '@commander-js/extra-typings';
import { CATALOGUE } from '../../properties/catalogue.ts';
import { CONFIGS } from '../../spec/abi/config.ts';
import { explorationNames, openExploration } from '../explore/shipped.ts';
import { openSystem, shippedNames } from '../system/shipped.ts';
import { EVENTS, OPERATIONS } from '../program/operations.ts';

const TOPICS = ['properties', 'operations', 'configs', 'systems', 'explorations'] as const;

export function addList(program: Command): void {
  program
    .command('list')
    .description('name what there is')
    .addArgument(new Argument('<topic>').choices(TOPICS))
    .option('--json', 'as JSON')
    .action((topic, { json }) => {
      const rows = list(topic);
      if (json === true) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
      else {
        const width = Math.max(...rows.map(({ name }) => name.length));
        for (const { name, about } of rows) process.stdout.write(`${name.padEnd(width)}  ${about}\n`);
      }
    });
}

function list(topic: (typeof TOPICS)[number]): readonly { readonly name: string; readonly about: string }[] {
  switch (topic) {
    case 'properties':
      return CATALOGUE.map(({ name, kind, statement }) => ({ name, about: `[${kind}] ${statement}` }));
    case 'operations':
      return [
        ...OPERATIONS.map(({ name, target, words, caps, syscalls }) => ({
          name,
          about: `on ${target}; words: ${words.join(', ') || 'free'}; capabilities: ${caps.join(', ') || 'free'}; by ${syscalls.join(', ')}`,
        })),
        ...EVENTS.map((name) => ({ name, about: 'event' })),
      ];
    case 'systems':
      return shippedNames().map((name) => ({ name, about: openSystem(name).about.trim().replaceAll(/\s+/g, ' ') }));
    case 'explorations':
      return explorationNames().map((name) => ({
        name,
        about: openExploration(name).exploration.about.trim().replaceAll(/\s+/g, ' '),
      }));
    case 'configs':
      return Object.values(CONFIGS).map((config) => ({
        name: config.name,
        about: `${config.priorities} priorities, ${config.domains} domains, TCB 2^${config.tcbBits}, frame 2^${config.frameBits.Small} bytes, ${config.registers.names.length} registers, messages to ${config.msgMaxLength} words`,
      }));
  }
}
