/** Ways to break each invariant of a state, one for each clause. */
import { SMALL } from '../../spec/abi/config.ts';
import type { Cap, UntypedCap } from '../../spec/state/caps.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { getPageTable, setASIDPoolEntry, setPte, slotAt, slotKey, storeWord } from '../../spec/state/kernel-state.ts';
import type { Pte, ReadonlyNonEmpty, Tcb } from '../../spec/state/objects.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import type { Edit } from './states.ts';
import {
  A,
  B,
  C,
  CHILD_EP,
  CHILD_UNTYPED,
  CNODE,
  D,
  DEAD_CNODE,
  DEVICE,
  E,
  EP,
  EP_SENDING,
  F,
  FRAME,
  FREE,
  IDLE,
  IRQ_NODE,
  NTFN,
  NTFN_WAITED,
  PD,
  PML4,
  POOL,
  PT,
  SPARE_PT,
  UNTYPED,
  capAt,
  edits,
  slots,
  withCap,
  withDerived,
  withGlobals,
  withNode,
  withObject,
  withQueue,
  withTcb,
} from './states.ts';

export interface Break {
  readonly clause: string;
  readonly edit: Edit;
  /** A full pass is needed: what changed is not what is wrong. */
  readonly fullOnly?: true;
}

const EMPTY = [] as readonly ObjRef[] as ReadonlyNonEmpty<ObjRef>;
const untyped = (change: Partial<UntypedCap>): UntypedCap => {
  return {
    _tag: 'UntypedCap',
    device: false,
    ref: UNTYPED,
    sizeBits: 13,
    freeIndex: 0x1600,
    ...change,
  };
};
const changed =
  (slot: number, change: object): Edit =>
  (s) =>
    withCap(slot, { ...capAt(s, slot), ...change })(s);
const b = (clause: string, edit: Edit): Break => ({ clause, edit });
const full = (clause: string, edit: Edit): Break => ({
  clause,
  edit,
  fullOnly: true,
});
const waiting = (queue: readonly ObjRef[], boundTcb: ObjRef | null = null): Edit =>
  withObject(NTFN_WAITED, {
    _tag: 'Notification',
    state: { _tag: 'WaitingNtfn', queue: queue as ReadonlyNonEmpty<ObjRef> },
    boundTcb,
    schedContext: null,
  });
const masked = (irq: number, value: boolean): Edit => {
  return (s) =>
    withGlobals({
      machine: {
        ...s.globals.machine,
        irqMasked: s.globals.machine.irqMasked.with(irq, value),
      },
    })(s);
};
const unit = (change: Partial<KernelState['globals']['machine']['fpu']>): Edit => {
  return (s) => withGlobals({ machine: { ...s.globals.machine, fpu: { ...s.globals.machine.fpu, ...change } } })(s);
};
const vspaceInUse = (s: KernelState, vspace: KernelState['globals']['machine']['vspace']): KernelState =>
  withGlobals({ machine: { ...s.globals.machine, vspace } })(s);
const schedule = (entries: KernelState['globals']['domainSchedule']): Edit => withGlobals({ domainSchedule: entries });
const entry = (domain: number, duration: bigint): { domain: number; duration: bigint } => ({ domain, duration });
const inactive: Partial<Tcb> = { state: { _tag: 'Inactive' } };
const endpointCap: Cap = {
  _tag: 'EndpointCap',
  ref: EP,
  badge: 0n,
  rights: 15,
};

/** A page table with one entry more. */
const entryOf =
  (ref: ObjRef, index: number, pte: Pte): Edit =>
  (s) =>
    setPte(s, ref, index, pte);
const page = (change: object = {}): Pte => ({
  _tag: 'PagePTE',
  ref: FRAME,
  size: 'Small',
  rights: 'ReadWrite',
  attributes: 0,
  ...change,
});
/** Another capability like the one in a slot. */
const copied =
  (slot: number, change: object = {}): Edit =>
  (s) =>
    withDerived(slots.empty, { ...capAt(s, slot), ...change }, slot)(s);
const asidTable = (...pools: readonly (ObjRef | null)[]): Edit => withGlobals({ asidTable: pools });

export const BREAKS: Readonly<Record<string, readonly Break[]>> = {
  valid_arch_obj: [
    b('an entry behind the table', entryOf(PT, 4, page())),
    b('a page that is not aligned', entryOf(PT, 2, page({ ref: FRAME + 16 }))),
    b('an identifier behind the pool', (s) => setASIDPoolEntry(s, POOL, 4, PML4)),
  ],
  valid_asid_table: [
    b('a table that is no pool', asidTable(PML4, null)),
    b('a pool that is there twice', asidTable(POOL, POOL)),
  ],
  valid_asid_pool_caps: [
    b('a pool without a capability', withCap(slots.pool, undefined)),
    b('a pool in another place', asidTable(null, POOL)),
  ],
  valid_vspace_objs: [
    b('a page of another size than its level', entryOf(PT, 1, page({ size: 'Large' }))),
    b('a page that is none', entryOf(PT, 1, page({ ref: EP }))),
    b('a table of another level', entryOf(PD, 1, { _tag: 'PageTablePTE', ref: PD, attributes: 0 })),
  ],
  valid_vs_lookup: [
    b('a page mapped twice by one capability', entryOf(PT, 2, page())),
    b('a frame whose capability is gone', withCap(slots.frame, undefined)),
    b('a table that says it is elsewhere', changed(slots.pt, { mapped: { asid: 1, vaddr: 0x800n } })),
    b('a root in another address space', (s) => setASIDPoolEntry(s, POOL, 2, PML4)),
    b('a root in address space 0', (s) => setASIDPoolEntry(s, POOL, 0, PML4)),
  ],
  valid_table_caps: [b('an entry in a table that is not mapped', entryOf(SPARE_PT, 0, page()))],
  unique_table_refs: [
    b('two places of one table', copied(slots.pt, { mapped: null })),
    b('a copy of one that is not mapped', copied(slots.sparePt)),
  ],
  equal_kernel_mappings: [
    b("a root without the kernel's half", (s) =>
      withObject(PML4, { ...getPageTable(s, PML4), kernelMappings: false })(s),
    ),
    b("a user's entry in the kernel's half", entryOf(PML4, 2, { _tag: 'PageTablePTE', ref: PD, attributes: 0 })),
  ],
  cur_vspace: [
    b('a root in use that its identifier does not lead to', (s) => vspaceInUse(s, { root: PML4, asid: 2 })),
    b("the kernel's root with an identifier", (s) => vspaceInUse(s, { root: null, asid: 1 })),
  ],
  pspace_aligned: [b('an endpoint off its alignment', withObject(FREE + 16, { _tag: 'CNode', radixBits: 2 }))],
  pspace_distinct: [b('an endpoint inside a thread', withObject(A + 0x40, { _tag: 'IdleEP' }))],
  valid_cs: [
    b('a capability outside of every object', withDerived(FREE, endpointCap, slots.ep)),
    b('a capability behind the slots of a thread', withDerived(slotAt(A, 5), endpointCap, slots.ep)),
    b('a CNode of one slot', withObject(FREE, { _tag: 'CNode', radixBits: 0 })),
    b('a CNode larger than the address space', withObject(FREE, { _tag: 'CNode', radixBits: 59 })),
    b('an interrupt node of several slots', withObject(IRQ_NODE, { _tag: 'CNode', radixBits: 1 })),
  ],
  valid_ep: [
    b('an empty queue', withObject(EP, { _tag: 'RecvEP', queue: EMPTY })),
    b('a thread twice', withObject(EP, { _tag: 'RecvEP', queue: [C, C] })),
    b('no thread', withObject(EP, { _tag: 'SendEP', queue: [NTFN] })),
  ],
  valid_ntfn: [
    b('an empty queue', waiting([])),
    b('a thread twice', waiting([E, E])),
    b('no thread waits', waiting([EP])),
    b('bound, but another waits', waiting([E], A)),
    b(
      'bound to no thread',
      withObject(NTFN, {
        _tag: 'Notification',
        state: { _tag: 'IdleNtfn' },
        boundTcb: EP,
        schedContext: null,
      }),
    ),
  ],
  valid_tcb: [
    b(
      'blocked on no endpoint',
      withTcb(C, {
        state: { _tag: 'BlockedOnReceive', endpoint: NTFN, canGrant: false },
      }),
    ),
    b(
      'blocked on no notification',
      withTcb(E, {
        state: { _tag: 'BlockedOnNotification', notification: EP },
      }),
    ),
    b('bound to no notification', withTcb(B, { boundNotification: EP })),
    b(
      'a fault with a guard beyond the word',
      withTcb(B, {
        fault: {
          _tag: 'CapFault',
          cptr: 0n,
          inReceivePhase: false,
          failure: {
            _tag: 'GuardMismatch',
            bitsLeft: 64,
            guard: 0n,
            guardBits: 65,
          },
        },
      }),
    ),
    b('too few registers', withTcb(B, { context: [] })),
    b('no address space in the VTable slot', withDerived(slotAt(B, 1), endpointCap, slots.ep)),
    b(
      'an address space that is not mapped',
      withDerived(slotAt(B, 1), { _tag: 'PagingCap', level: 'PML4', ref: PML4, mapped: null }, slots.pml4),
    ),
    b('ready without a master reply', withCap(slotAt(B, 2), undefined)),
    b('the master reply of another', changed(slotAt(B, 2), { ref: C })),
    b('a master reply without grant', changed(slotAt(B, 2), { canGrant: false })),
    b('no reply in the caller slot', withDerived(slotAt(B, 3), endpointCap, slots.ep)),
    b(
      'a master reply in the caller slot',
      withDerived(slotAt(B, 3), { _tag: 'ReplyCap', ref: B, master: true, canGrant: true }, null),
    ),
    b(
      'receiving with a caller',
      withDerived(slotAt(C, 3), { _tag: 'ReplyCap', ref: D, master: false, canGrant: true }, slotAt(D, 2)),
    ),
    b('a buffer that is no frame', changed(slotAt(A, 4), { _tag: 'EndpointCap' })),
    b('a buffer of a device', changed(slotAt(A, 4), { device: true })),
    b('a buffer off its alignment', withTcb(A, { ipcBuffer: 8n })),
  ],
  valid_cap: [
    b('not aligned', changed(slots.a, { ref: A + 16 })),
    b('an explicit null capability', withCap(slots.empty, { _tag: 'NullCap' })),
    b('an untyped too small', changed(slots.childUntyped, { sizeBits: 3, freeIndex: 0 })),
    b('an untyped used beyond its end', changed(slots.childUntyped, { freeIndex: 0x201 })),
    b('an untyped at address 0', changed(slots.childUntyped, { ref: 0 })),
    b('an endpoint that is none', changed(slots.ep, { ref: NTFN })),
    b('rights that do not exist', changed(slots.ep, { rights: 16 })),
    b('a notification that is none', changed(slots.ntfn, { ref: A })),
    b('a notification with grant', changed(slots.ntfn, { rights: 7 })),
    b('a thread that is none', changed(slots.a, { ref: FRAME })),
    b('a reply to no thread', changed(slotAt(A, 3), { ref: EP })),
    b('a CNode of another size', changed(slots.innerCnode, { radixBits: 1 })),
    b('a CNode of one slot', changed(slots.innerCnode, { radixBits: 0 })),
    b('a guard that does not fit its bits', changed(slots.innerCnode, { guardBits: 2, guard: 4n })),
    b('a guard that does not fit the word', changed(slots.innerCnode, { guardBits: 63 })),
    b('an interrupt that does not exist', changed(slots.irqHandler, { irq: SMALL.irqs })),
    b('a zombie of no CNode', changed(slots.zombie, { ref: FRAME })),
    b('a zombie with too many slots', changed(slots.zombie, { count: 5 })),
    b('a zombie of no thread', changed(slots.zombie, { radixBits: null, ref: FRAME })),
    b('a frame of another size', changed(slots.frame, { size: 'Large', ref: UNTYPED })),
    b('a frame of a device in memory', changed(slots.frame, { device: true })),
    b('a frame mapped in address space 0', changed(slots.frame, { mapped: { asid: 0, vaddr: 0n } })),
    b('a frame mapped off its alignment', changed(slots.frame, { mapped: { asid: 1, vaddr: 8n } })),
    b('a page table that is none', changed(slots.pml4, { level: 'PDPT' })),
    b('a page table mapped in address space 0', changed(slots.pml4, { mapped: { asid: 0, vaddr: 0n } })),
    b('an ASID pool that is none', changed(slots.pml4, { _tag: 'ASIDPoolCap', base: 0 })),
    b(
      'an ASID pool off its alignment',
      edits(
        withObject(PML4, { _tag: 'ASIDPool', entries: PMap.emptyMap() }),
        changed(slots.pml4, { _tag: 'ASIDPoolCap', base: 1 }),
      ),
    ),
  ],
  valid_untyped: [
    b('an object in free memory', changed(slots.untyped, { freeIndex: 0x1000 })),
    b('an object that sticks out', changed(slots.childUntyped, { ref: A, sizeBits: 8, freeIndex: 0x100 })),
  ],
  sym_refs: [
    b('blocked, but not in the queue', withObject(EP, { _tag: 'IdleEP' })),
    b('sends, but the endpoint receives', withObject(EP_SENDING, { _tag: 'RecvEP', queue: [F] })),
    b('in the queue, but not blocked', withTcb(C, inactive)),
    b('in the queue of another endpoint', withObject(CHILD_EP, { _tag: 'RecvEP', queue: [C] })),
    b(
      'waits, but not in the queue',
      withObject(NTFN_WAITED, {
        _tag: 'Notification',
        state: { _tag: 'IdleNtfn' },
        boundTcb: null,
        schedContext: null,
      }),
    ),
    b('in the queue, but not waiting', withTcb(E, inactive)),
    b('bound one way, from the thread', withTcb(B, { boundNotification: NTFN })),
    b('bound one way, from the notification', withTcb(A, { boundNotification: null })),
  ],
  if_live_then_nonz_cap: [
    b('a blocked thread without capability', withCap(slots.c, undefined)),
    b(
      'a bound notification without capability',
      edits(withCap(slots.ntfn, undefined), withCap(slotAt(IRQ_NODE, 1), undefined)),
    ),
    b('an endpoint with waiting threads', withCap(slots.epSending, undefined)),
    b('a live thread that is a zombie', withCap(slots.c, { _tag: 'Zombie', ref: C, radixBits: null, count: 5 })),
  ],
  if_unsafe_then_cap: [
    b('a slot of a thread without capability', withCap(slots.d, undefined)),
    b('a slot beyond those left to a zombie', withDerived(slotAt(DEAD_CNODE, 3), endpointCap, slots.ep)),
    b(
      'a node of an interrupt nobody handles',
      withDerived(slotAt(IRQ_NODE, 2), { _tag: 'NotificationCap', ref: NTFN, badge: 0n, rights: 3 }, slots.ntfn),
    ),
    b('no notification in an interrupt node', withCap(slotAt(IRQ_NODE, 1), endpointCap)),
  ],
  zombies_final: [
    b(
      'another capability to the object of a zombie',
      withDerived(
        slots.empty,
        {
          _tag: 'CNodeCap',
          ref: DEAD_CNODE,
          radixBits: 2,
          guard: 0n,
          guardBits: 0,
        },
        slots.untyped,
      ),
    ),
  ],
  valid_ioc: [b('an empty slot that is original', withNode(slots.empty, { original: true }))],
  only_idle: [b('a second idle thread', withTcb(B, { state: { _tag: 'IdleThreadState' } }))],
  valid_idle: [
    b('gone', withObject(IDLE, undefined)),
    b('running', withTcb(IDLE, { state: { _tag: 'Running' } })),
    b('bound', withTcb(IDLE, { boundNotification: NTFN })),
  ],
  cur_tcb: [b('no thread', withGlobals({ currentThread: EP }))],
  mdb_cte_at: [
    b('a capability without a place', withNode(slots.ep, undefined)),
    b('an empty parent', withCap(slots.untyped, undefined)),
    b('an empty child', withCap(slots.badged, undefined)),
    b('an empty slot with a place', withNode(slots.empty, { parent: slots.untyped })),
  ],
  no_mloop: [
    b('its own parent', withNode(slots.irqControl, { parent: slots.irqControl })),
    b('a circle of two', withNode(slots.irqControl, { parent: slots.irqHandler })),
  ],
  valid_list: [
    b('a child that names another parent', withNode(slots.badged, { parent: slots.untyped })),
    b('a child that is not listed', withNode(slots.ep, { children: [] })),
    full('a child listed twice', withNode(slots.ep, { children: [slots.badged, slots.badged] })),
  ],
  untyped_mdb: [
    b('an object beside its untyped', edits(withNode(slots.e, { parent: null }), withoutChild(slots.untyped, slots.e))),
  ],
  untyped_inc: [
    b(
      'nested without derivation',
      edits(withNode(slots.childUntyped, { parent: null }), withoutChild(slots.untyped, slots.childUntyped)),
    ),
    b(
      'nested in free memory',
      withDerived(slots.empty, untyped({ ref: FREE, sizeBits: 8, freeIndex: 0 }), slots.untyped, true),
    ),
    b(
      'the same memory twice',
      withDerived(slots.empty, untyped({ ref: CHILD_UNTYPED, sizeBits: 9, freeIndex: 0 }), null, true),
    ),
    b(
      'a copy while the first is not full',
      withDerived(slots.empty, untyped({ ref: CHILD_UNTYPED, sizeBits: 9, freeIndex: 0 }), slots.childUntyped, true),
    ),
    b(
      'partly overlapping',
      withDerived(slots.empty, untyped({ ref: CHILD_UNTYPED + 0x100, sizeBits: 9, freeIndex: 0 }), slots.untyped, true),
    ),
  ],
  descendants_inc: [
    b('of another class', withDerived(slots.empty, endpointCap, slots.irqControl)),
    b('the reply of another', changed(slotAt(A, 3), { ref: B })),
    b('beyond its parent', withDerived(slots.empty, { _tag: 'ThreadCap', ref: A }, slots.childUntyped)),
  ],
  caps_contained: [
    b(
      'a thread that ends beyond the untyped it starts in',
      changed(slots.childUntyped, { ref: A, sizeBits: 8, freeIndex: 0x100 }),
    ),
  ],
  ut_revocable: [b('not original', withNode(slots.childUntyped, { original: false }))],
  irq_revocable: [b('not original', withNode(slots.irqControl, { original: false }))],
  reply_master_revocable: [b('not original', withNode(slotAt(B, 2), { original: false }))],
  reply_mdb: [
    b('a reply without its master', withNode(slotAt(A, 3), { parent: null })),
    b('a reply from the master of another', withNode(slotAt(A, 3), { parent: slotAt(B, 2) })),
    b(
      'something derived from a reply',
      withDerived(slots.empty, { _tag: 'ReplyCap', ref: D, master: false, canGrant: true }, slotAt(A, 3)),
    ),
    b('a derived master', withNode(slotAt(B, 2), { parent: slots.b })),
    b('no reply derived from a master', withDerived(slots.empty, endpointCap, slotAt(B, 2))),
  ],
  valid_reply_masters: [
    b(
      'a master outside its slot',
      withDerived(slots.empty, { _tag: 'ReplyCap', ref: B, master: true, canGrant: true }, null, true),
    ),
  ],
  valid_reply_caps: [
    b('a reply to a thread that does not wait', withTcb(D, inactive)),
    b(
      'two replies to one thread',
      withDerived(slots.empty, { _tag: 'ReplyCap', ref: D, master: false, canGrant: true }, slotAt(D, 2)),
    ),
  ],
  valid_queues: [
    b('an empty queue', withQueue(3, [])),
    b('no thread', withQueue(3, [EP])),
    b('of another priority', withQueue(4, [B])),
    b('of another domain', withTcb(B, { domain: 1 })),
    b('not runnable', withTcb(B, inactive)),
    b('a thread twice', withQueue(3, [B, B])),
  ],
  ct_not_in_q: [b('current and queued', withQueue(5, [A]))],
  valid_sched_action: [
    b('going on while blocked', withTcb(A, { state: { _tag: 'BlockedOnReply' } })),
    b('switching to a blocked thread', withGlobals({ schedulerAction: { _tag: 'SwitchToThread', thread: C } })),
    b(
      'switching to another domain',
      edits(withTcb(B, { domain: 1 }), withGlobals({ schedulerAction: { _tag: 'SwitchToThread', thread: B } })),
    ),
  ],
  ct_in_cur_domain: [b('of another domain', withGlobals({ currentDomain: 1 }))],
  valid_blocked: [
    b('ready, but in no queue', withQueue(3, undefined)),
    b('to be restarted, but in no queue', withTcb(C, { state: { _tag: 'Restart' } })),
  ],
  valid_idle_etcb: [b('of another domain', withTcb(IDLE, { domain: 1 }))],
  valid_domain_list: [
    b('too short', schedule([entry(0, 1n)])),
    b('a slice without time', schedule([entry(0, 1n), entry(1, 0n), entry(0, 0n)])),
    b('a domain that does not exist', schedule([entry(0, 1n), entry(SMALL.domains, 1n), entry(0, 0n)])),
    b('starting at an end marker', withGlobals({ domainStart: 3 })),
    b('starting beyond the end', withGlobals({ domainStart: 6 })),
    b('no end marker at the end', schedule([entry(0, 1n), entry(1, 1n), entry(1, 1n)])),
    b('at the last entry', withGlobals({ domainIndex: 5 })),
  ],
  valid_irq_node: [
    b('no node', withObject(slotAt(IRQ_NODE, 2), undefined)),
    b('a node of another size', withObject(slotAt(IRQ_NODE, 2), { _tag: 'CNode', radixBits: 1 })),
  ],
  valid_irq_handlers: [
    b('inactive, but handled', withGlobals({ irqStates: ['Timer', 'Inactive', 'Inactive', 'Inactive'] })),
  ],
  valid_irq_states: [b('inactive, but not masked', masked(2, false))],
  valid_cur_fpu: [
    b('an endpoint', withGlobals({ fpuOwner: EP })),
    b('a thread that may not use it', withTcb(A, { flags: 1 })),
  ],
  cur_fpu_in_cur_domain: [b('of another domain', withTcb(A, { domain: 1 }))],
  fpu_of_current_thread: [
    b('off', unit({ enabled: false })),
    b('on, but not to be used', withTcb(A, { flags: 1 })),
    b("somebody else's", withGlobals({ fpuOwner: B })),
    b("nobody's", withGlobals({ fpuOwner: null })),
  ],
  valid_global_refs: [
    b('the idle thread', withDerived(slots.empty, { _tag: 'ThreadCap', ref: IDLE }, null, true)),
    b(
      'an interrupt node',
      withDerived(slots.empty, { _tag: 'EndpointCap', ref: IRQ_NODE, badge: 0n, rights: 15 }, null),
    ),
    b(
      'memory of the kernel',
      withDerived(slots.empty, untyped({ ref: 0x10600, sizeBits: 8, freeIndex: 0 }), null, true),
    ),
  ],
  pspace_respects_device_region: [
    b('a device page in memory', withObject(FRAME, { _tag: 'DataPage', size: 'Small', device: true })),
    b('a thread in device memory', withObject(DEVICE, { _tag: 'IdleEP' })),
  ],
  cap_refs_respects_device_region: [
    b('a device capability to memory', changed(slots.childUntyped, { device: true })),
    b('an ordinary capability to a device', changed(slots.deviceUntyped, { device: false })),
  ],
  valid_machine_state: [
    b('a word before the first page', (s) => storeWord(s, UNTYPED, 1n)),
    b('a word behind a page', (s) => storeWord(s, FRAME + 512, 1n)),
    b('a word in what is no page', (s) => storeWord(s, CNODE, 1n)),
  ],
  domain_time_inv: [b('no time left', withGlobals({ domainTime: 0n }))],
  schact_is_rct: [b('a choice still to be made', withGlobals({ schedulerAction: { _tag: 'ChooseNewThread' } }))],
  ct_running_or_ct_idle: [b('to be restarted', withTcb(A, { state: { _tag: 'Restart' } }))],
};

/** Takes a slot out of its parent's list. */
function withoutChild(parent: number, child: number): Edit {
  return (s) => {
    const children = (PMap.get(s.cdt, slotKey(parent))?.children ?? []).filter((slot) => slot !== child);
    return withNode(parent, { children })(s);
  };
}
