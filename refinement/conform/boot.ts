/** The state in which every recorded script starts, as the recordings' README describes it. */
import type { KernelConfig } from '../../spec/abi/config.ts';
import type { BootCap, BootDescription, BootObject } from '../../spec/state/boot.ts';
import type { Cap } from '../../spec/state/caps.ts';
import { TCB_BUFFER, TCB_CTABLE, TCB_REPLY, TCB_VTABLE, slotAt } from '../../spec/state/kernel-state.ts';
import type { TraceScript } from './trace.ts';

/** Where the kernel keeps what a boot description must name. */
export interface KernelPlaces {
  readonly idleThread: number;
  readonly irqNode: number;
}

/** Addresses below U0, chosen by us: nothing a user sees depends on them. */
const ROOT_TCB = 0x03e1_0000;
export const ROOT_CNODE = 0x03e2_0000;
const PML4 = 0x03e4_0000;
const ASID_POOL = 0x03e4_1000;
const FRAMES = 0x03e5_0000;
/** Slot and size of the untyped that U0 and U1 were made from. */
const BIG_SLOT = 281;
const BIG_BITS = 26;

export const rootSlot = (index: number): number => slotAt(ROOT_CNODE, index);

export function traceBoot(config: KernelConfig, places: KernelPlaces, { initial }: TraceScript): BootDescription {
  const slots = initial.slots;
  const objects: BootObject[] = [
    { type: 'Tcb', address: ROOT_TCB },
    { type: 'CNode', address: ROOT_CNODE, radixBits: initial.root_cnode.size_bits },
    { type: 'PML4', address: PML4 },
    { type: 'ASIDPool', address: ASID_POOL },
  ];
  const caps: BootCap[] = [];
  const root = (slot: number, cap: Cap): void => {
    caps.push({ slot, cap, parent: null, original: true });
  };
  /** Made from the capability in `parent`, which stands right before it. */
  const copy = (slot: number, cap: Cap, parent: number): void => {
    caps.push({ slot, cap, parent, original: false });
  };
  const at = (name: string): number => {
    const index = slots[name];
    if (index === undefined) throw new Error(`the script names no slot ${name}`);
    return rootSlot(index);
  };
  const cnode: Cap = { _tag: 'CNodeCap', ref: ROOT_CNODE, radixBits: 12, guard: 0n, guardBits: 52 };
  const vspace: Cap = { _tag: 'PagingCap', level: 'PML4', ref: PML4, mapped: { asid: 1, vaddr: 0n } };
  let nextFrame = FRAMES;
  const frame = (mappedAt: bigint): Cap => {
    const ref = nextFrame;
    nextFrame += 2 ** config.frameBits.Small;
    objects.push({ type: 'Frame', address: ref, size: 'Small', device: false });
    const mapped = { asid: 1, vaddr: mappedAt };
    return { _tag: 'FrameCap', ref, size: 'Small', device: false, rights: 'ReadWrite', mapped };
  };

  root(at('TCB'), { _tag: 'ThreadCap', ref: ROOT_TCB });
  root(at('CNODE'), cnode);
  copy(slotAt(ROOT_TCB, TCB_CTABLE), cnode, at('CNODE'));
  root(at('VSPACE'), vspace);
  copy(slotAt(ROOT_TCB, TCB_VTABLE), vspace, at('VSPACE'));
  root(at('IRQC'), { _tag: 'IRQControlCap' });
  root(at('ASIDC'), { _tag: 'ASIDControlCap' });
  root(at('ASIDP'), { _tag: 'ASIDPoolCap', ref: ASID_POOL, base: 0 });
  root(at('IOPC'), { _tag: 'IOPortControlCap' });
  root(at('BIFRAME'), frame(0x40_0000n));
  const buffer = frame(0x40_1000n);
  root(at('IPCROOT'), buffer);
  copy(slotAt(ROOT_TCB, TCB_BUFFER), { ...buffer, mapped: null } as Cap, at('IPCROOT'));
  root(at('DOM'), { _tag: 'DomainCap' });
  root(slotAt(ROOT_TCB, TCB_REPLY), { _tag: 'ReplyCap', ref: ROOT_TCB, master: true, canGrant: true });
  for (let n = 0; n < 8; n++) root(at(`IPCF${n}`), frame(BigInt(0x41_0000 + n * 0x1000)));
  for (let n = 0; n < 4; n++) root(at(`MEMF${n}`), frame(BigInt(0x42_0000 + n * 0x1000)));
  const untyped = (ref: number, sizeBits: number, device: boolean, freeIndex: number): Cap => ({
    _tag: 'UntypedCap',
    device,
    ref,
    sizeBits,
    freeIndex,
  });
  root(at('UD'), untyped(initial.UD.paddr, initial.UD.size_bits, true, 0));
  // The recordings show U1 right behind U0.
  const u1 = initial.U0.paddr + 2 ** initial.U0_size_bits;
  const u1Bits = initial.U1.size_bits;
  root(rootSlot(BIG_SLOT), untyped(initial.U0.paddr, BIG_BITS, false, u1 - initial.U0.paddr + 2 ** u1Bits));
  const made = { parent: rootSlot(BIG_SLOT), original: true };
  caps.push({ slot: at('U1'), cap: untyped(u1, u1Bits, false, 0), ...made });
  caps.push({ slot: at('U0'), cap: untyped(initial.U0.paddr, initial.U0_size_bits, false, 0), ...made });

  return {
    currentThread: ROOT_TCB,
    idleThread: places.idleThread,
    irqNode: places.irqNode,
    objects,
    caps,
    threads: [
      {
        tcb: ROOT_TCB,
        state: 'Running',
        priority: 255,
        mcp: 255,
        domain: 0,
        ipcBuffer: 0x40_1000n,
        faultHandler: 0n,
      },
    ],
    domainSchedule: [{ domain: 0, duration: 2n ** 56n - 1n }],
  };
}
