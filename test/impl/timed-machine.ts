/** The small machine for stories about time: the MCS kernel, three threads with a CNode and an address space in common, and time that passes when a test says so. */
import type { BootDescription } from '../../impl/kernel/boot-description.ts';
import type { Kernel } from './machine.ts';
import { Machine } from './machine.ts';

const CNODE = 0x11000;
const RADIX = 5;
export const TCB_A = 0x11400;
export const TCB_B = 0x11600;
export const TCB_C = 0x11800;
const BUFFERS = new Map([
  [TCB_A, 0x11a00],
  [TCB_B, 0x11c00],
  [TCB_C, 0x11e00],
]);
export const ENDPOINT = 0x12000;
export const HANDLER = 0x12010;
export const NOTIFICATION = 0x12040;
export const REPLY_1 = 0x12080;
export const REPLY_2 = 0x120a0;
const PML4 = 0x120c0;
const POOL = 0x120e0;
export const CONTEXT_A = 0x12100;
export const CONTEXT_B = 0x12200;
export const CONTEXT_C = 0x12300;
/** Memory for four refills, of which two are the most at boot. */
const CONTEXT_BITS = 8;

/** Capability pointers. */
export const A = 1;
export const ROOT = 2;
export const B = 3;
export const EP = 4;
export const NTFN = 5;
export const C = 6;
export const HANDLER_EP = 7;
export const RE_1 = 8;
export const RE_2 = 9;
export const SC_A = 10;
export const SC_B = 11;
export const SC_C = 12;
export const CONTROL = 13;

/** Of boot: a budget of 100 ticks for round robin. */
export const SLICE = 100n;

/** A is current. All run, at the priorities given. */
export function timedDescription(kernel: Kernel, priorities: readonly [number, number, number]): BootDescription {
  const slot = (cptr: number): number => CNODE + cptr * 32;
  const original = { parent: null, original: true } as const;
  const cnode = { _tag: 'CNodeCap', ref: CNODE, radixBits: RADIX, guard: 0n, guardBits: 64 - RADIX } as const;
  const vspace = { _tag: 'PagingCap', level: 'PML4', ref: PML4, mapped: { asid: 1, vaddr: 0n } } as const;
  const frame = { _tag: 'FrameCap', size: 'Small', device: false, rights: 'ReadWrite', mapped: null } as const;
  const endpoint = { _tag: 'EndpointCap', badge: 0n, rights: 15 } as const;
  const tcbs = [TCB_A, TCB_B, TCB_C] as const;
  const contexts = [CONTEXT_A, CONTEXT_B, CONTEXT_C] as const;
  return {
    currentThread: TCB_A,
    idleThread: kernel.layout.IDLE_THREAD,
    idleSchedContext: kernel.layout.IDLE_SCHED_CONTEXT,
    irqNode: kernel.layout.KS_IRQ_NODE,
    objects: [
      { type: 'CNode', address: CNODE },
      ...tcbs.map((address) => ({ type: 'Tcb', address })),
      { type: 'Endpoint', address: ENDPOINT },
      { type: 'Endpoint', address: HANDLER },
      { type: 'Notification', address: NOTIFICATION },
      { type: 'Reply', address: REPLY_1 },
      { type: 'Reply', address: REPLY_2 },
      { type: 'PML4', address: PML4 },
      { type: 'ASIDPool', address: POOL },
      ...contexts.map((address) => ({ type: 'SchedContext', address, budget: SLICE, period: 0n, refillMax: 2 })),
    ],
    caps: [
      { slot: slot(ROOT), cap: cnode, ...original },
      ...tcbs.map((tcb) => ({ slot: tcb, cap: cnode, parent: slot(ROOT), original: false })),
      ...tcbs.map((tcb) => ({ slot: tcb + 32, cap: vspace, ...original })),
      ...[...BUFFERS].map(([tcb, ref]) => ({ slot: tcb + 64, cap: { ...frame, ref }, ...original })),
      ...[A, B, C].map((cptr, n) => ({
        slot: slot(cptr),
        cap: { _tag: 'ThreadCap', ref: tcbs[n] ?? 0 } as const,
        ...original,
      })),
      { slot: slot(EP), cap: { ...endpoint, ref: ENDPOINT }, ...original },
      { slot: slot(HANDLER_EP), cap: { ...endpoint, ref: HANDLER }, ...original },
      { slot: slot(NTFN), cap: { _tag: 'NotificationCap', ref: NOTIFICATION, badge: 0n, rights: 3 }, ...original },
      { slot: slot(RE_1), cap: { _tag: 'ReplyObjectCap', ref: REPLY_1, canGrant: true }, ...original },
      { slot: slot(RE_2), cap: { _tag: 'ReplyObjectCap', ref: REPLY_2, canGrant: true }, ...original },
      ...[SC_A, SC_B, SC_C].map((cptr, n) => ({
        slot: slot(cptr),
        cap: { _tag: 'SchedContextCap', ref: contexts[n] ?? 0, sizeBits: CONTEXT_BITS } as const,
        ...original,
      })),
      { slot: slot(CONTROL), cap: { _tag: 'SchedControlCap' }, ...original },
      { slot: slot(CONTROL + 1), cap: { _tag: 'ASIDPoolCap', ref: POOL, base: 0 }, ...original },
    ],
    threads: tcbs.map((tcb, n) => ({
      tcb,
      state: 'Running',
      priority: priorities[n] ?? 0,
      mcp: 15,
      domain: 0,
      ipcBuffer: 0x4000n,
      faultHandler: 0n,
      schedContext: contexts[n] ?? 0,
    })),
    domainSchedule: [{ domain: 0, duration: 1_000_000n }],
  };
}

export class TimedMachine extends Machine {
  constructor(kernel: Kernel, priorities: readonly [number, number, number]) {
    super(kernel, timedDescription(kernel, priorities));
  }

  override bufferOf(tcb: number): number {
    return BUFFERS.get(tcb) ?? 0;
  }

  /** Ticks go by before the kernel is entered again. */
  pass(ticks: bigint): void {
    const { HW_TIME_LO } = this.kernel.layout;
    this.poke64(HW_TIME_LO, this.peek64(HW_TIME_LO) + ticks);
  }

  get now(): bigint {
    return this.peek64(this.kernel.layout.HW_TIME_LO);
  }

  get deadline(): bigint {
    return this.peek64(this.kernel.layout.HW_DEADLINE_LO);
  }

  get currentContext(): number {
    return this.peek(this.kernel.layout.KS_CUR_SC);
  }

  get tookFastpath(): boolean {
    return this.peek(this.kernel.layout.HW_FASTPATH) === 1;
  }

  contextOf(tcb: number): number {
    return this.peek(tcb + this.kernel.layout.TCB_SCHED_CONTEXT);
  }

  /** Amount and time of every refill, the earliest first. */
  refills(context: number): readonly (readonly [amount: bigint, at: bigint])[] {
    const { layout: L } = this.kernel;
    const max = this.peek(context + L.SCHED_CONTEXT_REFILL_MAX);
    const tail = this.peek(context + L.SCHED_CONTEXT_REFILL_TAIL);
    const found: [bigint, bigint][] = [];
    for (let n = this.peek(context + L.SCHED_CONTEXT_REFILL_HEAD); found.length < max; n = (n + 1) % max) {
      const at = context + L.SCHED_CONTEXT_CORE_BYTES + n * L.REFILL_BYTES;
      found.push([this.peek64(at + L.REFILL_AMOUNT_LO), this.peek64(at + L.REFILL_TIME_LO)]);
      if (n === tail) break;
    }
    return found;
  }

  /** The timer interrupts. */
  tick(): void {
    this.kernel.interrupt(this.kernel.config.TIMER_IRQ);
  }

  offer(reply: number): void {
    this.setRegister(this.current, this.kernel.config.REG_REPLY, BigInt(reply));
  }

  /** Receives from an endpoint, to answer through the reply object. */
  receiveWith(endpoint: number, reply: number): void {
    this.write(endpoint, 0, []);
    this.offer(reply);
    this.kernel.syscall(this.kernel.abi.SYSCALL_RECV);
  }

  replyRecv(endpoint: number, reply: number, words: readonly number[]): void {
    this.write(endpoint, 0, words);
    this.offer(reply);
    this.kernel.syscall(this.kernel.abi.SYSCALL_REPLY_RECV);
  }

  signal(notification: number): void {
    this.write(notification, 0, []);
    this.kernel.syscall(this.kernel.abi.SYSCALL_SEND);
  }

  /** Microseconds; a budget as long as its period is for round robin. */
  configure(context: number, budget: number, period: number, extraRefills = 0, flags = 0): void {
    const { LABEL_SCHED_CONTROL_CONFIGURE_FLAGS } = this.kernel.abi;
    const answer = this.call(
      CONTROL,
      LABEL_SCHED_CONTROL_CONFIGURE_FLAGS,
      [budget, period, extraRefills, 77, flags],
      [context],
    );
    if (answer[0] !== 0) throw new Error(`refused: ${answer.join(' ')}`);
  }
}
