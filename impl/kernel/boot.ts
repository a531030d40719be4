/**
 * Builds the first memory image from a boot description. Runs once, so it is written for reading.
 *
 * @source seL4 src/kernel/boot.c (what the root task finds)
 */
import {
  BOOT_TIME_SLICE_US,
  DOMAIN_SCHEDULE_LENGTH,
  IS_X86,
  NUM_IRQS,
  NUM_IRQ_LINES,
  PAGE_BITS,
  RAM_BASE,
  RAM_SIZE,
  TIME_SLICE,
} from '#impl-config';
import { initIrqController, maskInterrupt } from '../hardware/irq-controller.ts';
import { flushAll } from '../hardware/tlb.ts';
import { resetTimer } from '../hardware/timer.ts';
import { clear, implAssert, load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  CAP_ASID_CONTROL, CAP_ASID_POOL, CAP_CNODE, CAP_DOMAIN, CAP_ENDPOINT, CAP_FRAME, CAP_IO_PORT, CAP_IO_PORT_CONTROL, CAP_IO_SPACE, CAP_IRQ_CONTROL,
  CAP_IRQ_HANDLER, CAP_NOTIFICATION, CAP_PAGING, CAP_REPLY, CAP_THREAD, CAP_UNTYPED, CTE_MDB_FLAGS, CTE_NEXT, CTE_PREV, DOMAIN_ENTRY_BYTES,
  IDLE_THREAD, IRQ_SIGNAL, KS_CUR_DOMAIN, KS_CUR_THREAD, KS_DOMAIN_SCHEDULE, KS_DOMAIN_TIME_HI, KS_DOMAIN_TIME_LO, KS_IRQ_NODE, MDB_FIRST_BADGED,
  MDB_REVOCABLE, STATE_IDLE, STATE_INACTIVE, STATE_RUNNING, TCB_DOMAIN, TCB_FAULT_HANDLER_HI, TCB_FAULT_HANDLER_LO, TCB_IPC_BUFFER_HI,
  TCB_IPC_BUFFER_LO, TCB_MCP, TCB_PRIORITY, TCB_STATE, TCB_TIME_SLICE, CAP_REPLY_OBJECT, CAP_SCHED_CONTEXT, CAP_SCHED_CONTROL,
  BLOCKING_CAN_GRANT, EP_RECV, EP_STATE, HW_TIME_LO, IDLE_SCHED_CONTEXT, KS_CUR_SC, KS_CUR_TIME_LO, NTFN_STATE, NTFN_WAITING,
  STATE_BLOCKED_ON_NOTIFICATION, STATE_BLOCKED_ON_RECEIVE, TCB_BLOCKING_FLAGS, TCB_BLOCKING_OBJECT, SCHED_CONTEXT_SPORADIC, SCHED_CONTEXT_TCB,
  TCB_SCHED_CONTEXT, ASID_POOL_ENTRIES, KS_ASID_TABLE,
} from '../memory/layout.ts';
import { isPresent, setEntry } from '../memory/pte.ts';
import type { BootCapability, BootDescription } from './boot-description.ts';
import { CAP_A, frameBits, makeCap, storeCap } from './caps.ts';
import { TIME_IS_BUDGETED } from '../variant.ts';
import { setNextInterrupt } from './clock.ts';
import { lazyFpuRestore } from './fpu.ts';
import { initialIrqState } from './irq-platform.ts';
import { setIrqState } from './irq-state.ts';
import { initRegisters } from './message.ts';
import { bootGlobalRoot, copyGlobalMappings, findVSpaceForAsid, walk, walkBits, walkSlot } from './page-table.ts';
import { bindNotification } from './notification.ts';
import { schedAppend } from './ready-queues.ts';
import { MIN_REFILLS, refillNew } from './refills.ts';
import { replyLink } from './reply-object.ts';
import { bindNtfn } from './sched-context-binding.ts';
import { queueInsert } from './wait-queue.ts';
import { hi, lo, usToTicks } from './ticks.ts';
import { setVMRoot } from './vspace.ts';
import { riscvPageFlags } from './vspace-riscv64.ts';
import { pageFlags } from './vspace-x86-64.ts';

export function boot(description: BootDescription): void {
  implAssert(description.idleThread === IDLE_THREAD, 'the idle thread is where the layout puts it');
  implAssert(description.irqNode === KS_IRQ_NODE, 'the IRQ nodes are where the layout puts them');
  clear(RAM_BASE, RAM_SIZE);
  startClock(description.time ?? 0n);
  store(KS_CUR_THREAD, description.currentThread);
  bootInterrupts(description);
  bootDomains(description);
  initThread(IDLE_THREAD, STATE_IDLE);
  for (const made of description.objects) {
    const { type, address, budget = 0n, period = 0n, refillMax = 0, sporadic = false } = made;
    if (type === 'Tcb') initThread(address, STATE_INACTIVE);
    if (sporadic) store(address + SCHED_CONTEXT_SPORADIC, 1);
    if (type === 'SchedContext' && refillMax > 0)
      refillNew(address, refillMax, low(budget), high(budget), low(period), high(period));
  }
  bootCaps(description);
  bootMappings(description);
  for (const { tcb, state, priority, mcp, domain, ipcBuffer, faultHandler, schedContext } of description.threads) {
    store(tcb + TCB_STATE, state === 'Running' ? STATE_RUNNING : STATE_INACTIVE);
    store(tcb + TCB_PRIORITY, priority);
    store(tcb + TCB_MCP, mcp);
    store(tcb + TCB_DOMAIN, domain);
    store(tcb + TCB_IPC_BUFFER_LO, low(ipcBuffer));
    store(tcb + TCB_IPC_BUFFER_HI, high(ipcBuffer));
    store(tcb + TCB_FAULT_HANDLER_LO, low(faultHandler));
    store(tcb + TCB_FAULT_HANDLER_HI, high(faultHandler));
    if (schedContext !== undefined) {
      store(tcb + TCB_SCHED_CONTEXT, schedContext);
      store(schedContext + SCHED_CONTEXT_TCB, tcb);
    }
    if (state === 'Running' && tcb !== description.currentThread) schedAppend(tcb);
  }
  if (description.currentThread !== IDLE_THREAD) lazyFpuRestore(description.currentThread);
  setVMRoot(description.currentThread);
  bootWaiting(description);
  if (TIME_IS_BUDGETED) bootTime(description);
}

/** Servers without time of their own. */
function bootWaiting({ receivers = [], waiters = [] }: BootDescription): void {
  for (const { tcb, endpoint, reply, lent } of receivers) {
    store(tcb + TCB_STATE, STATE_BLOCKED_ON_RECEIVE);
    store(tcb + TCB_BLOCKING_OBJECT, endpoint);
    store(tcb + TCB_BLOCKING_FLAGS, BLOCKING_CAN_GRANT);
    replyLink(reply, tcb);
    store(endpoint + EP_STATE, EP_RECV);
    queueInsert(endpoint, tcb);
    if (lent === undefined) continue;
    bindNotification(tcb, lent.notification);
    bindNtfn(lent.schedContext, lent.notification);
  }
  for (const { tcb, notification, schedContext } of waiters) {
    store(tcb + TCB_STATE, STATE_BLOCKED_ON_NOTIFICATION);
    store(tcb + TCB_BLOCKING_OBJECT, notification);
    store(notification + NTFN_STATE, NTFN_WAITING);
    queueInsert(notification, tcb);
    bindNtfn(schedContext, notification);
  }
}

/** The timer, and what the kernel read from it. */
function startClock(time: bigint): void {
  for (const at of [HW_TIME_LO, KS_CUR_TIME_LO]) {
    store(at, low(time));
    store(at + 4, high(time));
  }
}

/** The idle thread looks up after every slice, which nobody charges; the timer is set for whoever runs first. */
function bootTime({ currentThread, idleSchedContext }: BootDescription): void {
  implAssert(
    idleSchedContext === IDLE_SCHED_CONTEXT,
    "the idle thread's scheduling context is where the layout puts it",
  );
  usToTicks(BOOT_TIME_SLICE_US, 0);
  refillNew(IDLE_SCHED_CONTEXT, MIN_REFILLS, lo, hi, 0, 0);
  store(IDLE_SCHED_CONTEXT + SCHED_CONTEXT_TCB, IDLE_THREAD);
  store(IDLE_THREAD + TCB_SCHED_CONTEXT, IDLE_SCHED_CONTEXT);
  const context = load(currentThread + TCB_SCHED_CONTEXT);
  store(KS_CUR_SC, context);
  setNextInterrupt(context);
}

/** The address spaces that the capabilities tell of: pools, then tables with the first of an ASID as its root, then frames. */
function bootMappings({ objects, caps }: BootDescription): void {
  bootGlobalRoot();
  for (const { type, address } of objects) if (IS_X86 && type === 'PML4') copyGlobalMappings(address);
  const done = new Set<number>();
  for (const { cap } of caps) {
    if (cap._tag === 'ASIDPoolCap') store(KS_ASID_TABLE + Math.floor(cap.base / ASID_POOL_ENTRIES) * 4, cap.ref);
  }
  for (const { cap } of caps) {
    if (cap._tag !== 'PagingCap' || cap.mapped === null || done.has(cap.ref)) continue;
    done.add(cap.ref);
    const { asid, vaddr } = cap.mapped;
    const root = findVSpaceForAsid(asid);
    const pool = load(KS_ASID_TABLE + Math.floor(asid / ASID_POOL_ENTRIES) * 4);
    if (pool === 0) continue;
    if (root === 0) {
      copyGlobalMappings(cap.ref);
      store(pool + (asid % ASID_POOL_ENTRIES) * 8, cap.ref);
      continue;
    }
    walk(root, Number(vaddr), PAGE_BITS);
    if (walkBits > PAGE_BITS && !isPresent(load(walkSlot))) setEntry(walkSlot, cap.ref, IS_X86 ? 7 : 1);
  }
  for (const { cap } of caps) {
    if (cap._tag !== 'FrameCap' || cap.mapped === null || done.has(cap.ref)) continue;
    done.add(cap.ref);
    const root = findVSpaceForAsid(cap.mapped.asid);
    const bits = frameBits(FRAME_SIZES[cap.size]);
    if (root === 0) continue;
    walk(root, Number(cap.mapped.vaddr), bits);
    if (walkBits !== bits || isPresent(load(walkSlot))) continue;
    const rights = VM_RIGHTS[cap.rights];
    const flags = IS_X86 ? pageFlags(rights, 0, bits === PAGE_BITS) : riscvPageFlags(rights, true);
    setEntry(walkSlot, cap.ref, flags);
  }
}

const low = (word: bigint): number => Number(word & 0xffff_ffffn);
const high = (word: bigint): number => Number(word >> 32n);

function initThread(tcb: number, state: number): void {
  store(tcb + TCB_STATE, state);
  store(tcb + TCB_TIME_SLICE, TIME_SLICE);
  initRegisters(tcb);
}

/** An interrupt whose handler capability somebody has signals; lines that the kernel does not know are left open. */
function bootInterrupts({ caps }: BootDescription): void {
  initIrqController(NUM_IRQ_LINES);
  flushAll();
  for (let irq = 0; irq < NUM_IRQS; irq++) setIrqState(irq, initialIrqState(irq));
  for (let irq = NUM_IRQS; irq < NUM_IRQ_LINES; irq++) maskInterrupt(irq, false);
  for (const { cap } of caps) if (cap._tag === 'IRQHandlerCap') setIrqState(cap.irq, IRQ_SIGNAL);
  resetTimer();
}

function bootDomains({ domainSchedule }: BootDescription): void {
  implAssert(domainSchedule.length < DOMAIN_SCHEDULE_LENGTH, 'the domain schedule ends with an end marker');
  domainSchedule.forEach(({ domain, duration }, n) => {
    const entry = KS_DOMAIN_SCHEDULE + n * DOMAIN_ENTRY_BYTES;
    store(entry, domain);
    store(entry + 8, low(duration));
    store(entry + 12, high(duration));
  });
  store(KS_CUR_DOMAIN, load(KS_DOMAIN_SCHEDULE));
  store(KS_DOMAIN_TIME_LO, load(KS_DOMAIN_SCHEDULE + 8));
  store(KS_DOMAIN_TIME_HI, load(KS_DOMAIN_SCHEDULE + 12));
}

/** The list is in pre-order: an entry follows the one before it in the same tree; a parentless one starts a new list, unless it is an orphan. */
function bootCaps({ caps }: BootDescription): void {
  let before = 0;
  for (const { slot, cap, parent, original, isOrphan = false } of caps) {
    encode(cap);
    storeCap(slot, CAP_A);
    store(slot + CTE_MDB_FLAGS, original ? MDB_REVOCABLE | MDB_FIRST_BADGED : 0);
    if (parent !== null || isOrphan) {
      store(slot + CTE_PREV, before);
      store(before + CTE_NEXT, slot);
    }
    before = slot;
  }
}

const FRAME_SIZES = { Small: 0, Large: 1, Huge: 2 } as const;
const VM_RIGHTS = { KernelOnly: 1, ReadOnly: 2, ReadWrite: 3 } as const;
const LEVELS = { PageTable: 0, PageDirectory: 1, PDPT: 2, PML4: 3 } as const;

/** Makes the capability in place A. Mapped addresses have 48 bits, and the ASID lies above them. */
function encode(cap: BootCapability): void {
  switch (cap._tag) {
    case 'UntypedCap':
      makeCap(
        CAP_A,
        CAP_UNTYPED,
        cap.ref,
        (cap.device ? 1 << 16 : 0) | (cap.sizeBits << 17),
        cap.freeIndex >>> 0,
        Math.floor(cap.freeIndex / 2 ** 32),
      );
      break;
    case 'EndpointCap':
      makeCap(CAP_A, CAP_ENDPOINT, cap.ref, cap.rights << 16, low(cap.badge), high(cap.badge));
      break;
    case 'NotificationCap':
      makeCap(CAP_A, CAP_NOTIFICATION, cap.ref, cap.rights << 16, low(cap.badge), high(cap.badge));
      break;
    case 'ReplyCap':
      makeCap(CAP_A, CAP_REPLY, cap.ref, (cap.master ? 1 << 16 : 0) | (cap.canGrant ? 1 << 17 : 0), 0, 0);
      break;
    case 'ReplyObjectCap':
      makeCap(CAP_A, CAP_REPLY_OBJECT, cap.ref, cap.canGrant ? 1 << 17 : 0, 0, 0);
      break;
    case 'SchedContextCap':
      makeCap(CAP_A, CAP_SCHED_CONTEXT, cap.ref, cap.sizeBits << 17, 0, 0);
      break;
    case 'SchedControlCap':
      makeCap(CAP_A, CAP_SCHED_CONTROL, 0, 0, 0, 0);
      break;
    case 'CNodeCap':
      makeCap(
        CAP_A,
        CAP_CNODE,
        cap.ref,
        (cap.guardBits << 16) | (cap.radixBits << 22),
        low(cap.guard),
        high(cap.guard),
      );
      break;
    case 'ThreadCap':
      makeCap(CAP_A, CAP_THREAD, cap.ref, 0, 0, 0);
      break;
    case 'FrameCap': {
      const { lo, hi } = mapping(cap.mapped);
      const device = cap.device ? 1 << 18 : 0;
      const mapped = cap.mapped === null ? 0 : 1 << 21;
      makeCap(
        CAP_A,
        CAP_FRAME,
        cap.ref,
        (FRAME_SIZES[cap.size] << 16) | device | (VM_RIGHTS[cap.rights] << 19) | mapped,
        lo,
        hi,
      );
      break;
    }
    case 'PagingCap': {
      const { lo, hi } = mapping(cap.mapped);
      makeCap(CAP_A, CAP_PAGING, cap.ref, (LEVELS[cap.level] << 16) | (cap.mapped === null ? 0 : 1 << 18), lo, hi);
      break;
    }
    case 'ASIDPoolCap':
      makeCap(CAP_A, CAP_ASID_POOL, cap.ref, 0, cap.base, 0);
      break;
    case 'IRQHandlerCap':
      makeCap(CAP_A, CAP_IRQ_HANDLER, 0, 0, cap.irq, 0);
      break;
    case 'IOPortCap':
      makeCap(CAP_A, CAP_IO_PORT, 0, 0, (cap.first | (cap.last << 16)) >>> 0, 0);
      break;
    case 'DomainCap':
      makeCap(CAP_A, CAP_DOMAIN, 0, 0, 0, 0);
      break;
    case 'IRQControlCap':
      makeCap(CAP_A, CAP_IRQ_CONTROL, 0, 0, 0, 0);
      break;
    case 'ASIDControlCap':
      makeCap(CAP_A, CAP_ASID_CONTROL, 0, 0, 0, 0);
      break;
    case 'IOPortControlCap':
      makeCap(CAP_A, CAP_IO_PORT_CONTROL, 0, 0, 0, 0);
      break;
    case 'IOSpaceCap':
      makeCap(CAP_A, CAP_IO_SPACE, 0, 0, 0, 0);
      break;
    default:
      implAssert(false, 'a boot capability is of a known type');
  }
}

function mapping(mapped: { readonly asid: number; readonly vaddr: bigint } | null): { lo: number; hi: number } {
  if (mapped === null) return { lo: 0, hi: 0 };
  return { lo: low(mapped.vaddr), hi: (high(mapped.vaddr) & 0xffff) | (mapped.asid << 16) };
}
