/** What every component has of its own, without anybody saying so: a CNode, threads, a frame with their IPC buffers, an address space, untyped memory. */
import type { Label } from '../../properties/security/authority.ts';
import type { BootThread } from '../../spec/state/boot.ts';
import type { Cap, Mapping } from '../../spec/state/caps.ts';
import { TCB_BUFFER, TCB_CTABLE, TCB_REPLY, TCB_VTABLE, slotAt } from '../../spec/state/kernel-state.ts';
import { ROOT_RADIX } from '../world/world.ts';
import type { Builder } from './build.ts';
import { page, rootCNodeCap } from './build.ts';

export interface Component {
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

/** By the slots that all components have them in. */
export const OWN_SLOTS = ['cnode', 'vspace', 'pool', 'table1', 'table2', 'table3', 'buffer', 'untyped'] as const;
/** Threads that have an IPC buffer: as many as fit a frame. */
const THREADS = 2;
const BUFFER_PAGE = 1;

export function placeComponents(b: Builder): ReadonlyMap<string, Component> {
  const { config, system } = b;
  const components = new Map<string, Component>();
  Object.entries(system.components).forEach(([name, { threads, untyped }], index) => {
    const label = b.labelNamed(name);
    if (Object.keys(threads).length > THREADS) b.fail(`components.${name} has more than ${THREADS} threads`);
    if (index >= config.asidTableLength) b.fail('has more components than there are ASID pools');
    const tcbs = Object.keys(threads).map((thread) => {
      const address = b.place(config.tcbBits, label);
      return [thread, b.made({ type: 'Tcb', address }, `${name}.${thread}`)] as const;
    });
    components.set(name, {
      label,
      threads: new Map(tcbs),
      root: b.made({ type: config.arch.vspaceRoot, address: b.place(config.pageTableBits, label) }, `${name}.vspace`),
      pool: b.made({ type: 'ASIDPool', address: b.place(config.asidPoolBits, label) }, `${name}.pool`),
      tables: config.arch.pagingLevels
        .slice(1)
        .map((type, n) => b.made({ type, address: b.place(config.pageTableBits, label) }, `${name}.table${n + 1}`)),
      frame: b.made(
        { type: 'Frame', address: b.place(config.frameBits.Small, label), size: 'Small', device: false },
        `${name}.buffer`,
      ),
      cnode: b.made(
        { type: 'CNode', address: b.place(ROOT_RADIX + config.slotBits, label), radixBits: ROOT_RADIX },
        `${name}.cnode`,
      ),
      untyped: untyped === undefined ? null : b.place(untyped, label),
      // The first identifier of the first pool stands for none.
      asid: index * 2 ** (config.asidPoolBits - 3) + 1,
    });
  });
  return components;
}

/** Puts the capabilities to what is its own into a component's CNode and threads. */
export function giveOwn(b: Builder, of: Component, untypedBits: number): void {
  const { config } = b;
  const slot = (what: string): number => slotAt(of.cnode, b.slotNamed(what));
  const tcbs = [...of.threads.values()];
  const cnode = rootCNodeCap(of.cnode);
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
  b.put(slot('cnode'), cnode, null, true);
  for (const tcb of tcbs) b.put(slotAt(tcb, TCB_CTABLE), cnode, slot('cnode'), false);
  b.put(slot('vspace'), vspace, null, true);
  for (const tcb of tcbs) b.put(slotAt(tcb, TCB_VTABLE), vspace, slot('vspace'), false);
  b.put(slot('pool'), { _tag: 'ASIDPoolCap', ref: of.pool, base: of.asid - 1 }, null, true);
  config.arch.pagingLevels.slice(1).forEach((level, n) => {
    b.put(slot(`table${n + 1}`), { _tag: 'PagingCap', level, ref: of.tables[n] ?? 0, mapped }, null, true);
  });
  b.put(slot('buffer'), { ...frame, mapped: { asid: of.asid, vaddr: page(config, BUFFER_PAGE) } }, null, true);
  for (const tcb of tcbs) b.put(slotAt(tcb, TCB_BUFFER), frame, slot('buffer'), false);
  for (const tcb of tcbs)
    b.put(slotAt(tcb, TCB_REPLY), { _tag: 'ReplyCap', ref: tcb, master: true, canGrant: true }, null, true);
  for (const [thread, ref] of of.threads) b.put(slot(thread), { _tag: 'ThreadCap', ref }, null, true);
  if (of.untyped !== null)
    b.put(
      slot('untyped'),
      { _tag: 'UntypedCap', device: false, ref: of.untyped, sizeBits: untypedBits, freeIndex: 0 },
      null,
      true,
    );
}

/** Its threads as they are booted, once all slots have their names. */
export function bootThreads(b: Builder, name: string, of: Component): readonly BootThread[] {
  const { config, slots, system } = b;
  const { domain = 0, threads = {} } = system.components[name] ?? {};
  if (domain >= config.domains) b.fail(`components.${name}.domain: there are ${config.domains}`);
  return Object.entries(threads).map(([thread, { priority, mcp = priority, inactive = false, faultHandler }], n) => {
    const where = `components.${name}.threads.${thread}`;
    if (priority >= config.priorities || mcp >= config.priorities)
      b.fail(`${where}: priorities are below ${config.priorities}`);
    if (faultHandler !== undefined && slots[faultHandler] === undefined)
      b.fail(`${where}.faultHandler: nothing is called '${faultHandler}'`);
    return {
      tcb: of.threads.get(thread) ?? 0,
      state: inactive ? 'Inactive' : 'Running',
      priority,
      mcp,
      domain,
      ipcBuffer: page(config, BUFFER_PAGE) + BigInt(n * 2 ** config.ipcBufferBits),
      faultHandler: BigInt(slots[faultHandler ?? ''] ?? 0),
    };
  });
}
