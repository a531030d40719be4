/** `corres lint`: a system for each warning, the same one mended, and the shipped ones. */
import { describe, expect, it } from 'vitest';
import type { Rule } from '../../../refinement/system/lint.ts';
import { RULES, lintSystem } from '../../../refinement/system/lint.ts';
import { decodeSystem } from '../../../refinement/system/format.ts';
import { shippedNames, systemText } from '../../../refinement/system/shipped.ts';
import { kernels } from '../../helpers/systems.ts';

/** Nothing is wrong with it. */
const GOOD = `
schema: corres-system/1
name: shop
about: A client calls a server.
components:
  client: { threads: { main: { priority: 5 }, idle: { priority: 2 } } }
  server: { threads: { main: { priority: 6 }, low: { priority: 1 } } }
objects:
  requests: { type: endpoint, messages: { words: 4, capabilities: 0 } }
  heap: { type: frame }
capabilities:
  - { holder: client, object: requests, rights: [write, grantReply] }
  - { holder: server, object: requests, name: inbox, rights: [read] }
  - { holder: server, object: heap, page: 2 }
policy: []
`;
const SHARED = '  - { holder: client, object: heap, page: 2 }\npolicy';

interface Case {
  readonly what: string;
  readonly rule: Rule;
  readonly change: readonly (readonly [find: string, put: string])[];
  /** Component, capability, path and line. */
  readonly at: string;
  readonly reason: RegExp;
  readonly advice: RegExp;
  /** What else is wrong then. */
  readonly also?: readonly string[];
}

const CASES: readonly Case[] = [
  {
    what: 'a server below its client',
    rule: 'server-priority',
    change: [['main: { priority: 5 }', 'main: { priority: 7 }']],
    at: 'server inbox capabilities.1 13',
    reason: /client\.main of priority 7.*highest priority is 6/,
    advice: /priority of at least 7/,
  },
  {
    what: 'a capability that can only send',
    rule: 'one-way',
    change: [['[write, grantReply]', '[write]']],
    at: 'client requests capabilities.0.rights 12',
    reason: /only send/,
    advice: /grantReply/,
    also: ['one-way server inbox'],
  },
  {
    what: 'a capability that can only receive',
    rule: 'one-way',
    change: [['[write, grantReply]', '[write]']],
    at: 'server inbox capabilities.1.rights 13',
    reason: /only receive: nobody who sends to requests/,
    advice: /let senders call/,
    also: ['one-way client requests'],
  },
  {
    what: 'messages that carry nothing',
    rule: 'synchronisation',
    change: [['words: 4', 'words: 0']],
    at: 'client requests capabilities.0 12',
    reason: /carry nothing/,
    advice: /notification/,
  },
  {
    what: 'messages beside shared memory',
    rule: 'synchronisation',
    change: [
      [', messages: { words: 4, capabilities: 0 }', ''],
      ['[write, grantReply]', '[write]'],
      ['policy', SHARED],
    ],
    at: 'client requests capabilities.0 12',
    reason: /shares heap/,
    advice: /notification/,
    also: ['one-way client requests', 'one-way server inbox'],
  },
  {
    what: 'long messages with shared memory there',
    rule: 'bulk-data',
    change: [
      ['words: 4', 'words: 5'],
      ['policy', SHARED],
    ],
    at: 'client requests capabilities.0 12',
    reason: /up to 5 words, of which 4 go in registers/,
    advice: /into heap/,
  },
  {
    what: 'long messages without shared memory',
    rule: 'bulk-data',
    change: [['words: 4', 'words: 100']],
    at: 'client requests capabilities.0 12',
    reason: /up to 100 words/,
    advice: /share a frame/,
  },
  {
    what: 'grant to call',
    rule: 'unneeded-grant',
    change: [['[write, grantReply]', '[write, grant]']],
    at: 'client requests capabilities.0.rights 12',
    reason: /any capability that it has/,
    advice: /grantReply instead/,
  },
  {
    what: 'grant to receive',
    rule: 'unneeded-grant',
    change: [['rights: [read]', 'rights: [read, grant]']],
    at: 'server inbox capabilities.1.rights 13',
    reason: /answers hand capabilities/,
    advice: /leave grant out/,
  },
];

function changed(change: Case['change']): string {
  return change.reduce((text, [find, put]) => {
    expect(text).toContain(find);
    return text.replace(find, put);
  }, GOOD);
}

function warningsOf(text: string): ReturnType<typeof lintSystem> {
  const system = decodeSystem(text, 'shop.yaml');
  kernels.compiled({ system, without: [], pairs: false });
  return lintSystem(system, kernels.config, text);
}

const brief = (text: string): readonly string[] =>
  warningsOf(text).map(({ rule, component, capability }) => `${rule} ${component} ${capability}`);

describe('warns of', () => {
  it.each(CASES)('$what', ({ rule, change, at, reason, advice, also = [] }) => {
    const text = changed(change);
    const found = warningsOf(text).filter((one) => {
      const where = `${one.component} ${one.capability} ${one.path.join('.')} ${one.line}`;
      return one.rule === rule && where === at;
    });
    expect(found).toHaveLength(1);
    expect(found[0]?.reason).toMatch(reason);
    expect(found[0]?.advice).toMatch(advice);
    const [component = '', capability = ''] = at.split(' ');
    expect(brief(text).toSorted()).toEqual([`${rule} ${component} ${capability}`, ...also].toSorted());
  });

  it('every rule there is', () => {
    expect([...new Set(CASES.map(({ rule }) => rule))].toSorted()).toEqual(Object.keys(RULES).toSorted());
  });
});

describe('does not warn of', () => {
  const cases: readonly (readonly [what: string, change: Case['change']])[] = [
    ['a good system', []],
    ['a server as high as its client', [['main: { priority: 5 }', 'main: { priority: 6 }']]],
    [
      'a client in another domain, which never runs when the server does',
      [
        ['client: { threads: { main: { priority: 5 }', 'client: { domain: 1, threads: { main: { priority: 9 }'],
        ['components:', 'schedule: [{ domain: 0, ticks: 1 }, { domain: 1, ticks: 1 }]\ncomponents:'],
      ],
    ],
    [
      'an endpoint of a single component',
      [
        [
          'holder: client, object: requests, rights: [write, grantReply]',
          'holder: server, object: requests, rights: [write, grant]',
        ],
      ],
    ],
    ['short messages beside shared memory', [['policy', SHARED]]],
    [
      'grant where capabilities are meant to go with messages',
      [
        ['[write, grantReply]', '[write, grant]'],
        ['capabilities: 0', 'capabilities: 1'],
      ],
    ],
    [
      'messages that carry nothing but a capability',
      [
        ['[write, grantReply]', '[write, grant]'],
        ['words: 4, capabilities: 0', 'words: 0, capabilities: 1'],
      ],
    ],
    [
      'a capability that is only there when an assumption is lifted',
      [
        [
          'policy',
          '  - { holder: client, object: requests, name: raw, rights: [write, grant], without: silc }\npolicy',
        ],
      ],
    ],
  ];
  it.each(cases)('%s', (_, change) => {
    expect(brief(changed(change))).toEqual([]);
  });
});

it('JSON has lines, too', () => {
  const text = JSON.stringify(decodeSystem(changed(CASES[0]?.change ?? []), 'shop.yaml'), null, 2);
  const [found] = warningsOf(text);
  expect(text.split('\n')[(found?.line ?? 0) - 1]).toBe('    {');
  expect(text.split('\n')[found?.line ?? 0]).toContain('"holder": "server"');
});

it('of the shipped systems, one sends without an answer', () => {
  const found = shippedNames().flatMap((name) => {
    const { text, shown } = systemText(name);
    return lintSystem(decodeSystem(text, shown), kernels.config, text).map(
      ({ rule, line }) => `${shown}:${line} ${rule}`,
    );
  });
  expect(found).toEqual(['guest-drivers.yaml:48 one-way', 'guest-drivers.yaml:49 one-way']);
});
