/**
 * The worst case of either scheduler: how long one event takes after which another thread must be found, by how many threads have blocked
 * since they were last looked at.
 *
 * A server of high priority wakes one worker after another. Each goes to the head of its ready queue, is chosen, calls the server and so blocks. A
 * lazy scheduler leaves it where it is, behind the one woken next, which is runnable and found first; when at last none is, all of them are
 * dropped within one event. Under Benno scheduling a thread that blocks is in no queue.
 *
 * @source The sequence is ours; the two schedulers and their worst cases: Blackham, Shi and Heiser, Improving Interrupt Response Time in a
 * Verifiable Protected Microkernel, EuroSys 2012
 */
import type { BootDescription, BootThread } from '../../spec/state/boot.ts';
import type { Cap } from '../../spec/state/caps.ts';
import { ALL_RIGHTS } from '../../spec/state/caps.ts';
import { copy, inSlot, masterReply, placer, root } from './boot-parts.ts';
import type { Entry } from './workload.ts';
import { kernelModule } from './workload.ts';

/** The same kernel but for the scheduler; neither has a fastpath. */
export const SCHEDULERS = { lazy: 'x86_64-lazy', benno: 'x86_64-slow' } as const;
export type Scheduler = keyof typeof SCHEDULERS;
export const BLOCKED: readonly number[] = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256];

const RADIX = 2;
const TO_SERVER = 1;
const TO_WORKERS = 2;
const [HIGH, MIDDLE, LOW] = [20, 10, 5];

interface Cast {
  readonly server: number;
  readonly workers: readonly number[];
  /** Ready all the time, and lowest: who runs when nobody else can. */
  readonly rest: number;
  readonly boot: BootDescription;
}

function castOf(kernel: Entry, blocked: number): Cast {
  const { config, layout } = kernel;
  const place = placer(kernel);
  const [server, rest] = [place(config.TCB_BITS), place(config.TCB_BITS)];
  const workers = Array.from({ length: blocked }, () => place(config.TCB_BITS));
  const threads = [server, rest, ...workers];
  const cnode = place(RADIX + config.SLOT_BITS);
  const endpoints = [place(config.ENDPOINT_BITS), place(config.ENDPOINT_BITS)];
  const guardBits = config.WORD_BITS - RADIX;
  const cnodeCap: Cap = { _tag: 'CNodeCap', ref: cnode, radixBits: RADIX, guard: 0n, guardBits };
  const priorityOf = (tcb: number): number => (tcb === server ? HIGH : tcb === rest ? LOW : MIDDLE);
  const boot: BootDescription = {
    currentThread: server,
    idleThread: layout.IDLE_THREAD,
    irqNode: layout.KS_IRQ_NODE,
    objects: [
      ...threads.map((address) => ({ type: 'Tcb', address }) as const),
      { type: 'CNode', address: cnode, radixBits: RADIX },
      ...endpoints.map((address) => ({ type: 'Endpoint', address }) as const),
    ],
    caps: [
      root(inSlot(kernel, cnode, 0), cnodeCap),
      ...threads.map((tcb) => copy(inSlot(kernel, tcb, layout.TCB_SLOT_CTABLE), cnodeCap, inSlot(kernel, cnode, 0))),
      ...threads.map((tcb) => masterReply(kernel, tcb)),
      ...endpoints.map((ref, index) =>
        root(inSlot(kernel, cnode, TO_SERVER + index), { _tag: 'EndpointCap', ref, badge: 0n, rights: ALL_RIGHTS }),
      ),
    ],
    threads: threads.map((tcb): BootThread => {
      const priority = priorityOf(tcb);
      return { tcb, state: 'Running', priority, mcp: priority, domain: 0, ipcBuffer: 0n, faultHandler: 0n };
    }),
    domainSchedule: [{ domain: 0, duration: 1_000_000n }],
  };
  return { server, workers, rest, boot };
}

/** A kernel in which so many threads have blocked since anybody looked at them. */
export interface Gathered {
  /** How many threads the ready queue of the workers holds. */
  readonly queued: () => number;
  /** Nanoseconds of the one event that must find the next thread. */
  readonly find: () => number;
}

export function gather(kernel: Entry, blocked: number): Gathered {
  const { config, layout, abi } = kernel;
  const words = new Uint32Array(kernel.memory.buffer);
  const { server, workers, rest, boot } = castOf(kernel, blocked);
  const current = (): number => words[(layout.KS_CUR_THREAD - config.RAM_BASE) >>> 2] ?? 0;
  /** The running thread's system call, and who runs after it. */
  const act = (syscall: number, cptr: number, next: number): number => {
    const context = (current() + layout.TCB_CONTEXT - config.RAM_BASE) >>> 2;
    words[context + config.REG_CAP * 2] = cptr;
    words[context + config.REG_MSG_INFO * 2] = 0;
    const before = process.hrtime.bigint();
    kernel.syscall(syscall);
    const after = process.hrtime.bigint();
    if (current() !== next) throw new Error(`thread ${current()} runs, not ${next}`);
    return Number(after - before);
  };
  kernel.boot(boot);
  // Everybody waits: the server for requests, each worker for its turn.
  act(abi.SYSCALL_RECV, TO_SERVER, workers[0] ?? rest);
  workers.forEach((_, index) => act(abi.SYSCALL_RECV, TO_WORKERS, workers[index + 1] ?? rest));
  act(abi.SYSCALL_SEND, TO_SERVER, server);
  for (const worker of workers) {
    act(abi.SYSCALL_NB_SEND, TO_WORKERS, server);
    act(abi.SYSCALL_RECV, TO_SERVER, worker);
    act(abi.SYSCALL_CALL, TO_SERVER, server);
  }
  return {
    queued: () => {
      const read = (address: number): number => words[(address - config.RAM_BASE) >>> 2] ?? 0;
      let count = 0;
      let at = read(layout.KS_READY_QUEUES + MIDDLE * layout.READY_QUEUE_BYTES);
      for (; at !== 0; at = read(at + layout.TCB_SCHED_NEXT)) count++;
      return count;
    },
    find: () => act(abi.SYSCALL_RECV, TO_SERVER, rest),
  };
}

export interface WorstCase {
  readonly blocked: number;
  /** Nanoseconds, median of the samples. */
  readonly lazy: number;
  readonly benno: number;
}

/** Both schedulers in turn, so that load from elsewhere falls on both. */
export async function worstCases(samples: number): Promise<readonly WorstCase[]> {
  const lazy = await kernelModule(SCHEDULERS.lazy);
  const benno = await kernelModule(SCHEDULERS.benno);
  // The compiler settles on what is measured.
  for (let n = 0; n < 10; n++) for (const kernel of [lazy, benno]) gather(kernel, BLOCKED.at(-1) ?? 1).find();
  return BLOCKED.map((blocked) => {
    const taken = { lazy: [] as number[], benno: [] as number[] };
    for (let n = 0; n < samples; n++) {
      taken.lazy.push(gather(lazy, blocked).find());
      taken.benno.push(gather(benno, blocked).find());
    }
    return { blocked, lazy: median(taken.lazy), benno: median(taken.benno) };
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** What one more blocked thread adds, in nanoseconds: the slope of the line through the figures, by least squares. */
export function perThread(cases: readonly WorstCase[], scheduler: Scheduler): number {
  const mean = (of: (one: WorstCase) => number): number => cases.reduce((sum, one) => sum + of(one), 0) / cases.length;
  const [x, y] = [mean(({ blocked }) => blocked), mean((one) => one[scheduler])];
  const covariance = mean((one) => (one.blocked - x) * (one[scheduler] - y));
  return covariance / mean(({ blocked }) => (blocked - x) ** 2);
}
