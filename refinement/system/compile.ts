/**
 * From a system to the world that programs start in, and to whose everything in it is.
 *
 * Every component gets, of its own: a CNode, its threads, a frame with their IPC buffers, an address space with an ASID pool, and untyped memory
 * if it wants some. What is shared is an object with a label of its own, unless the system says whose it is.
 */
import type { Label, Labelling } from '../../properties/security/authority.ts';
import { AUTHORITIES, MAX_LABELS } from '../../properties/security/authority.ts';
import { Policy, closed } from '../../properties/security/policy.ts';
import type { KernelConfig } from '../../spec/abi/config.ts';
import type { BootCap, BootObject, BootThread } from '../../spec/state/boot.ts';
import type { Cap, Mapping } from '../../spec/state/caps.ts';
import { ALLOW_GRANT, ALLOW_GRANT_REPLY, ALLOW_READ, ALLOW_WRITE } from '../../spec/state/caps.ts';
import { TCB_BUFFER, TCB_CTABLE, TCB_REPLY, TCB_VTABLE, slotAt } from '../../spec/state/kernel-state.ts';
import { InputError } from '../input-error.ts';
import type { KernelPlaces, World } from '../world/world.ts';
import { ROOT_RADIX } from '../world/world.ts';
import type { Assumption, PolicyEdge, System, SystemCapability } from './format.ts';

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

/** What every component has, by the slots that all of them have it in. */
const OWN = ['cnode', 'vspace', 'pool', 'table1', 'table2', 'table3', 'buffer', 'untyped'] as const;
const FIRST_SHARED = 12;
const KERNEL = 'kernel';
export const SILC = 'silc';
/** Threads that have an IPC buffer: as many as fit a frame. */
const THREADS = 2;
const BUFFER_PAGE = 1;

const RIGHTS = { read: ALLOW_READ, write: ALLOW_WRITE, grant: ALLOW_GRANT, grantReply: ALLOW_GRANT_REPLY } as const;

interface Component {
  readonly label: Label;
  readonly cnode: number;
  readonly root: number;
  readonly asid: number;
  readonly threads: ReadonlyMap<string, number>;
  /** Tables below the root, and the frame of the buffers. */
  readonly tables: readonly number[];
  readonly frame: number;
  readonly pool: number;
  readonly untyped: number | null;
}

/** @param without assumptions that are lifted */
export function compileSystem(
  system: System,
  config: KernelConfig,
  places: KernelPlaces,
  without: readonly Assumption[] = [],
): CompiledSystem {
  const fail = (what: string): never => {
    throw new InputError(`system ${system.name}: ${what}`);
  };
  const isThere = ({ without: assumption }: { readonly without?: Assumption | undefined }): boolean =>
    assumption === undefined || without.includes(assumption);
  const hasSilc = system.silc !== false && !without.includes('silc');
  const names: string[] = [KERNEL];
  const labelNamed = (name: string): Label => {
    const known = names.indexOf(name);
    if (known >= 0) return known;
    if (names.length >= MAX_LABELS) fail(`has more than ${MAX_LABELS} labels`);
    return names.push(name) - 1;
  };
  for (const name of Object.keys(system.components)) labelNamed(name);
  const silc = hasSilc ? labelNamed(SILC) : null;

  const granules = new Uint8Array(config.ramSize / 16);
  let next = config.ramBase + config.kernelSize;
  const place = (bits: number, label: Label): number => {
    const at = Math.ceil(next / 2 ** bits) * 2 ** bits;
    next = at + 2 ** bits;
    if (next > config.ramBase + config.ramSize) fail(`does not fit the memory of ${config.name}`);
    granules.fill(label, (at - config.ramBase) / 16, (next - config.ramBase) / 16);
    return at;
  };

  const objects: BootObject[] = [];
  const caps: BootCap[] = [];
  const objectNames = new Map<number, string>([[places.idleThread, 'idle']]);
  const made = (object: BootObject, name: string): number => {
    objects.push(object);
    objectNames.set(object.address, name);
    return object.address;
  };
  const page = (n: number): bigint => BigInt(n * 2 ** config.frameBits.Small);

  const components = new Map<string, Component>();
  Object.entries(system.components).forEach(([name, { threads, untyped }], index) => {
    const label = labelNamed(name);
    if (Object.keys(threads).length > THREADS) fail(`components.${name} has more than ${THREADS} threads`);
    const tcbs = Object.keys(threads).map((thread) => {
      const address = place(config.tcbBits, label);
      return [thread, made({ type: 'Tcb', address }, `${name}.${thread}`)] as const;
    });
    const [level, ...below] = config.arch.pagingLevels;
    if (level === undefined || index >= config.asidTableLength) fail(`has more components than there are ASID pools`);
    components.set(name, {
      label,
      threads: new Map(tcbs),
      root: made({ type: config.arch.vspaceRoot, address: place(config.pageTableBits, label) }, `${name}.vspace`),
      pool: made({ type: 'ASIDPool', address: place(config.asidPoolBits, label) }, `${name}.pool`),
      tables: below.map((type, n) =>
        made({ type, address: place(config.pageTableBits, label) }, `${name}.table${n + 1}`),
      ),
      frame: made(
        { type: 'Frame', address: place(config.frameBits.Small, label), size: 'Small', device: false },
        `${name}.buffer`,
      ),
      cnode: made(
        { type: 'CNode', address: place(ROOT_RADIX + config.slotBits, label), radixBits: ROOT_RADIX },
        `${name}.cnode`,
      ),
      untyped: untyped === undefined ? null : place(untyped, label),
      // The first identifier of the first pool stands for none.
      asid: index * 2 ** (config.asidPoolBits - 3) + 1,
    });
  });
  const componentNamed = (name: string, where: string): Component =>
    components.get(name) ?? fail(`${where}: there is no component '${name}'`);

  const shared = new Map<string, number>();
  for (const [name, { type, label }] of Object.entries(system.objects)) {
    const owner = labelNamed(label ?? name);
    const bits =
      type === 'endpoint'
        ? config.endpointBits
        : type === 'notification'
          ? config.notificationBits
          : config.frameBits.Small;
    const address = place(bits, owner);
    shared.set(
      name,
      made(
        type === 'endpoint'
          ? { type: 'Endpoint', address }
          : type === 'notification'
            ? { type: 'Notification', address }
            : { type: 'Frame', address, size: 'Small', device: false },
        name,
      ),
    );
  }

  // Slots by what is in them: the same number for the same name in all components.
  const slots: Record<string, number> = Object.fromEntries(OWN.map((name, n) => [name, n + 1]));
  let nextSlot = FIRST_SHARED;
  const slotNamed = (name: string): number => {
    slots[name] ??= nextSlot++;
    if (nextSlot > 2 ** ROOT_RADIX) fail('has more capabilities than fit a CNode');
    return slots[name];
  };
  const put = (slot: number, cap: Cap, parent: number | null, original: boolean, isOrphan = false): void => {
    if (caps.some((other) => other.slot === slot))
      fail(
        `a component has two capabilities called '${Object.keys(slots).find((name) => slots[name] === (slot % (2 ** ROOT_RADIX * 32)) / 32) ?? ''}'`,
      );
    caps.push({ slot, cap, parent, original, ...(isOrphan ? { isOrphan } : {}) });
  };

  for (const [name, { threads, untyped: untypedBits }] of Object.entries(system.components)) {
    const of = componentNamed(name, 'components');
    const slot = (what: string): number => slotAt(of.cnode, slotNamed(what));
    const cnode: Cap = {
      _tag: 'CNodeCap',
      ref: of.cnode,
      radixBits: ROOT_RADIX,
      guard: 0n,
      guardBits: 64 - ROOT_RADIX,
    };
    const mapped: Mapping = { asid: of.asid, vaddr: 0n };
    const vspace: Cap = { _tag: 'PagingCap', level: config.arch.vspaceRoot, ref: of.root, mapped };
    const frame: Cap = {
      _tag: 'FrameCap',
      ref: of.frame,
      size: 'Small',
      device: false,
      rights: 'ReadWrite',
      mapped: null,
    };
    put(slot('cnode'), cnode, null, true);
    for (const tcb of of.threads.values()) put(slotAt(tcb, TCB_CTABLE), cnode, slot('cnode'), false);
    put(slot('vspace'), vspace, null, true);
    for (const tcb of of.threads.values()) put(slotAt(tcb, TCB_VTABLE), vspace, slot('vspace'), false);
    put(slot('pool'), { _tag: 'ASIDPoolCap', ref: of.pool, base: of.asid - 1 }, null, true);
    config.arch.pagingLevels.slice(1).forEach((level, n) => {
      put(slot(`table${n + 1}`), { _tag: 'PagingCap', level, ref: of.tables[n] ?? 0, mapped }, null, true);
    });
    put(slot('buffer'), { ...frame, mapped: { asid: of.asid, vaddr: page(BUFFER_PAGE) } }, null, true);
    for (const tcb of of.threads.values()) put(slotAt(tcb, TCB_BUFFER), frame, slot('buffer'), false);
    for (const tcb of of.threads.values())
      put(slotAt(tcb, TCB_REPLY), { _tag: 'ReplyCap', ref: tcb, master: true, canGrant: true }, null, true);
    for (const thread of Object.keys(threads))
      put(slot(thread), { _tag: 'ThreadCap', ref: of.threads.get(thread) ?? 0 }, null, true);
    if (of.untyped !== null)
      put(
        slot('untyped'),
        { _tag: 'UntypedCap', device: false, ref: of.untyped, sizeBits: untypedBits ?? 0, freeIndex: 0 },
        null,
        true,
      );
  }

  const capOf = (given: SystemCapability, where: string): Cap => {
    const { object, special, rights = ['read', 'write'], badge = 0, holder, page: at } = given;
    const bits = rights.reduce((mask, right) => mask | RIGHTS[right], 0);
    if (special !== undefined)
      return {
        _tag: special === 'domain' ? 'DomainCap' : special === 'irqControl' ? 'IRQControlCap' : 'ASIDControlCap',
      };
    if (object === undefined) return fail(`${where} names neither an object nor something special`);
    const ref = shared.get(object);
    if (ref === undefined) {
      const [component = '', thread = ''] = object.split('.');
      const tcb = components.get(component)?.threads.get(thread);
      return tcb === undefined
        ? fail(`${where}.object: there is no object or thread '${object}'`)
        : { _tag: 'ThreadCap', ref: tcb };
    }
    switch (system.objects[object]?.type) {
      case 'endpoint':
        return { _tag: 'EndpointCap', ref, badge: BigInt(badge), rights: bits };
      case 'notification':
        return { _tag: 'NotificationCap', ref, badge: BigInt(badge), rights: bits & (ALLOW_READ | ALLOW_WRITE) };
      default: {
        const { asid } = componentNamed(holder, `${where}.holder`);
        return {
          _tag: 'FrameCap',
          ref,
          size: 'Small',
          device: false,
          rights: (bits & ALLOW_WRITE) !== 0 ? 'ReadWrite' : (bits & ALLOW_READ) !== 0 ? 'ReadOnly' : 'KernelOnly',
          mapped: at === undefined ? null : { asid, vaddr: page(at) },
        };
      }
    }
  };

  /** Shared objects in turn: the copy that is kept first, and then everybody's. */
  const keeper =
    silc === null
      ? null
      : made({ type: 'CNode', address: place(ROOT_RADIX + config.slotBits, silc), radixBits: ROOT_RADIX }, SILC);
  const given = system.capabilities.filter(isThere);
  const interrupts = Object.entries(system.interrupts ?? {}).filter(([, one]) => isThere(one));
  const irqLabels: Label[] = Array.from({ length: config.irqs }, () => 0);
  let kept = 1;
  if (keeper !== null)
    put(
      slotAt(keeper, 0),
      { _tag: 'CNodeCap', ref: keeper, radixBits: ROOT_RADIX, guard: 0n, guardBits: 64 - ROOT_RADIX },
      null,
      true,
    );
  const wheres = new Map(given.map((one) => [one, `capabilities.${system.capabilities.indexOf(one)}`]));
  const putGiven = (one: SystemCapability, parent: number | null, isOrphan = false): void => {
    const where = wheres.get(one) ?? 'capabilities';
    const cap = capOf(one, where);
    const holder = componentNamed(one.holder, `${where}.holder`);
    const slot = slotAt(holder.cnode, slotNamed(one.name ?? one.special ?? one.object?.replace('.', '_') ?? ''));
    const isBadged = (one.badge ?? 0) !== 0;
    put(slot, cap, parent, one.special !== undefined || isBadged, isOrphan);
  };
  for (const [name, { type }] of Object.entries(system.objects)) {
    const ref = shared.get(name) ?? 0;
    const holders = given.filter(({ object }) => object === name);
    const signalling = interrupts.filter(([, { signals }]) => signals === name);
    if (holders.length === 0 && signalling.length === 0) fail(`objects.${name}: nobody has a capability to it`);
    let parent: number | null = null;
    if (keeper !== null) {
      parent = slotAt(keeper, kept++);
      const all: Cap =
        type === 'endpoint'
          ? { _tag: 'EndpointCap', ref, badge: 0n, rights: 15 }
          : type === 'notification'
            ? { _tag: 'NotificationCap', ref, badge: 0n, rights: 3 }
            : { _tag: 'FrameCap', ref, size: 'Small', device: false, rights: 'ReadWrite', mapped: null };
      put(parent, all, null, true);
    }
    holders.forEach((one, n) => {
      putGiven(one, parent, parent === null && n > 0);
    });
    for (const [line, { badge = 0 }] of signalling) {
      const irq = Number(line);
      const cap: Cap = { _tag: 'NotificationCap', ref, badge: BigInt(badge), rights: 3 };
      put(slotAt(places.irqNode, irq), cap, parent, badge !== 0, parent === null && holders.length > 0);
    }
  }
  for (const one of given) {
    if (one.object !== undefined && shared.has(one.object)) continue;
    putGiven(one, null);
    const made = caps.pop();
    if (made === undefined) continue;
    // A thread of somebody else: derived from what that one has, and so right behind it.
    const { cap } = made;
    const own = caps.findIndex(
      (other) => cap._tag === 'ThreadCap' && other.cap._tag === 'ThreadCap' && other.cap.ref === cap.ref,
    );
    const parent = caps[own]?.slot;
    if (parent === undefined) caps.push(made);
    else caps.splice(own + 1, 0, { ...made, parent, original: false });
  }
  for (const [line, { holder, signals }] of interrupts) {
    const irq = Number(line);
    const { userMin, userMax } = config.irqController;
    if (!(irq >= userMin && irq <= userMax)) fail(`interrupts.${line}: there are ${userMin} to ${userMax}`);
    if (!shared.has(signals) || system.objects[signals]?.type !== 'notification')
      fail(`interrupts.${line}.signals: there is no notification '${signals}'`);
    const { label, cnode } = componentNamed(holder, `interrupts.${line}.holder`);
    irqLabels[irq] = label;
    put(slotAt(cnode, slotNamed(`irq${irq}`)), { _tag: 'IRQHandlerCap', irq }, null, true);
  }

  const threads: BootThread[] = [];
  const domainLabels = Array.from({ length: config.domains }, () => 0);
  let active = 0;
  for (const [name, { domain = 0, threads: described }] of Object.entries(system.components)) {
    const { threads: tcbs, label } = componentNamed(name, 'components');
    if (domain >= config.domains) fail(`components.${name}.domain: there are ${config.domains}`);
    domainLabels[domain] = (domainLabels[domain] ?? 0) | (1 << label);
    if (tcbs.size > 0) active |= 1 << label;
    let n = 0;
    for (const [thread, { priority, mcp = priority, inactive = false, faultHandler }] of Object.entries(described)) {
      if (priority >= config.priorities || mcp >= config.priorities)
        fail(`components.${name}.threads.${thread}: priorities are below ${config.priorities}`);
      if (faultHandler !== undefined && slots[faultHandler] === undefined)
        fail(`components.${name}.threads.${thread}.faultHandler: nothing is called '${faultHandler}'`);
      threads.push({
        tcb: tcbs.get(thread) ?? 0,
        state: inactive ? 'Inactive' : 'Running',
        priority,
        mcp,
        domain,
        ipcBuffer: page(BUFFER_PAGE) + BigInt(n++ * 2 ** config.ipcBufferBits),
        faultHandler: faultHandler === undefined ? 0n : BigInt(slots[faultHandler] ?? 0),
      });
    }
  }
  const schedule = system.schedule ?? [{ domain: 0, ticks: 2 ** 32 - 1 }];
  schedule.forEach(({ domain, ticks }, n) => {
    if (domain >= config.domains || ticks === 0) fail(`schedule.${n}: a domain below ${config.domains} and some ticks`);
  });
  const first = threads.filter(({ state, domain }) => state === 'Running' && domain === schedule[0]?.domain);
  const current = first.reduce<BootThread | null>(
    (best, one) => (best === null || one.priority > best.priority ? one : best),
    null,
  );

  const { ramBase, ramSize } = config;
  const labelling: Labelling = {
    names,
    labelOf: (address) =>
      address >= ramBase && address < ramBase + ramSize ? (granules[(address - ramBase) >>> 4] ?? 0) : 0,
    irqLabels,
    active,
    domainLabels,
    silc,
  };
  const attacker = system.attacker === undefined ? null : componentNamed(system.attacker, 'attacker').label;
  return {
    system,
    config,
    without,
    world: {
      boot: {
        currentThread: current?.tcb ?? places.idleThread,
        idleThread: places.idleThread,
        irqNode: places.irqNode,
        objects,
        caps,
        threads,
        domainSchedule: schedule.map(({ domain, ticks }) => ({ domain, duration: BigInt(ticks) })),
      },
      rootCNode: components.values().next().value?.cnode ?? 0,
      cnodes: new Set([...components.values()].map(({ cnode }) => cnode)),
      slots,
      slotNames: new Map(Object.entries(slots).map(([name, number]) => [number, name])),
      objectNames,
    },
    labelling,
    policy: closed(policyOf(system.policy, labelling, `system ${system.name}: policy`), labelling),
    attacker,
    isPartitioned: isPartitioned(system),
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
