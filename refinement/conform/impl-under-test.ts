/** The implementation behind the interface that recordings are replayed on. Everything is read from its memory. */
import type { Access } from '../../spec/lookup/translate.ts';
import type { BootDescription } from '../../spec/state/boot.ts';
import type { ImplKernel } from '../step/impl-kernel.ts';
import { readWord, wordIndex, writeWord } from '../step/impl-kernel.ts';
import type { KernelUnderTest } from './kernel-under-test.ts';

export function implUnderTest(kernel: ImplKernel, boot: BootDescription): KernelUnderTest {
  kernel.boot(boot);
  const { layout: L, words } = kernel;
  const load = (address: number): number => words[wordIndex(kernel, address)] ?? 0;
  const context = (thread: number, register: number): number => thread + L.TCB_CONTEXT + register * 8;
  const capType = (slot: number): number => load(slot + L.CTE_META) >>> L.CAP_TYPE_SHIFT;
  const names: Readonly<Record<number, string>> = {
    [L.CAP_FRAME]: 'frame',
    [L.CAP_UNTYPED]: 'untyped',
    [L.CAP_ENDPOINT]: 'endpoint',
    [L.CAP_NOTIFICATION]: 'notification',
    [L.CAP_REPLY]: 'reply',
    [L.CAP_REPLY_OBJECT]: 'reply',
    [L.CAP_SCHED_CONTEXT]: 'sched_context',
    [L.CAP_SCHED_CONTROL]: 'sched_control',
    [L.CAP_CNODE]: 'cnode',
    [L.CAP_ASID_CONTROL]: 'asid_control',
    [L.CAP_THREAD]: 'thread',
    [L.CAP_ASID_POOL]: 'asid_pool',
    [L.CAP_IRQ_CONTROL]: 'irq_control',
    [L.CAP_IRQ_HANDLER]: 'irq_handler',
    [L.CAP_ZOMBIE]: 'zombie',
    [L.CAP_DOMAIN]: 'domain',
    [L.CAP_IO_SPACE]: 'io_space',
    [L.CAP_IO_PORT]: 'io_port',
    [L.CAP_IO_PORT_CONTROL]: 'io_port_control',
  };
  const levels = ['page_table', 'page_directory', 'pdpt', 'pml4'];
  const states: Readonly<Record<number, string>> = {
    [L.STATE_INACTIVE]: 'inactive',
    [L.STATE_RUNNING]: 'running',
    [L.STATE_RESTART]: 'restart',
    [L.STATE_BLOCKED_ON_RECEIVE]: 'blocked on recv',
    [L.STATE_BLOCKED_ON_SEND]: 'blocked on send',
    [L.STATE_BLOCKED_ON_REPLY]: 'blocked on reply',
    [L.STATE_BLOCKED_ON_NOTIFICATION]: 'blocked on ntfn',
  };
  const tlb = wordIndex(kernel, L.HW_TLB_USED);
  const tlbEnd = wordIndex(kernel, L.HW_TLB + L.TLB_ENTRIES * L.TLB_ENTRY_BYTES);
  /** Where an access goes, if the processor's memory of pages is first made what it is asked of; and is afterwards as it was. */
  const undisturbed = (prepare: () => void, vaddr: bigint, access: Access): number | null => {
    const before = words.slice(tlb, tlbEnd);
    prepare();
    const reached = kernel.translate(vaddr, access);
    words.set(before, tlb);
    return reached;
  };
  return {
    name: 'impl',
    currentThread: () => (load(L.KS_CUR_THREAD) === L.IDLE_THREAD ? null : load(L.KS_CUR_THREAD)),
    register: (thread, register) => readWord(kernel, context(thread, register)),
    setRegisters: (thread, writes) => {
      for (const [register, value] of writes) writeWord(kernel, context(thread, register), value);
    },
    ipcBuffer: (thread) => {
      const slot = thread + L.TCB_SLOT_BUFFER * L.CTE_BYTES;
      const meta = load(slot + L.CTE_META);
      const isWritable = ((meta >>> 19) & 3) === 3 && ((meta >>> 18) & 1) === 0;
      if (capType(slot) !== L.CAP_FRAME || !isWritable) return null;
      const bits = [kernel.config.PAGE_BITS, kernel.config.LARGE_PAGE_BITS, kernel.config.HUGE_PAGE_BITS][
        (meta >>> 16) & 3
      ];
      return load(slot + L.CTE_PTR_LO) + (load(thread + L.TCB_IPC_BUFFER_LO) & (2 ** (bits ?? 0) - 1));
    },
    translate: (vaddr, access) => undisturbed(() => words.fill(0, tlb, tlbEnd), vaddr, access),
    stale: (vaddr, access) => {
      const reached = undisturbed(() => undefined, vaddr, access);
      return reached === null ? [] : [reached];
    },
    remember: (vaddr, access) => {
      kernel.translate(vaddr, access);
    },
    shareImage: (fromSlot, toSlot) => {
      writeWord(kernel, load(toSlot + L.CTE_PTR_LO), readWord(kernel, load(fromSlot + L.CTE_PTR_LO)));
    },
    loadWord: (address) => readWord(kernel, address),
    storeWord: (address, value) => {
      writeWord(kernel, address, value);
    },
    setPortIn: (answer) => {
      words[wordIndex(kernel, L.HW_PORT_IN)] = answer;
    },
    takePortOut: () => {
      const bits = load(L.HW_PORT_OUT_BITS);
      words[wordIndex(kernel, L.HW_PORT_OUT_BITS)] = 0;
      return bits === 0 ? null : { port: load(L.HW_PORT_OUT), bits, value: load(L.HW_PORT_OUT_VALUE) };
    },
    setArrival: (irq, countdown) => {
      words[wordIndex(kernel, L.HW_IRQ_COUNTDOWN)] = countdown;
      words[wordIndex(kernel, L.HW_ARRIVING_IRQ)] = irq;
    },
    isMasked: (irq) => load(L.HW_IRQ_MASKED + irq * 4) === 1,
    fpu: () => ({ enabled: load(L.HW_FPU_ENABLED) === 1, registers: readWord(kernel, L.HW_FPU_LO) }),
    setFpu: (registers) => {
      writeWord(kernel, L.HW_FPU_LO, registers);
    },
    setTime: (ticks) => {
      writeWord(kernel, L.HW_TIME_LO, ticks);
    },
    deadline: () => readWord(kernel, L.HW_DEADLINE_LO),
    enter: (event) => {
      kernel.enter(event);
    },
    capType: (slot) => {
      const type = capType(slot);
      if (type === L.CAP_NULL) return null;
      if (type === L.CAP_PAGING) return levels[(load(slot + L.CTE_META) >>> 16) & 3] ?? null;
      return names[type] ?? `type ${type}`;
    },
    threadInSlot: (slot) => (capType(slot) === L.CAP_THREAD ? load(slot + L.CTE_PTR_LO) : null),
    domainTime: () => readWord(kernel, L.KS_DOMAIN_TIME_LO),
    thread: (tcb) => ({
      state: states[load(tcb + L.TCB_STATE)] ?? 'unknown',
      priority: load(tcb + L.TCB_PRIORITY),
      domain: load(tcb + L.TCB_DOMAIN),
    }),
  };
}
