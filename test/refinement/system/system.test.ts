/** Systems as data: what is refused and where, what is compiled, and what their policies say. */
import { describe, expect, it } from 'vitest';
import { edgesOfState, leastPolicy } from '../../../properties/security/edges.ts';
import { closed } from '../../../properties/security/policy.ts';
import { bootState } from '../../../spec/state/initial.ts';
import { InputError } from '../../../refinement/input-error.ts';
import { FULL_EVERY, makeChecker } from '../../../refinement/campaign/checker.ts';
import { newTally, randomRuns } from '../../../refinement/campaign/run.ts';
import type { CompiledSystem } from '../../../refinement/system/compile.ts';
import { withoutKeptCopy, withoutSeparateDomains } from '../../../properties/security/assumptions.ts';
import type { Assumption, System } from '../../../refinement/system/format.ts';
import { ASSUMPTIONS, decodePolicy, decodeSystem } from '../../../refinement/system/format.ts';
import { WRONG_ON_PURPOSE, openSystem, shippedNames } from '../../../refinement/system/shipped.ts';
import { NAMES, compiled, kernels, settingOf } from '../../helpers/systems.ts';

const SMALL = `
schema: corres-system/1
name: two
about: Two.
schedule: [{ domain: 0, ticks: 1 }, { domain: 1, ticks: 1 }]
components:
  a: { domain: 0, threads: { main: { priority: 5 } } }
  b: { domain: 1, threads: { main: { priority: 5 } } }
objects:
  bell: { type: notification }
capabilities:
  - { holder: a, object: bell, rights: [write] }
  - { holder: b, object: bell, rights: [read] }
policy:
  - { from: a, to: bell, authority: [Notify, Reset] }
  - { from: b, to: bell, authority: [Receive, Reset] }
`;

function compileText(text: string): CompiledSystem {
  return kernels.compiled({ system: decodeSystem(text, 'my.yaml'), without: [], pairs: false });
}

/** Authority that the policy does not have, as `from: authority bits over to`. */
function exceeding(system: CompiledSystem): readonly string[] {
  const { labelling, policy, config, world } = system;
  const found: string[] = [];
  edgesOfState(bootState(config, world.boot), labelling, (_, from, to, authority) => {
    if (from !== to && (authority & ~policy.over(from, to)) !== 0)
      found.push(`${labelling.names[from] ?? ''} ${labelling.names[to] ?? ''}`);
  });
  return found;
}

const WRONG: readonly (readonly [what: string, find: string, put: string, error: string])[] = [
  ['another schema', 'corres-system/1', 'corres-system/2', "my.yaml: does not say 'schema: corres-system/1'"],
  ['no YAML', 'objects:', 'objects: [', 'my.yaml: is neither YAML nor JSON'],
  ['a right that there is not', 'rights: [write]', 'rights: [sing]', 'my.yaml: capabilities.0.rights.0 is "sing"'],
  [
    'a missing priority',
    '{ priority: 5 } } }\n  b',
    '{} } }\n  b',
    'my.yaml: components.a.threads.main.priority is missing',
  ],
  ['an authority that there is not', '[Notify, Reset]', '[Notify, Rest]', 'my.yaml: policy.0.authority.1 is "Rest"'],
  ['a holder that is nobody', 'holder: b', 'holder: c', "system two: capabilities.1.holder: there is no component 'c'"],
  [
    'an object that is none',
    'holder: b, object: bell',
    'holder: b, object: gong',
    "system two: capabilities.1.object: there is no object or thread 'gong'",
  ],
  [
    'a label that is none',
    'to: bell, authority: [Receive',
    'to: gong, authority: [Receive',
    "system two: policy.1: nothing is labelled 'gong'",
  ],
  ['a domain too many', 'b: { domain: 1,', 'b: { domain: 9,', 'system two: components.b.domain: there are 4'],
  [
    'a priority too high',
    'main: { priority: 5 } } }\n  b',
    'main: { priority: 99 } } }\n  b',
    'system two: components.a.threads.main: priorities are below 16',
  ],
  ['no time', 'domain: 1, ticks: 1', 'domain: 1, ticks: 0', 'system two: schedule.1: a domain below 4 and some ticks'],
  [
    'an object that nobody has',
    'bell: { type: notification }',
    'bell: { type: notification }\n  gong: { type: endpoint }',
    'system two: objects.gong: nobody has a capability to it',
  ],
  [
    'two of one name',
    'rights: [read] }',
    'rights: [read] }\n  - { holder: b, object: bell, badge: 2 }',
    "system two: a component has two capabilities called 'bell'",
  ],
];

describe('a system with a mistake is refused, and the place named', () => {
  it.each(WRONG)('%s', (_, find, put, error) => {
    expect(SMALL).toContain(find);
    expect(() => compileText(SMALL.replace(find, put))).toThrow(InputError);
    expect(() => compileText(SMALL.replace(find, put))).toThrow(error);
  });

  it('a policy file', () => {
    expect(() =>
      decodePolicy('schema: corres-policy/1\npolicy: [{ from: a, to: b, authority: [Sing] }]', 'p.yaml'),
    ).toThrow('p.yaml: policy.0.authority.0 is "Sing"');
  });
});

it('JSON is read as well', () => {
  const system = openSystem('vehicle');
  expect(decodeSystem(JSON.stringify(system), 'my.json')).toEqual(system);
});

describe.each(NAMES)('%s', (name) => {
  it('boots into a state in which everything holds, whichever assumptions are lifted', () => {
    const lockstep = makeChecker(kernels, { properties: null, fullEvery: FULL_EVERY });
    for (const without of [[], ...ASSUMPTIONS.map((one) => [one])])
      expect(lockstep.boot(kernels.compiled(settingOf(name, false, without)).world.boot)).toBeNull();
  });

  it('is covered by its policy, which allows no more than the least one', () => {
    const system = compiled(name);
    const { labelling, policy, config, world } = system;
    expect(exceeding(system)).toEqual([]);
    const least = closed(leastPolicy(bootState(config, world.boot), labelling), labelling);
    const more: string[] = [];
    policy.forEach((from, to, authority) => {
      if ((authority & ~least.over(from, to)) !== 0)
        more.push(`${labelling.names[from] ?? ''} over ${labelling.names[to] ?? ''}`);
    });
    expect(more).toEqual([]);
  });

  it('has no component that controls another', () => {
    const { labelling, policy } = compiled(name);
    policy.forEach((from, to, authority) => {
      expect(from === to || (authority & 1) === 0, `${labelling.names[from] ?? ''} ${labelling.names[to] ?? ''}`).toBe(
        true,
      );
    });
  });

  it('raises no false alarm', () => {
    const lockstep = makeChecker(kernels, { properties: null, fullEvery: FULL_EVERY });
    const { last } = randomRuns(
      kernels,
      lockstep,
      { seed: 11, rows: 200, setting: settingOf(name) },
      0,
      25,
      newTally(),
    );
    expect(last.failure).toBeNull();
  });
});

describe('what confidentiality assumes', () => {
  const unmet = (name: string, without: Assumption): readonly (readonly string[])[] => {
    const { config, world, labelling } = compiled(name, [without]);
    const state = bootState(config, world.boot);
    return [withoutKeptCopy(state, labelling), withoutSeparateDomains(state)];
  };
  const PARTITIONED = NAMES.filter((name) => compiled(name).isPartitioned);

  it.each(PARTITIONED)('holds of %s', (name) => {
    const { config, world, labelling } = compiled(name);
    const state = bootState(config, world.boot);
    expect([...withoutKeptCopy(state, labelling), ...withoutSeparateDomains(state)]).toEqual([]);
  });

  it('is seen to be lifted, each by itself', () => {
    const [copies, domains] = unmet('separation-kernel', 'silc');
    expect(copies).toEqual([
      expect.stringContaining('no copy of its NotificationCap is kept'),
      expect.stringContaining('no copy of its NotificationCap is kept'),
    ]);
    expect(domains).toEqual([]);
    const [others, separate] = unmet('separation-kernel', 'domain-sep');
    // The interrupt's own capability to the bell is another that crosses labels, and has its copy.
    expect(others).toEqual([]);
    expect(separate).toEqual([
      expect.stringContaining('there is a DomainCap'),
      expect.stringContaining('there is a IRQHandlerCap'),
      'interrupt 1: it makes a signal',
    ]);
  });
});

it('the one that is wrong on purpose exceeds its policy, by the capability that nobody took away', () => {
  expect(shippedNames()).toContain(WRONG_ON_PURPOSE);
  const setting = settingOf(WRONG_ON_PURPOSE);
  expect(exceeding(kernels.compiled(setting))).toContain('blue red');
  const lockstep = makeChecker(kernels, { properties: null, fullEvery: FULL_EVERY });
  const { last } = randomRuns(kernels, lockstep, { seed: 1, rows: 200, setting }, 0, 50, newTally());
  expect(['integrity', 'pas_refined']).toContain(last.failure?.property);
});

it('the shipped systems have the attackers and partitions that they say', () => {
  const about = (system: System): string => `${system.name} ${system.attacker ?? '-'}`;
  expect(shippedNames().map((name) => about(openSystem(name)))).toEqual([
    'client-server client',
    'compositor browser',
    'guest-drivers network',
    'separation-kernel blue',
    'vehicle mission',
    'wrong-partitions blue',
  ]);
  expect(NAMES.filter((name) => compiled(name).isPartitioned)).toEqual(['compositor', 'separation-kernel', 'vehicle']);
});
