/**
 * The world of the round trip: a client calls, a server answers and waits for the next call. Both name the endpoint through two levels of
 * CNodes with guards.
 */
import type { BootDescription, BootObject, BootThread } from '../../spec/state/boot.ts';
import type { Cap } from '../../spec/state/caps.ts';
import { ALL_RIGHTS } from '../../spec/state/caps.ts';
import { copy, inSlot, masterReply, placer, root } from './boot-parts.ts';
import type { Entry } from './workload.ts';

const OUTER_RADIX = 3;
const INNER_RADIX = 5;
const INNER_GUARD_BITS = 8;
const OUTER_SLOT = 3;
const ENDPOINT_SLOT = 9;
const REPLY_SLOT = 10;
const INNER_GUARD = 0x5an;
/** Path of the endpoint: slot of the outer CNode, guard of the inner one, slot of that. */
export const ENDPOINT_CPTR =
  (OUTER_SLOT << (INNER_GUARD_BITS + INNER_RADIX)) | (Number(INNER_GUARD) << INNER_RADIX) | ENDPOINT_SLOT;
/** MCS: path of the reply object, likewise. */
export const REPLY_CPTR =
  (OUTER_SLOT << (INNER_GUARD_BITS + INNER_RADIX)) | (Number(INNER_GUARD) << INNER_RADIX) | REPLY_SLOT;
/** MCS: more than any run uses up, in ticks. */
const BUDGET = 10n ** 15n;
/** Words of every message: as many as fit the registers. */
export const MESSAGE_WORDS = 4;

export function ipcWorld(kernel: Entry): BootDescription {
  const { config, layout } = kernel;
  const place = placer(kernel);
  const [client, server] = [place(config.TCB_BITS), place(config.TCB_BITS)];
  const vspace = place(config.PAGE_TABLE_BITS);
  const outer = place(OUTER_RADIX + config.SLOT_BITS);
  const inner = place(INNER_RADIX + config.SLOT_BITS);
  const endpoint = place(config.ENDPOINT_BITS);
  const asidPool = place(config.ASID_POOL_BITS);

  const outerCap: Cap = {
    _tag: 'CNodeCap',
    ref: outer,
    radixBits: OUTER_RADIX,
    guard: 0n,
    guardBits: config.WORD_BITS - OUTER_RADIX - INNER_GUARD_BITS - INNER_RADIX,
  };
  const innerCap: Cap = {
    _tag: 'CNodeCap',
    ref: inner,
    radixBits: INNER_RADIX,
    guard: INNER_GUARD,
    guardBits: INNER_GUARD_BITS,
  };
  const vspaceCap: Cap = { _tag: 'PagingCap', level: 'PML4', ref: vspace, mapped: { asid: 1, vaddr: 0n } };
  const threads = [client, server];
  const thread = (tcb: number): BootThread => ({
    tcb,
    state: 'Running',
    priority: 5,
    mcp: 5,
    domain: 0,
    ipcBuffer: 0n,
    faultHandler: 0n,
  });
  const passive = config.MCS ? passiveServer(kernel, place, client, server, endpoint) : null;
  return {
    currentThread: passive === null ? server : client,
    idleThread: layout.IDLE_THREAD,
    irqNode: layout.KS_IRQ_NODE,
    objects: [
      { type: 'Tcb', address: client },
      { type: 'Tcb', address: server },
      { type: 'PML4', address: vspace },
      { type: 'ASIDPool', address: asidPool },
      { type: 'CNode', address: outer, radixBits: OUTER_RADIX },
      { type: 'CNode', address: inner, radixBits: INNER_RADIX },
      { type: 'Endpoint', address: endpoint },
      ...(passive?.objects ?? []),
    ],
    caps: [
      root(inSlot(kernel, outer, 0), outerCap),
      root(inSlot(kernel, outer, 1), { _tag: 'ASIDPoolCap', ref: asidPool, base: 0 }),
      ...threads.map((tcb) => copy(inSlot(kernel, tcb, layout.TCB_SLOT_CTABLE), outerCap, inSlot(kernel, outer, 0))),
      root(inSlot(kernel, outer, OUTER_SLOT), innerCap),
      root(inSlot(kernel, outer, 1), vspaceCap),
      ...threads.map((tcb) => copy(inSlot(kernel, tcb, layout.TCB_SLOT_VTABLE), vspaceCap, inSlot(kernel, outer, 1))),
      ...(passive === null ? threads.map((tcb) => masterReply(kernel, tcb)) : []),
      root(inSlot(kernel, inner, ENDPOINT_SLOT), { _tag: 'EndpointCap', ref: endpoint, badge: 0n, rights: ALL_RIGHTS }),
      ...(passive === null ? [] : [root(inSlot(kernel, inner, REPLY_SLOT), passive.replyCap)]),
    ],
    threads: threads.map((tcb) => ({ ...thread(tcb), ...passive?.threads[tcb] })),
    ...passive?.boot,
    domainSchedule: [{ domain: 0, duration: 1_000_000n }],
  };
}

interface PassiveServer {
  readonly objects: readonly BootObject[];
  readonly replyCap: Cap;
  readonly threads: Readonly<Record<number, Partial<BootThread>>>;
  readonly boot: Pick<BootDescription, 'idleSchedContext' | 'receivers'>;
}

/** MCS: the server waits without time of its own, and the client lends it what it runs on. */
function passiveServer(
  { config, layout }: Entry,
  place: (bits: number) => number,
  client: number,
  server: number,
  endpoint: number,
): PassiveServer {
  const sizeBits = config.MIN_SCHED_CONTEXT_BITS;
  const [schedContext, reply] = [place(sizeBits), place(config.REPLY_BITS)];
  return {
    objects: [
      { type: 'SchedContext', address: schedContext, sizeBits, budget: BUDGET, period: 0n, refillMax: 2 },
      { type: 'Reply', address: reply },
    ],
    replyCap: { _tag: 'ReplyObjectCap', ref: reply, canGrant: true },
    threads: { [client]: { schedContext }, [server]: { state: 'Inactive' } },
    boot: { idleSchedContext: layout.IDLE_SCHED_CONTEXT, receivers: [{ tcb: server, endpoint, reply }] },
  };
}
