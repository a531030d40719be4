/** The state in which every recorded script starts, as the recordings' README describes it. */
import type { PagingLevel } from '../../spec/abi/arch.ts';
import type { KernelConfig } from '../../spec/abi/config.ts';
import type { BootCap, BootDescription, BootObject } from '../../spec/state/boot.ts';
import type { Cap } from '../../spec/state/caps.ts';
import { TCB_CTABLE, TCB_REPLY, TCB_VTABLE, slotAt } from '../../spec/state/kernel-state.ts';
import { statePoints } from '../../spec/state/variant.ts';
import { InputError } from '../input-error.ts';
import type { KernelPlaces } from '../world/world.ts';
import type { Platform } from './platform.ts';
import { deviceUntypeds } from './trace.ts';
import { FIRST_ADDRESS, FIRST_EXTRA_BUFFER, extraBufferSlot, pageOfRoot } from './user-program.ts';
import type { TraceScript } from './trace.ts';

/** Where boot put its objects, from the start of RAM and below U0; chosen by us: nothing a user sees depends on them. */
const ROOT_TCB = 0x1_0000;
const ROOT_SCHED_CONTEXT = 0x1_1000;
const ROOT_CNODE = 0x2_0000;
const ROOT_VSPACE = 0x4_0000;
const ASID_POOL = 0x4_1000;
/** What leads to the pages of the root task, whose capabilities no script names: the slots are free. */
const TABLES = 0x4_2000;
const TABLE_SLOTS = 1_000;
const IMAGE = 0x40_0000n;
const IMAGE_END = 0x100_0000n;
/** The code of the root task, in one large page of memory that is not modelled. */
const CODE_SLOT = 990;
const CODE_FRAME = 2 ** 34;
const FRAMES = 0x5_0000;

export const slotOfRootCNode = ({ ramBase }: KernelConfig, index: number): number =>
  slotAt(ramBase + ROOT_CNODE, index);

export function traceBoot(platform: Platform, places: KernelPlaces, script: TraceScript): BootDescription {
  const { config } = platform;
  const { initial } = script;
  const rootTcb = config.ramBase + ROOT_TCB;
  const rootCNode = config.ramBase + ROOT_CNODE;
  const rootVSpace = config.ramBase + ROOT_VSPACE;
  const asidPool = config.ramBase + ASID_POOL;
  const objects: BootObject[] = [
    { type: 'Tcb', address: rootTcb },
    { type: 'CNode', address: rootCNode, radixBits: initial.root_cnode.size_bits },
    { type: config.arch.vspaceRoot, address: rootVSpace },
    { type: 'ASIDPool', address: asidPool },
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
    const index = initial.slots[name];
    if (index === undefined)
      throw new InputError(`${script.where}: script ${script.script}: its initial state has no ${name}`);
    return slotAt(rootCNode, index);
  };
  const cnode: Cap = {
    _tag: 'CNodeCap',
    ref: rootCNode,
    radixBits: initial.root_cnode.size_bits,
    guard: 0n,
    guardBits: 64 - initial.root_cnode.size_bits,
  };
  const vspace: Cap = {
    _tag: 'PagingCap',
    level: config.arch.vspaceRoot,
    ref: rootVSpace,
    mapped: { asid: 1, vaddr: 0n },
  };
  let nextFrame = config.ramBase + FRAMES;
  const frame = (mappedAt = 0n): Cap => {
    const ref = nextFrame;
    nextFrame += 2 ** config.frameBits.Small;
    objects.push({ type: 'Frame', address: ref, size: 'Small', device: false });
    const mapped = { asid: 1, vaddr: mappedAt };
    return { _tag: 'FrameCap', ref, size: 'Small', device: false, rights: 'ReadWrite', mapped };
  };

  root(at('TCB'), { _tag: 'ThreadCap', ref: rootTcb });
  root(at('CNODE'), cnode);
  copy(slotAt(rootTcb, TCB_CTABLE), cnode, at('CNODE'));
  root(at('VSPACE'), vspace);
  copy(slotAt(rootTcb, TCB_VTABLE), vspace, at('VSPACE'));
  root(at('IRQC'), { _tag: 'IRQControlCap' });
  root(at('ASIDC'), { _tag: 'ASIDControlCap' });
  root(at('ASIDP'), { _tag: 'ASIDPoolCap', ref: asidPool, base: 0 });
  imageTables(config).forEach(({ level, vaddr }, n) => {
    const ref = config.ramBase + TABLES + n * 2 ** config.pageTableBits;
    objects.push({ type: level, address: ref });
    root(slotAt(rootCNode, TABLE_SLOTS + n), { _tag: 'PagingCap', level, ref, mapped: { asid: 1, vaddr } });
  });
  objects.push({ type: 'Frame', address: CODE_FRAME, size: 'Large', device: true });
  root(slotAt(rootCNode, CODE_SLOT), {
    _tag: 'FrameCap',
    ref: CODE_FRAME,
    size: 'Large',
    device: true,
    rights: 'ReadOnly',
    mapped: { asid: 1, vaddr: FIRST_ADDRESS },
  });
  if (platform.hasIOPorts) root(at('IOPC'), { _tag: 'IOPortControlCap' });
  root(at('BIFRAME'), frame(0x40_0000n));
  const buffer = frame(0x40_1000n);
  root(at('IPCROOT'), buffer);
  copy(slotAt(rootTcb, statePoints(config).tcbBuffer), { ...buffer, mapped: null } as Cap, at('IPCROOT'));
  root(at('DOM'), { _tag: 'DomainCap' });
  const schedContext = config.ramBase + ROOT_SCHED_CONTEXT;
  if (config.variant === 'mcs') {
    const sizeBits = config.minSchedContextBits;
    objects.push({
      type: 'SchedContext',
      address: schedContext,
      sizeBits,
      budget: config.bootTimeSliceUs * config.ticksPerUs,
      period: 0n,
      refillMax: 2,
    });
    root(at('SC'), { _tag: 'SchedContextCap', ref: schedContext, sizeBits });
    root(at('SCHEDC'), { _tag: 'SchedControlCap' });
  } else {
    root(slotAt(rootTcb, TCB_REPLY), { _tag: 'ReplyCap', ref: rootTcb, master: true, canGrant: true });
  }
  for (let n = 0; n < 8; n++) root(at(`IPCF${n}`), frame(pageOfRoot(`ipcbuf${n}`)));
  for (let n = 0; n < 4; n++) root(at(`MEMF${n}`), frame(pageOfRoot(`mem${n}`)));
  const untyped = (ref: number, sizeBits: number, device: boolean, freeIndex: number): Cap => ({
    _tag: 'UntypedCap',
    device,
    ref,
    sizeBits,
    freeIndex,
  });
  for (const slot of extraBufferSlots(script))
    root(slotAt(rootCNode, slot), frame(pageOfRoot(`ipcbuf${slot - FIRST_EXTRA_BUFFER}`)));
  for (const { name, paddr, sizeBits } of deviceUntypeds(script)) root(at(name), untyped(paddr, sizeBits, true, 0));
  const big = slotAt(rootCNode, platform.bigUntyped.slot);
  // The recordings show U1 right behind U0.
  const u1 = initial.U0.paddr + 2 ** initial.U0_size_bits;
  const u1Bits = initial.U1.size_bits;
  root(big, untyped(initial.U0.paddr, platform.bigUntyped.sizeBits, false, u1 - initial.U0.paddr + 2 ** u1Bits));
  const made = { parent: big, original: true };
  caps.push({ slot: at('U1'), cap: untyped(u1, u1Bits, false, 0), ...made });
  caps.push({ slot: at('U0'), cap: untyped(initial.U0.paddr, initial.U0_size_bits, false, 0), ...made });

  return {
    currentThread: rootTcb,
    idleThread: places.idleThread,
    irqNode: places.irqNode,
    ...(places.idleSchedContext === undefined ? {} : { idleSchedContext: places.idleSchedContext }),
    objects,
    caps,
    threads: [
      {
        tcb: rootTcb,
        state: 'Running',
        priority: 255,
        mcp: 255,
        domain: 0,
        ipcBuffer: 0x40_1000n,
        faultHandler: 0n,
        ...(config.variant === 'mcs' ? { schedContext } : {}),
      },
    ],
    domainSchedule: [{ domain: 0, duration: 2n ** 56n - 1n }],
  };
}

/** Paging structures below the root for the root task's image, each level before the next. */
function imageTables({
  arch,
  frameBits,
  pageTableBits,
}: KernelConfig): readonly { level: PagingLevel; vaddr: bigint }[] {
  const { pagingLevels } = arch;
  return pagingLevels.slice(1).flatMap((level, n) => {
    const span = 1n << BigInt(frameBits.Small + (pageTableBits - 3) * (pagingLevels.length - 1 - n));
    const tables = [];
    for (let vaddr = IMAGE - (IMAGE % span); vaddr < IMAGE_END; vaddr += span) tables.push({ level, vaddr });
    return tables;
  });
}

/** Slots of the buffer frames that the script uses beyond those that its initial state names, in ascending order. */
function extraBufferSlots({ events }: TraceScript): readonly number[] {
  const used = new Set<number>();
  for (const { op } of events) {
    for (const word of [op?.dest, ...(op?.raw?.caps ?? [])]) {
      const slot = typeof word === 'string' ? extraBufferSlot(word) : undefined;
      if (slot !== undefined) used.add(slot);
    }
  }
  return [...used].sort((a, b) => a - b);
}
