/** The specification behind the interface that recordings are replayed on. */
import type { KernelConfig } from '../../spec/abi/config.ts';
import type { Event } from '../../spec/api/event.ts';
import { callKernel } from '../../spec/api/kernel.ts';
import { lookupIpcBuffer } from '../../spec/lookup/ipc-buffer.ts';
import { staleTranslations, translate } from '../../spec/lookup/translate.ts';
import type { BootDescription } from '../../spec/state/boot.ts';
import type { Cap } from '../../spec/state/caps.ts';
import { bootState } from '../../spec/state/initial.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import {
  getCap,
  getPageTable,
  getTcb,
  loadWord,
  setMachine,
  setPte,
  storeWord,
} from '../../spec/state/kernel-state.ts';
import type { ThreadState } from '../../spec/state/objects.ts';
import * as PMap from '../../spec/state/pmap.ts';
import { getRegister, setRegisters } from '../../spec/state/user-context.ts';
import type { KernelUnderTest } from './kernel-under-test.ts';

export interface SpecUnderTest extends KernelUnderTest {
  state(): KernelState;
}

/** Sees every kernel entry. */
export type OnEntry = (before: KernelState, event: Event, after: KernelState) => void;

export function specUnderTest(config: KernelConfig, boot: BootDescription, onEntry?: OnEntry): SpecUnderTest {
  let s = bootState(config, boot);
  return {
    name: 'spec',
    state: () => s,
    currentThread: () => (s.globals.currentThread === s.globals.idleThread ? null : s.globals.currentThread),
    register: (thread, register) => getRegister(s, thread, register),
    setRegisters: (thread, writes) => {
      s = setRegisters(s, thread, writes);
    },
    ipcBuffer: (thread) => lookupIpcBuffer(s, true, thread),
    translate: (vaddr, access) => translate(s, vaddr, access),
    stale: (vaddr, access) => staleTranslations(s, s.globals.machine.vspace.asid, vaddr, access),
    remember: () => undefined,
    shareImage: (fromSlot, toSlot) => {
      const [from, to] = [getCap(s, fromSlot), getCap(s, toSlot)];
      if (from._tag !== 'PagingCap' || to._tag !== 'PagingCap') return;
      s = setPte(s, to.ref, 0, PMap.get(getPageTable(s, from.ref).entries, 0));
    },
    loadWord: (address) => loadWord(s, address),
    storeWord: (address, value) => {
      if (loadWord(s, address) !== value) s = storeWord(s, address, value);
    },
    setPortIn: (portIn) => {
      s = setMachine(s, { portIn });
    },
    takePortOut: () => {
      const { portOut } = s.globals.machine;
      if (portOut !== null) s = setMachine(s, { portOut: null });
      return portOut;
    },
    setArrival: (irq, countdown) => {
      s = setMachine(s, { irqArrival: { irq, countdown } });
    },
    isMasked: (irq) => s.globals.machine.irqMasked[irq] === true,
    fpu: () => s.globals.machine.fpu,
    setFpu: (registers) => {
      s = setMachine(s, { fpu: { ...s.globals.machine.fpu, registers } });
    },
    setTime: (time) => {
      s = setMachine(s, { time });
    },
    deadline: () => s.globals.machine.deadline,
    enter: (event: Event) => {
      const before = s;
      s = callKernel(before, event);
      onEntry?.(before, event, s);
    },
    capType: (slot) => capWord(getCap(s, slot)),
    threadInSlot: (slot) => {
      const cap = getCap(s, slot);
      return cap._tag === 'ThreadCap' ? cap.ref : null;
    },
    domainTime: () => s.globals.domainTime,
    thread: (tcb) => {
      const { state, priority, domain } = getTcb(s, tcb);
      return { state: STATE_WORDS[state._tag], priority, domain };
    },
  };
}

const STATE_WORDS: Readonly<Record<ThreadState['_tag'], string>> = {
  Inactive: 'inactive',
  Running: 'running',
  Restart: 'restart',
  IdleThreadState: 'idle',
  BlockedOnReceive: 'blocked on recv',
  BlockedOnSend: 'blocked on send',
  BlockedOnReply: 'blocked on reply',
  BlockedOnNotification: 'blocked on ntfn',
};

function capWord(cap: Cap): string | null {
  switch (cap._tag) {
    case 'NullCap':
      return null;
    case 'UntypedCap':
      return 'untyped';
    case 'EndpointCap':
      return 'endpoint';
    case 'NotificationCap':
      return 'notification';
    case 'ReplyCap':
      return 'reply';
    case 'ReplyObjectCap':
      return 'reply';
    case 'SchedContextCap':
      return 'sched_context';
    case 'SchedControlCap':
      return 'sched_control';
    case 'CNodeCap':
      return 'cnode';
    case 'ThreadCap':
      return 'thread';
    case 'DomainCap':
      return 'domain';
    case 'IRQControlCap':
      return 'irq_control';
    case 'IRQHandlerCap':
      return 'irq_handler';
    case 'Zombie':
      return 'zombie';
    case 'FrameCap':
      return 'frame';
    case 'PagingCap':
      return { PageTable: 'page_table', PageDirectory: 'page_directory', PDPT: 'pdpt', PML4: 'pml4' }[cap.level];
    case 'ASIDControlCap':
      return 'asid_control';
    case 'ASIDPoolCap':
      return 'asid_pool';
    case 'IOPortCap':
      return 'io_port';
    case 'IOPortControlCap':
      return 'io_port_control';
    case 'IOSpaceCap':
      return 'io_space';
  }
}
