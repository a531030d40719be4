/** What components share: objects, the capabilities that the system gives, the copies that are kept, and interrupts. */
import type { Label } from '../../properties/security/authority.ts';
import type { BootObject } from '../../spec/state/boot.ts';
import type { Cap } from '../../spec/state/caps.ts';
import { ALLOW_GRANT, ALLOW_GRANT_REPLY, ALLOW_READ, ALLOW_WRITE } from '../../spec/state/caps.ts';
import { slotAt } from '../../spec/state/kernel-state.ts';
import { ROOT_RADIX } from '../world/world.ts';
import type { Builder } from './build.ts';
import { page, rootCNodeCap } from './build.ts';
import type { Component } from './component.ts';
import type { Assumption, System, SystemCapability } from './format.ts';

const RIGHTS = { read: ALLOW_READ, write: ALLOW_WRITE, grant: ALLOW_GRANT, grantReply: ALLOW_GRANT_REPLY } as const;
const ALL_RIGHTS = Object.keys(RIGHTS) as (keyof typeof RIGHTS)[];
const SPECIAL = { domain: 'DomainCap', irqControl: 'IRQControlCap', asidControl: 'ASIDControlCap' } as const;
/** Name of the label that keeps copies, and of its CNode. */
export const SILC = 'silc';

interface Sharing {
  readonly b: Builder;
  readonly components: ReadonlyMap<string, Component>;
  /** Addresses of the shared objects. */
  readonly shared: ReadonlyMap<string, number>;
  /** The capabilities that are there, by their places in the file. */
  readonly given: ReadonlyMap<SystemCapability, string>;
  readonly interrupts: readonly (readonly [line: string, NonNullable<System['interrupts']>[string]])[];
}

/** Places and gives all that is shared; returns whose each interrupt is. */
export function share(
  b: Builder,
  components: ReadonlyMap<string, Component>,
  shared: ReadonlyMap<string, number>,
  silc: Label | null,
  without: readonly Assumption[],
): readonly Label[] {
  const isThere = ({ without: assumption }: { readonly without?: Assumption | undefined }): boolean =>
    assumption === undefined || without.includes(assumption);
  const { system } = b;
  const sharing: Sharing = {
    b,
    components,
    shared,
    given: new Map(
      system.capabilities.flatMap((one, n) => (isThere(one) ? [[one, `capabilities.${n}`] as const] : [])),
    ),
    interrupts: Object.entries(system.interrupts ?? {}).filter(([, one]) => isThere(one)),
  };
  giveShared(sharing, silc);
  giveOthers(sharing);
  return giveInterrupts(sharing);
}

export function placeShared(b: Builder): ReadonlyMap<string, number> {
  const shared = new Map<string, number>();
  for (const [name, { type, label }] of Object.entries(b.system.objects)) {
    const owner = b.labelNamed(label ?? name);
    shared.set(name, b.made(sharedObject(b, type, owner), name));
  }
  return shared;
}

type SharedType = System['objects'][string]['type'];

function sharedObject(b: Builder, type: SharedType, owner: Label): BootObject {
  const { config } = b;
  switch (type) {
    case 'endpoint':
      return { type: 'Endpoint', address: b.place(config.endpointBits, owner) };
    case 'notification':
      return { type: 'Notification', address: b.place(config.notificationBits, owner) };
    case 'frame':
      return { type: 'Frame', address: b.place(config.frameBits.Small, owner), size: 'Small', device: false };
  }
}

/** A capability to a shared object. */
function capTo(
  type: SharedType,
  ref: number,
  rights: readonly (keyof typeof RIGHTS)[],
  badge: number,
  mapped: { readonly asid: number; readonly vaddr: bigint } | null,
): Cap {
  const bits = rights.reduce((mask, right) => mask | RIGHTS[right], 0);
  switch (type) {
    case 'endpoint':
      return { _tag: 'EndpointCap', ref, badge: BigInt(badge), rights: bits };
    case 'notification':
      return { _tag: 'NotificationCap', ref, badge: BigInt(badge), rights: bits & (ALLOW_READ | ALLOW_WRITE) };
    case 'frame':
      return {
        _tag: 'FrameCap',
        ref,
        size: 'Small',
        device: false,
        rights: (bits & ALLOW_WRITE) !== 0 ? 'ReadWrite' : (bits & ALLOW_READ) !== 0 ? 'ReadOnly' : 'KernelOnly',
        mapped,
      };
  }
}

function holderOf({ b, components }: Sharing, name: string, where: string): Component {
  return components.get(name) ?? b.fail(`${where}.holder: there is no component '${name}'`);
}

function givenCap(sharing: Sharing, one: SystemCapability, where: string): Cap {
  const { b, components, shared } = sharing;
  const { object, special, rights = ['read', 'write'], badge = 0, page: number } = one;
  if (special !== undefined) return { _tag: SPECIAL[special] };
  if (object === undefined) return b.fail(`${where} names neither an object nor something special`);
  const ref = shared.get(object);
  const type = b.system.objects[object]?.type;
  if (ref !== undefined && type !== undefined) {
    const { asid } = holderOf(sharing, one.holder, where);
    return capTo(type, ref, rights, badge, number === undefined ? null : { asid, vaddr: page(b.config, number) });
  }
  const [component = '', thread = ''] = object.split('.');
  const tcb = components.get(component)?.threads.get(thread);
  return tcb === undefined
    ? b.fail(`${where}.object: there is no object or thread '${object}'`)
    : { _tag: 'ThreadCap', ref: tcb };
}

function give(sharing: Sharing, one: SystemCapability, parent: number | null, isOrphan = false): void {
  const { b, given } = sharing;
  const where = given.get(one) ?? 'capabilities';
  const cap = givenCap(sharing, one, where);
  const holder = holderOf(sharing, one.holder, where);
  const slot = slotAt(holder.cnode, b.slotNamed(one.name ?? one.special ?? one.object?.replace('.', '_') ?? ''));
  b.put(slot, cap, parent, one.special !== undefined || (one.badge ?? 0) !== 0, isOrphan);
}

/** Object by object: first the copy that is kept, if any is, and then everybody's; in one list, as copies of one capability are. */
function giveShared(sharing: Sharing, silc: Label | null): void {
  const { b, shared, given, interrupts } = sharing;
  const { config, places, system } = b;
  let keeper: number | null = null;
  if (silc !== null) {
    const address = b.place(ROOT_RADIX + config.slotBits, silc);
    keeper = b.made({ type: 'CNode', address, radixBits: ROOT_RADIX }, SILC);
    b.put(slotAt(keeper, 0), rootCNodeCap(keeper), null, true);
  }
  Object.entries(system.objects).forEach(([name, { type }], n) => {
    const ref = shared.get(name) ?? 0;
    const holders = [...given.keys()].filter(({ object }) => object === name);
    const signalling = interrupts.filter(([, { signals }]) => signals === name);
    if (holders.length === 0 && signalling.length === 0) b.fail(`objects.${name}: nobody has a capability to it`);
    const parent = keeper === null ? null : slotAt(keeper, n + 1);
    if (parent !== null) b.put(parent, capTo(type, ref, ALL_RIGHTS, 0, null), null, true);
    holders.forEach((one, at) => {
      give(sharing, one, parent, parent === null && at > 0);
    });
    for (const [line, { badge = 0 }] of signalling) {
      const cap = capTo('notification', ref, ['read', 'write'], badge, null);
      const isOrphan = parent === null && holders.length > 0;
      b.put(slotAt(places.irqNode, Number(line)), cap, parent, badge !== 0, isOrphan);
    }
  });
}

/** Threads of others, and what is no object. */
function giveOthers(sharing: Sharing): void {
  const { b, shared, given } = sharing;
  for (const one of given.keys()) {
    if (one.object !== undefined && shared.has(one.object)) continue;
    give(sharing, one, null);
    const made = b.caps.pop();
    if (made === undefined) continue;
    // A thread of somebody else: derived from what that one has, and so right behind it.
    const { cap } = made;
    const own = b.caps.findIndex(
      (other) => cap._tag === 'ThreadCap' && other.cap._tag === 'ThreadCap' && other.cap.ref === cap.ref,
    );
    const parent = b.caps[own]?.slot;
    if (parent === undefined) b.caps.push(made);
    else b.caps.splice(own + 1, 0, { ...made, parent, original: false });
  }
}

function giveInterrupts(sharing: Sharing): readonly Label[] {
  const { b, shared, interrupts } = sharing;
  const { config, system } = b;
  const { userMin, userMax } = config.irqController;
  const labels: Label[] = Array.from({ length: config.irqs }, () => 0);
  for (const [line, { holder, signals }] of interrupts) {
    const where = `interrupts.${line}`;
    const irq = Number(line);
    if (!(irq >= userMin && irq <= userMax)) b.fail(`${where}: there are ${userMin} to ${userMax}`);
    if (!shared.has(signals) || system.objects[signals]?.type !== 'notification')
      b.fail(`${where}.signals: there is no notification '${signals}'`);
    const { label, cnode } = holderOf(sharing, holder, where);
    labels[irq] = label;
    b.put(slotAt(cnode, b.slotNamed(`irq${irq}`)), { _tag: 'IRQHandlerCap', irq }, null, true);
  }
  return labels;
}
