/**
 * A system as data: which components there are, what objects they share, who holds which capability, and what its policy allows. Schema
 * `corres-system/1`, YAML or JSON. Everything that a component has for itself (threads, CSpace, address space, memory) goes without saying.
 */
import * as t from 'io-ts';
import { parse } from 'yaml';
import type { Authority } from '../../properties/security/authority.ts';
import { AUTHORITIES } from '../../properties/security/authority.ts';
import { InputError } from '../input-error.ts';

export const SYSTEM_SCHEMA = 'corres-system/1';

export const small = new t.Type<number, number, unknown>(
  'number from 0 to 2^32 - 1',
  (u): u is number => typeof u === 'number' && Number.isInteger(u) && u >= 0 && u < 2 ** 32,
  (u, c) => (typeof u === 'number' && Number.isInteger(u) && u >= 0 && u < 2 ** 32 ? t.success(u) : t.failure(u, c)),
  (value) => value,
);
export const name = new t.Type<string, string, unknown>(
  'name',
  (u): u is string => typeof u === 'string' && NAME.test(u),
  (u, c) => (typeof u === 'string' && NAME.test(u) ? t.success(u) : t.failure(u, c)),
  (value) => value,
);
const NAME = /^[a-z][a-z0-9_]{0,30}$/;
const authority = t.keyof(Object.fromEntries(AUTHORITIES.map((one) => [one, null])) as Record<Authority, null>);
const right = t.keyof({ read: null, write: null, grant: null, grantReply: null });

/** What an assumption of the confidentiality theorem rules out, and what is there when it is lifted. */
export const assumption = t.keyof({ silc: null, 'domain-sep': null });
export type Assumption = t.TypeOf<typeof assumption>;
export const ASSUMPTIONS = Object.keys(assumption.keys) as readonly Assumption[];

const thread = t.intersection([
  t.strict({ priority: small }),
  t.partial({
    /** Maximum controlled priority; its priority if not given. */
    mcp: small,
    /** Waits to be resumed. */
    inactive: t.boolean,
    /** Name of one of the component's capabilities. */
    faultHandler: name,
  }),
]);

const component = t.intersection([
  t.strict({ threads: t.record(name, thread) }),
  t.partial({
    domain: small,
    /** Bits of the size of its own untyped memory; none if not given. */
    untyped: small,
  }),
]);

const object = t.intersection([
  t.strict({ type: t.keyof({ endpoint: null, notification: null, frame: null }) }),
  t.partial({
    /** Whose it is; its own if not given. */
    label: name,
    /** Of an endpoint, for `corres lint`: words of the longest message, and most capabilities that go with one; not known if not given. */
    messages: t.partial({ words: small, capabilities: small }),
  }),
]);

const capability = t.intersection([
  t.strict({ holder: name }),
  t.partial({
    /** What the holder calls it; if not given, as the object is called. */
    name,
    /** A shared object, or a thread of a component as `component.thread`. */
    object: t.string,
    rights: t.readonlyArray(right),
    badge: small,
    /** Number of the page where it is mapped; only for frames. */
    page: small,
    /** Something that is no object. */
    special: t.keyof({ domain: null, irqControl: null, asidControl: null }),
    /** Only there when this assumption is lifted. */
    without: assumption,
  }),
]);

const interrupt = t.intersection([
  t.strict({ holder: name, signals: name }),
  t.partial({ badge: small, without: assumption }),
]);

const edge = t.strict({ from: name, to: name, authority: t.readonlyArray(authority) });
const policy = t.readonlyArray(edge);
export type PolicyEdge = t.TypeOf<typeof edge>;

export const SystemCodec = t.intersection([
  t.strict({
    schema: t.literal(SYSTEM_SCHEMA),
    name: t.string,
    about: t.string,
    components: t.record(name, component),
    objects: t.record(name, object),
    capabilities: t.readonlyArray(capability),
    policy,
  }),
  t.partial({
    /** The component that nobody trusts: the others keep to ordinary communication in half of the programs. */
    attacker: name,
    /** Domains and how many timer ticks each has; one domain for ever if not given. */
    schedule: t.readonlyArray(t.strict({ domain: small, ticks: small })),
    /** By number of the interrupt controller's line, counted from 1. */
    interrupts: t.record(t.string, interrupt),
    /**
     * Copies of all capabilities that cross labels are kept where nobody can take them away, so that nobody's deletion is the last (`silc_inv`).
     * Yes if not given.
     */
    silc: t.boolean,
  }),
]);
export type System = t.TypeOf<typeof SystemCodec>;
export type SystemCapability = t.TypeOf<typeof capability>;

/** `where` names the file in errors. */
export function decodeSystem(text: string, where: string): System {
  const decoded = SystemCodec.decode(parsed(text, where, SYSTEM_SCHEMA));
  if (decoded._tag === 'Left') throw new InputError(`${where}: ${explained(decoded.left)}`);
  return decoded.right;
}

const PolicyFile = t.strict({ schema: t.literal('corres-policy/1'), policy });

/** A policy by itself, to be held against a system. */
export function decodePolicy(text: string, where: string): readonly PolicyEdge[] {
  const decoded = PolicyFile.decode(parsed(text, where, 'corres-policy/1'));
  if (decoded._tag === 'Left') throw new InputError(`${where}: ${explained(decoded.left)}`);
  return decoded.right.policy;
}

export function parsed(text: string, where: string, schema: string): unknown {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new InputError(
      `${where}: is neither YAML nor JSON (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`,
    );
  }
  const found = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (found !== schema) throw new InputError(`${where}: does not say 'schema: ${schema}'`);
  return value;
}

/** The deepest field that does not fit, and what it should be. */
export function explained(errors: t.Errors): string {
  const paths = errors.map(({ context }) => ({
    // What an intersection or a union numbers are its members, and not anything in the file.
    keys: context.filter(({ key }, at) => key !== '' && !isJoined(context[at - 1]?.type)).map(({ key }) => key),
    expected: context.at(-1)?.type.name ?? 'something else',
    actual: context.at(-1)?.actual,
  }));
  const deepest = paths.reduce((best, one) => (one.keys.length > best.keys.length ? one : best));
  const actual = deepest.actual === undefined ? 'is missing' : `is ${JSON.stringify(deepest.actual)}`;
  return `${deepest.keys.join('.')} ${actual}, should be ${deepest.expected}`;
}

function isJoined(type: t.Decoder<unknown, unknown> | undefined): boolean {
  return type !== undefined && '_tag' in type && (type._tag === 'IntersectionType' || type._tag === 'UnionType');
}
