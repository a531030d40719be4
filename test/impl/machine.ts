/**
 * A small machine for tests of the implementation: the bundled kernel, two threads that share one CNode, and the few objects that a story
 * needs. Loads the artefact that the command line runs, unless a source is newer than it; then the same build makes a fresh one.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BootDescription } from '../../impl/kernel/boot-description.ts';

export type Kernel = typeof import('../../impl/kernel/entry.ts');
type Builder = {
  readonly buildImpl: (options: { readonly config: string; readonly outfile: string }) => Promise<void>;
};

const ROOT = resolve(import.meta.dirname, '../..');

function newestSource(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Math.max(...files.map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs));
}

export async function loadKernel(config = 'small'): Promise<Kernel> {
  const built = join(ROOT, `dist/impl/${config}.mjs`);
  if (existsSync(built) && statSync(built).mtimeMs >= newestSource(join(ROOT, 'impl'))) {
    return (await import(pathToFileURL(built).href)) as Kernel;
  }
  const { buildImpl } = (await import(pathToFileURL(join(ROOT, 'refinement/build/build.mjs')).href)) as Builder;
  const folder = mkdtempSync(join(tmpdir(), 'impl-test-'));
  try {
    const outfile = join(folder, `${config}.mjs`);
    await buildImpl({ config, outfile });
    return (await import(pathToFileURL(outfile).href)) as Kernel;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Physical addresses. */
export const CNODE = 0x10800;
export const TCB_A = 0x10c00;
export const TCB_B = 0x10e00;
export const BUFFER_A = 0x11000;
export const BUFFER_B = 0x11200;
export const ENDPOINT = 0x11400;
export const NOTIFICATION = 0x11420;
export const UNTYPED = 0x12000;
export const UNTYPED_BITS = 12;
export const DEVICE = 0x1_0000_0000;

/** Entries of the shared CNode, which are capability pointers, too: its guard takes the other bits. */
export const CPTR_A = 1;
export const CPTR_CNODE = 2;
export const CPTR_B = 3;
export const CPTR_ENDPOINT = 4;
export const CPTR_NOTIFICATION = 5;
export const CPTR_UNTYPED = 6;
export const CPTR_DEVICE = 7;
export const FREE = 16;
export const RADIX = 5;

export function slot(cptr: number): number {
  return CNODE + cptr * 32;
}

/** A is current. Both run, at priorities 5 and 4 unless told otherwise; B's fault handler is the endpoint. */
export function description(kernel: Kernel, priorityA = 5, priorityB = 4): BootDescription {
  const cnode = { _tag: 'CNodeCap', ref: CNODE, radixBits: RADIX, guard: 0n, guardBits: 64 - RADIX } as const;
  const frame = { _tag: 'FrameCap', size: 'Small', device: false, rights: 'ReadWrite', mapped: null } as const;
  const original = { parent: null, original: true } as const;
  const thread = { state: 'Running', mcp: 15, domain: 0, ipcBuffer: 0x4000n } as const;
  return {
    currentThread: TCB_A,
    idleThread: kernel.layout.IDLE_THREAD,
    irqNode: kernel.layout.KS_IRQ_NODE,
    objects: [
      { type: 'CNode', address: CNODE },
      { type: 'Tcb', address: TCB_A },
      { type: 'Tcb', address: TCB_B },
      { type: 'Endpoint', address: ENDPOINT },
      { type: 'Notification', address: NOTIFICATION },
    ],
    caps: [
      { slot: slot(CPTR_CNODE), cap: cnode, ...original },
      { slot: TCB_A, cap: cnode, parent: slot(CPTR_CNODE), original: false },
      { slot: TCB_B, cap: cnode, parent: slot(CPTR_CNODE), original: false },
      { slot: slot(CPTR_A), cap: { _tag: 'ThreadCap', ref: TCB_A }, ...original },
      { slot: slot(CPTR_B), cap: { _tag: 'ThreadCap', ref: TCB_B }, ...original },
      { slot: TCB_A + 2 * 32, cap: { _tag: 'ReplyCap', ref: TCB_A, master: true, canGrant: true }, ...original },
      { slot: TCB_B + 2 * 32, cap: { _tag: 'ReplyCap', ref: TCB_B, master: true, canGrant: true }, ...original },
      { slot: TCB_A + 4 * 32, cap: { ...frame, ref: BUFFER_A }, ...original },
      { slot: TCB_B + 4 * 32, cap: { ...frame, ref: BUFFER_B }, ...original },
      { slot: slot(CPTR_ENDPOINT), cap: { _tag: 'EndpointCap', ref: ENDPOINT, badge: 0n, rights: 15 }, ...original },
      {
        slot: slot(CPTR_NOTIFICATION),
        cap: { _tag: 'NotificationCap', ref: NOTIFICATION, badge: 0n, rights: 3 },
        ...original,
      },
      {
        slot: slot(CPTR_UNTYPED),
        cap: { _tag: 'UntypedCap', ref: UNTYPED, sizeBits: UNTYPED_BITS, device: false, freeIndex: 0 },
        ...original,
      },
      {
        slot: slot(CPTR_DEVICE),
        cap: { _tag: 'UntypedCap', ref: DEVICE, sizeBits: 14, device: true, freeIndex: 0 },
        ...original,
      },
    ],
    threads: [
      { ...thread, tcb: TCB_A, priority: priorityA, faultHandler: 0n },
      { ...thread, tcb: TCB_B, priority: priorityB, faultHandler: BigInt(CPTR_ENDPOINT) },
    ],
    domainSchedule: [{ domain: 0, duration: 1_000_000n }],
  };
}

export interface Message {
  readonly label: number;
  readonly badge: bigint;
  readonly words: readonly bigint[];
  readonly extraCaps: number;
  readonly unwrapped: number;
}

/** What user programs do, and what one can see from outside. */
export class Machine {
  readonly kernel: Kernel;
  private readonly words: DataView;

  constructor(kernel: Kernel, boot: BootDescription = description(kernel)) {
    this.kernel = kernel;
    this.words = new DataView(kernel.memory.buffer);
    kernel.boot(boot);
  }

  peek(address: number): number {
    return this.words.getUint32(address - this.kernel.config.RAM_BASE, true);
  }

  peek64(address: number): bigint {
    return this.words.getBigUint64(address - this.kernel.config.RAM_BASE, true);
  }

  poke(address: number, value: number): void {
    this.words.setUint32(address - this.kernel.config.RAM_BASE, value, true);
  }

  poke64(address: number, value: bigint): void {
    this.words.setBigUint64(address - this.kernel.config.RAM_BASE, value, true);
  }

  get current(): number {
    return this.peek(this.kernel.layout.KS_CUR_THREAD);
  }

  state(tcb: number): number {
    return this.peek(tcb + this.kernel.layout.TCB_STATE);
  }

  register(tcb: number, register: number): bigint {
    return this.peek64(tcb + this.kernel.layout.TCB_CONTEXT + register * 8);
  }

  setRegister(tcb: number, register: number, value: bigint): void {
    this.poke64(tcb + this.kernel.layout.TCB_CONTEXT + register * 8, value);
  }

  capType(at: number): number {
    return this.peek(at + this.kernel.layout.CTE_META) >>> 27;
  }

  bufferOf(tcb: number): number {
    return tcb === TCB_A ? BUFFER_A : BUFFER_B;
  }

  /** A message in the current thread's registers and buffer. */
  write(cptr: number, label: number, words: readonly (number | bigint)[], caps: readonly number[] = []): void {
    const tcb = this.current;
    const { REG_CAP, REG_MR, REG_MSG_INFO, MSG_MAX_LENGTH } = this.kernel.config;
    this.setRegister(tcb, REG_CAP, BigInt(cptr));
    this.setRegister(tcb, REG_MSG_INFO, BigInt(label * 4096 + caps.length * 128 + words.length));
    words.forEach((word, n) => {
      const register = REG_MR[n];
      if (register === undefined) this.poke64(this.bufferOf(tcb) + (n + 1) * 8, BigInt(word));
      else this.setRegister(tcb, register, BigInt(word));
    });
    caps.forEach((cap, n) => {
      this.poke64(this.bufferOf(tcb) + (MSG_MAX_LENGTH + 2 + n) * 8, BigInt(cap));
    });
  }

  read(tcb: number): Message {
    const { REG_CAP, REG_MR, REG_MSG_INFO } = this.kernel.config;
    const info = Number(this.register(tcb, REG_MSG_INFO));
    const words = Array.from({ length: info % 128 }, (_, n) => {
      const register = REG_MR[n];
      return register === undefined ? this.peek64(this.bufferOf(tcb) + (n + 1) * 8) : this.register(tcb, register);
    });
    return {
      label: Math.floor(info / 4096),
      badge: this.register(tcb, REG_CAP),
      words,
      extraCaps: (info >>> 7) & 3,
      unwrapped: (info >>> 9) & 7,
    };
  }

  /** Invokes an object by Call: the label of the answer and its words, in one list. */
  call(
    cptr: number,
    label: number,
    words: readonly (number | bigint)[],
    caps: readonly number[] = [],
  ): readonly number[] {
    const caller = this.current;
    this.write(cptr, label, words, caps);
    this.kernel.syscall(this.kernel.abi.SYSCALL_CALL);
    const answer = this.read(caller);
    return [answer.label, ...answer.words.map(Number)];
  }

  receive(cptr: number): void {
    this.write(cptr, 0, []);
    this.kernel.syscall(this.kernel.abi.SYSCALL_RECV);
  }

  retype(type: number, size: number, at: number, count = 1, untyped = CPTR_UNTYPED): readonly number[] {
    return this.call(untyped, this.kernel.abi.LABEL_UNTYPED_RETYPE, [type, size, 0, 0, at, count], [CPTR_CNODE]);
  }

  /** Entries from `at` on, following the derivation list. */
  chain(at: number): readonly number[] {
    const found: number[] = [];
    for (let entry = at; entry !== 0; entry = this.peek(entry + this.kernel.layout.CTE_NEXT)) found.push(entry);
    return found;
  }
}
