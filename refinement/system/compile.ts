/** From a system to the world that programs start in, and to whose everything in it is. */
import type { Label, Labelling } from '../../properties/security/authority.ts';
import { AUTHORITIES } from '../../properties/security/authority.ts';
import { Policy, closed } from '../../properties/security/policy.ts';
import type { KernelConfig } from '../../spec/abi/config.ts';
import type { BootThread } from '../../spec/state/boot.ts';
import { InputError } from '../input-error.ts';
import type { KernelPlaces, World } from '../world/world.ts';
import type { Builder } from './build.ts';
import { makeBuilder } from './build.ts';
import type { Component } from './component.ts';
import { OWN_SLOTS, bootThreads, giveOwn, placeComponents } from './component.ts';
import type { Assumption, PolicyEdge, System } from './format.ts';
import { SILC, placeShared, share } from './shared.ts';

export interface CompiledSystem {
  readonly system: System;
  readonly config: KernelConfig;
  readonly without: readonly Assumption[];
  readonly world: World;
  readonly labelling: Labelling;
  /** What the system's author allows, with what follows from it. */
  readonly policy: Policy;
  readonly attacker: Label | null;
  /** Whether the partitions are what confidentiality is about: every domain has one label, and a label one domain. */
  readonly isPartitioned: boolean;
}

const FIRST_SHARED_SLOT = 12;
const ONE_DOMAIN = [{ domain: 0, ticks: 2 ** 32 - 1 }];

/** @param without assumptions that are lifted */
export function compileSystem(
  system: System,
  config: KernelConfig,
  places: KernelPlaces,
  without: readonly Assumption[] = [],
): CompiledSystem {
  const b = makeBuilder(system, config, places, OWN_SLOTS, FIRST_SHARED_SLOT);
  // Components have the first labels, in their order.
  for (const name of Object.keys(system.components)) b.labelNamed(name);
  const silc = system.silc !== false && !without.includes('silc') ? b.labelNamed(SILC) : null;
  const components = placeComponents(b);
  const shared = placeShared(b);
  for (const [name, component] of components) giveOwn(b, component, system.components[name]?.untyped ?? 0);
  const irqLabels = share(b, components, shared, silc, without);
  const threads = [...components].flatMap(([name, component]) => bootThreads(b, name, component));
  const { schedule = ONE_DOMAIN } = system;
  schedule.forEach(({ domain, ticks }, n) => {
    if (domain >= config.domains || ticks === 0)
      b.fail(`schedule.${n}: a domain below ${config.domains} and some ticks`);
  });
  const labelling: Labelling = {
    names: b.names,
    labelOf: b.labelOf,
    irqLabels,
    ...activity(system, config, components),
    silc,
  };
  const attacker = system.attacker === undefined ? undefined : components.get(system.attacker);
  if (system.attacker !== undefined && attacker === undefined)
    b.fail(`attacker: there is no component '${system.attacker}'`);
  return {
    system,
    config,
    without,
    world: worldOf(b, components, threads, schedule),
    labelling,
    policy: closed(policyOf(system.policy, labelling, `system ${system.name}: policy`), labelling),
    attacker: attacker?.label ?? null,
    isPartitioned: isPartitioned(system),
  };
}

/** Labels with threads, and which of them are in which domain. */
function activity(
  system: System,
  config: KernelConfig,
  components: ReadonlyMap<string, Component>,
): Pick<Labelling, 'active' | 'domainLabels'> {
  const domainLabels = Array.from({ length: config.domains }, () => 0);
  let active = 0;
  for (const [name, { label, threads }] of components) {
    const domain = system.components[name]?.domain ?? 0;
    domainLabels[domain] = (domainLabels[domain] ?? 0) | (1 << label);
    if (threads.size > 0) active |= 1 << label;
  }
  return { active, domainLabels };
}

function worldOf(
  { places, objects, caps, slots, objectNames }: Builder,
  components: ReadonlyMap<string, Component>,
  threads: readonly BootThread[],
  schedule: NonNullable<System['schedule']>,
): World {
  const ready = threads.filter(({ state, domain }) => state === 'Running' && domain === schedule[0]?.domain);
  const current = ready.reduce<BootThread | null>(
    (best, one) => (best === null || one.priority > best.priority ? one : best),
    null,
  );
  const cnodes = [...components.values()].map(({ cnode }) => cnode);
  return {
    boot: {
      currentThread: current?.tcb ?? places.idleThread,
      idleThread: places.idleThread,
      irqNode: places.irqNode,
      objects,
      caps,
      threads,
      domainSchedule: schedule.map(({ domain, ticks }) => ({ domain, duration: BigInt(ticks) })),
    },
    rootCNode: cnodes[0] ?? 0,
    cnodes: new Set(cnodes),
    slots,
    slotNames: new Map(Object.entries(slots).map(([name, number]) => [number, name])),
    objectNames,
  };
}

/** Whether domains are partitions: each has one component with threads, and a component's threads are in one domain by its form. */
export function isPartitioned({ schedule = [], components }: System): boolean {
  const domains = Object.values(components).map(({ domain = 0 }) => domain);
  return schedule.length > 1 && new Set(domains).size === domains.length;
}

/** A policy as it is written, without what follows. */
export function policyOf(edges: readonly PolicyEdge[], { names }: Labelling, where: string): Policy {
  const policy = new Policy(names.length);
  edges.forEach(({ from, to, authority }, n) => {
    const [a, b] = [names.indexOf(from), names.indexOf(to)];
    for (const [name, label] of [
      [from, a],
      [to, b],
    ] as const)
      if (label < 0) throw new InputError(`${where}.${n}: nothing is labelled '${name}'`);
    policy.add(
      a,
      b,
      authority.reduce((mask, one) => mask | (1 << AUTHORITIES.indexOf(one)), 0),
    );
  });
  return policy;
}
