/** Which of the kernel's threads is which of the script's. */
import { slotOfRootCNode } from './boot.ts';
import type { KernelUnderTest } from './kernel-under-test.ts';
import type { Platform } from './platform.ts';
import type { TraceScript } from './trace.ts';
import type { Names } from './user-program.ts';

export interface Threads {
  /** Workers are created by root; whose TCB is in the slot that the script names is known as soon as it is there. */
  bindWorkers(): void;
  bind(name: string, tcb: number): void;
  tcb(name: string): number | undefined;
  name(tcb: number): string | undefined;
  /** The running thread, in the words of a difference. */
  current(): string;
}

export function threadsOf(script: TraceScript, kernel: KernelUnderTest, { config }: Platform, names: Names): Threads {
  const all = new Set(['root', ...Object.keys(script.threads), ...script.events.map(({ t }) => t)]);
  const tcbOf = new Map<string, number>();
  const nameOf = new Map<number, string>();
  const bind = (name: string, tcb: number): void => {
    tcbOf.set(name, tcb);
    nameOf.set(tcb, name);
  };
  return {
    bind,
    bindWorkers: () => {
      if (tcbOf.size === all.size) return;
      for (const name of all) {
        if (tcbOf.has(name)) continue;
        const slot = names.slot(script.threads[name]?.tcb ?? `tcb${name}`);
        const tcb = slot === undefined ? null : kernel.threadInSlot(slotOfRootCNode(config, slot));
        if (tcb !== null) bind(name, tcb);
      }
    },
    tcb: (name) => tcbOf.get(name),
    name: (tcb) => nameOf.get(tcb),
    current: () => {
      const current = kernel.currentThread();
      if (current === null) return 'idle';
      return nameOf.get(current) ?? `thread 0x${current.toString(16)}`;
    },
  };
}
