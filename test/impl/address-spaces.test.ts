/** What a thread reaches, and what the processor goes on reaching after the tables have changed. */
import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { BootDescription } from '../../impl/kernel/boot-description.ts';
import { Machine, TCB_A, TCB_B, description, loadKernel, slot } from './machine.ts';
import type { Kernel } from './machine.ts';

const [POOL, PML4, PDPT, PD, PT] = [0x11440, 0x11460, 0x11480, 0x114a0, 0x114c0];
const [OLD, NEW] = [0x11600, 0x11800];
/** Capability pointers. */
const [CPTR_PML4, CPTR_OLD, CPTR_NEW] = [9, 13, 14];
const PAGE = 0x200;
const [LOAD, STORE] = [0, 1];
const READ_WRITE = 3;
const READ_ONLY = 2;

/** A runs in an address space with one page; B has none. */
function withPage(kernel: Kernel): BootDescription {
  const boot = description(kernel);
  const original = { parent: null, original: true } as const;
  const table = (level: 'PML4' | 'PDPT' | 'PageDirectory' | 'PageTable', ref: number) =>
    ({ _tag: 'PagingCap', level, ref, mapped: { asid: 1, vaddr: 0n } }) as const;
  const frame = { _tag: 'FrameCap', size: 'Small', device: false, rights: 'ReadWrite' } as const;
  return {
    ...boot,
    objects: [
      ...boot.objects,
      { type: 'ASIDPool', address: POOL },
      { type: 'PML4', address: PML4 },
      { type: 'PDPT', address: PDPT },
      { type: 'PageDirectory', address: PD },
      { type: 'PageTable', address: PT },
    ],
    caps: [
      ...boot.caps,
      { slot: slot(8), cap: { _tag: 'ASIDPoolCap', ref: POOL, base: 0 }, ...original },
      { slot: slot(CPTR_PML4), cap: table('PML4', PML4), ...original },
      { slot: TCB_A + 32, cap: table('PML4', PML4), parent: slot(CPTR_PML4), original: false },
      { slot: slot(10), cap: table('PDPT', PDPT), ...original },
      { slot: slot(11), cap: table('PageDirectory', PD), ...original },
      { slot: slot(12), cap: table('PageTable', PT), ...original },
      {
        slot: slot(CPTR_OLD),
        cap: { ...frame, ref: OLD, mapped: { asid: 1, vaddr: BigInt(PAGE) } },
        ...original,
      },
      { slot: slot(CPTR_NEW), cap: { ...frame, ref: NEW, mapped: null }, ...original },
    ],
  };
}

let kernel: Kernel;
let m: Machine;
beforeAll(async () => {
  kernel = await loadKernel();
});
beforeEach(() => {
  m = new Machine(kernel, withPage(kernel));
});

const reached = (access: number): number => kernel.translate(PAGE, 0, access);
const map = (cptr: number, rights: number): readonly number[] =>
  m.call(cptr, kernel.config.LABEL_PAGE_MAP, [PAGE, rights, 0], [CPTR_PML4]);

it('a page that is unmapped is not reached any more, though it was used', () => {
  expect(reached(STORE)).toBe(OLD);
  expect(m.call(CPTR_OLD, kernel.config.LABEL_PAGE_UNMAP, [])).toEqual([0]);
  expect(reached(LOAD)).toBe(-1);
});

it('a page that nobody used is mapped over', () => {
  expect(map(CPTR_NEW, READ_WRITE)).toEqual([0]);
  expect(reached(STORE)).toBe(NEW);
});

it('a page that was used and is mapped over stays in use until the address space changes', () => {
  expect(reached(STORE)).toBe(OLD);
  expect(map(CPTR_NEW, READ_WRITE)).toEqual([0]);
  expect(reached(STORE)).toBe(OLD);
  switchAwayAndBack();
  expect(reached(STORE)).toBe(NEW);
});

it('a page that was used and is mapped again without the right to write is written all the same', () => {
  expect(reached(STORE)).toBe(OLD);
  expect(map(CPTR_OLD, READ_ONLY)).toEqual([0]);
  expect(reached(STORE)).toBe(OLD);
  switchAwayAndBack();
  expect([reached(LOAD), reached(STORE)]).toEqual([OLD, -1]);
});

/** B, which has no address space, runs for a while. */
function switchAwayAndBack(): void {
  const { LABEL_TCB_SUSPEND, LABEL_TCB_RESUME } = kernel.abi;
  expect(m.current).toBe(TCB_A);
  m.call(1, LABEL_TCB_SUSPEND, []);
  expect(m.current).toBe(TCB_B);
  expect(reached(LOAD)).toBe(-1);
  m.call(1, LABEL_TCB_RESUME, []);
  expect(m.current).toBe(TCB_A);
}
