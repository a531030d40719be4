/** `corres policy`: the least policy that a system satisfies, and whether a given one covers it. */
import { readFileSync } from 'node:fs';
import type { Command } from '@commander-js/extra-typings';
import { stringify } from 'yaml';
import { authorityNames, has } from '../../properties/security/authority.ts';
import { edgesOfState, leastPolicy } from '../../properties/security/edges.ts';
import type { Policy } from '../../properties/security/policy.ts';
import { closed, controlled, flowsOf } from '../../properties/security/policy.ts';
import { bootState } from '../../spec/state/initial.ts';
import { InputError } from '../input-error.ts';
import { namesOf } from '../replay/names.ts';
import { loadKernels } from '../step/kernels.ts';
import type { CompiledSystem } from '../system/compile.ts';
import { policyOf } from '../system/compile.ts';
import { decodePolicy } from '../system/format.ts';
import { openSystem } from '../system/shipped.ts';
import { SYSTEMS_CONFIG } from '../system/setting.ts';

const SYSTEM = 'name of a shipped system, or a YAML or JSON file';

async function compiled(nameOrFile: string): Promise<CompiledSystem> {
  const system = openSystem(nameOrFile);
  const kernels = await loadKernels(SYSTEMS_CONFIG);
  return kernels.compiled({ system, without: [], pairs: false });
}

export function addPolicy(program: Command): void {
  const policy = program.command('policy').description('what the parts of a system may do to each other');

  policy
    .command('derive')
    .description('print the least policy that a system satisfies, with what follows from it')
    .argument('<system>', SYSTEM)
    .option('--raw', 'only what the capabilities give, without what follows')
    .action(async (nameOrFile, { raw }) => {
      const system = await compiled(nameOrFile);
      const { config, world, labelling } = system;
      const least = leastPolicy(bootState(config, world.boot), labelling);
      const whole = closed(least, labelling);
      process.stdout.write(
        `${stringify({ schema: 'corres-policy/1', policy: edgesOf(raw === true ? least : whole, system) })}${remarks(whole, system)}\n`,
      );
    });

  policy
    .command('check')
    .description('say whether a policy covers all authority in a system, and which capability exceeds it')
    .argument('<system>', SYSTEM)
    .option('--policy <file>', "the policy to hold it against, schema corres-policy/1; the system's own if not given")
    .action(async (nameOrFile, { policy: file }) => {
      const system = await compiled(nameOrFile);
      const { config, world, labelling } = system;
      const allowed =
        file === undefined
          ? system.policy
          : closed(policyOf(decodePolicy(read(file), file), labelling, file), labelling);
      const state = bootState(config, world.boot);
      const names = namesOf(world, config);
      names.learn(state);
      const found: string[] = [];
      let edges = 0;
      edgesOfState(state, labelling, (at, from, to, authority, why) => {
        if (from === to) return;
        edges++;
        const more = authority & ~allowed.over(from, to);
        if (more === 0) return;
        const what = authorityNames(more).join(' and ');
        found.push(
          `${names.text(at)}: ${labelling.names[from] ?? ''} has ${what} over ${labelling.names[to] ?? ''} by ${why}`,
        );
      });
      const verdict =
        found.length === 0
          ? `covered: the policy allows each of the ${edges} ways in which a label of ${system.system.name} has authority over another`
          : `exceeded: ${found.length} of ${edges} ways in which a label of ${system.system.name} has authority over another are not in the policy`;
      process.stdout.write([...found, verdict, ...collapses(allowed, system), ''].join('\n'));
      process.exitCode = found.length === 0 ? 0 : 1;
    });
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputError(`${file}: cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
}

function edgesOf(policy: Policy, { labelling: { names, silc } }: CompiledSystem): readonly object[] {
  const edges: object[] = [];
  policy.forEach((from, to, authority) => {
    if (from === to || from === silc || to === silc) return;
    edges.push({ from: names[from], to: names[to], authority: authorityNames(authority) });
  });
  return edges;
}

/** As comments, so that what is printed can be a policy file. */
function remarks(policy: Policy, system: CompiledSystem): string {
  const { names, active } = system.labelling;
  const { reads, flows } = flowsOf(policy);
  const those = (labels: number): string =>
    names.filter((_, label) => has(labels, label) && label !== 0).join(', ') || 'nothing';
  const lines = names.flatMap((name, label) => {
    if (!has(active, label)) return [];
    const others = flows.reduce(
      (mask, to, from) => (has(to, label) && from !== label && has(active, from) ? mask | (1 << from) : mask),
      0,
    );
    return [`# ${name} sees ${those(reads[label] ?? 0)}; it can learn from what is done by ${those(others)}`];
  });
  return [...lines, ...collapses(policy, system).map((line) => `# ${line}`)].join('\n');
}

/** Labels between which nothing can be guaranteed. */
function collapses(policy: Policy, { labelling: { names, silc, active } }: CompiledSystem): readonly string[] {
  return controlled(policy).flatMap((labels, label) => {
    const others = names.filter(
      (_, other) => other !== label && other !== silc && has(labels, other) && has(active, other),
    );
    return has(active, label) && others.length > 0
      ? [`${names[label] ?? ''} controls ${others.join(', ')}: nothing can be guaranteed between them`]
      : [];
  });
}
