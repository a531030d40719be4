/** Each part of a checked step alone, over the same recorded programs. */
import type { Event } from '../../spec/api/event.ts';
import { bootState } from '../../spec/state/initial.ts';
import { generateRow, taste } from '../program/generate.ts';
import { toKernelStep } from '../program/program.ts';
import { random } from '../program/random.ts';
import { SYSCALL_NUMBERS, high, low } from '../step/impl-kernel.ts';
import { loadKernels } from '../step/kernels.ts';
import { stepSpec } from '../step/spec-step.ts';
import type { Subject } from './subject.ts';
import type { Entry, Recorded } from './workload.ts';
import { kernelModule, record } from './workload.ts';

const RUNS = 40;

const spec: Subject = {
  name: 'spec',
  unit: 'step',
  configuration: 'small, the specification alone on recorded programs',
  prepare: async () => {
    const small = await loadKernels('small');
    const booted = bootState(small.config, small.world(0).boot);
    const programs = record(small, RUNS).map((steps) => steps.map(({ step }) => step));
    return () => {
      let steps = 0;
      for (const program of programs) {
        let state = booted;
        for (const step of program) state = stepSpec(state, step);
        steps += program.length;
      }
      return steps;
    };
  },
};

const generation: Subject = {
  name: 'generation',
  unit: 'row',
  configuration: 'small, drawing a row for each of the recorded states',
  prepare: async () => {
    const kernels = await loadKernels('small');
    const programs = record(kernels, RUNS);
    return () => {
      let rows = 0;
      programs.forEach((steps, run) => {
        const r = random(run);
        const t = taste(r, kernels.config);
        for (const { before } of steps) toKernelStep(generateRow(r, t, before) ?? { op: 'Tick', word: 0n }, before);
        rows += steps.length;
      });
      return rows;
    };
  },
};

/** A step as the implementation takes it: words for memory, and a way into the kernel. */
interface Ready {
  /** Triples: index of the word in memory, low half, high half. */
  readonly writes: Uint32Array;
  readonly countdown: number;
  readonly irq: number;
  readonly enter: () => void;
}

function ready(kernel: Entry, { before, step }: Recorded): Ready {
  const { RAM_BASE } = kernel.config;
  const { HW_FPU_LO, NO_IRQ, TCB_CONTEXT } = kernel.layout;
  const context = before.globals.currentThread + TCB_CONTEXT;
  const stores = [...step.registers.map(([n, value]) => [context + n * 8, value] as const), ...step.stores];
  if (step.fpu !== null) stores.push([HW_FPU_LO, step.fpu]);
  const writes = stores.flatMap(([address, value]) => [(address - RAM_BASE) / 4, low(value), high(value)]);
  return {
    writes: Uint32Array.from(writes),
    countdown: step.irqArrival?.countdown ?? NO_IRQ,
    irq: step.irqArrival?.irq ?? NO_IRQ,
    enter: way(kernel, step.event),
  };
}

function way(kernel: Entry, event: Event): () => void {
  switch (event._tag) {
    case 'SyscallEvent': {
      const number = SYSCALL_NUMBERS[event.syscall as keyof typeof SYSCALL_NUMBERS];
      return () => {
        kernel.syscall(number);
      };
    }
    case 'Interrupt': {
      const irq = event.irq ?? kernel.layout.NO_IRQ;
      return () => {
        kernel.interrupt(irq);
      };
    }
    case 'UnknownSyscall': {
      const [lo, hi] = [low(event.number), high(event.number)];
      return () => {
        kernel.unknownSyscall(lo, hi);
      };
    }
    case 'UserLevelFault': {
      const [lo, hi, code] = [low(event.number), high(event.number), event.code];
      return () => {
        kernel.userException(lo, hi, code);
      };
    }
    case 'VMFaultEvent': {
      const [lo, hi, fsr, instruction] = [
        low(event.address),
        high(event.address),
        event.fsr,
        event.instruction ? 1 : 0,
      ];
      return () => {
        kernel.vmFault(lo, hi, fsr, instruction);
      };
    }
  }
}

const impl: Subject = {
  name: 'impl',
  unit: 'entry',
  configuration: 'small, the implementation alone on recorded programs, all kinds of entries',
  prepare: async () => {
    const small = await loadKernels('small');
    const kernel = await kernelModule('small');
    const programs = record(small, RUNS).map((steps) => steps.map((step) => ready(kernel, step)));
    kernel.boot(small.world(0).boot);
    const words = new Uint32Array(kernel.memory.buffer, 0, kernel.config.RAM_SIZE / 4);
    const booted = words.slice();
    // Often enough that the clock's resolution does not matter.
    const longer = Array.from({ length: 8 }, () => programs).flat();
    const countdownIndex = (kernel.layout.HW_IRQ_COUNTDOWN - kernel.config.RAM_BASE) / 4;
    const arrivingIndex = (kernel.layout.HW_ARRIVING_IRQ - kernel.config.RAM_BASE) / 4;
    return () => {
      let entries = 0;
      for (const program of longer) {
        words.set(booted);
        for (const { writes, countdown, irq, enter } of program) {
          for (let n = 0; n < writes.length; n += 3) {
            const at = writes[n] ?? 0;
            words[at] = writes[n + 1] ?? 0;
            words[at + 1] = writes[n + 2] ?? 0;
          }
          words[countdownIndex] = countdown;
          words[arrivingIndex] = irq;
          enter();
        }
        entries += program.length;
      }
      return entries;
    };
  },
};

export const ALONE: readonly Subject[] = [spec, impl, generation];
