/** Address spaces: what identifiers lead to, and that nothing is mapped without a capability. */
import { powerOf2 } from '../../spec/abi/words.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { object } from '../../spec/state/kernel-state.ts';
import type { Pte } from '../../spec/state/objects.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { ObjRef, Word } from '../../spec/state/refs.ts';
import { asidsPerPool, findVSpaceForASID } from '../../spec/state/vspace.ts';
import type { StateInvariant } from '../property.ts';
import { INVARIANTS_AI, atObject, atSlot, countCaps, countObjects, hex, l4v, perKind, whole } from './check.ts';
import { surveyOf } from './survey.ts';

const ARCH_INVARIANTS = 'proof/invariant-abstract/RISCV64/ArchInvariants_AI.thy';

/** An entry that addresses of some identifier are translated by. */
interface Reached {
  readonly asid: number;
  readonly vaddr: Word;
  readonly bits: number;
  /** How many tables lead to this one. */
  readonly depth: number;
  readonly table: ObjRef;
  readonly pte: Pte;
}

/** Roots with their identifiers, as far as the table and the pools are what they should be. */
function roots(s: KernelState): readonly { readonly asid: number; readonly root: ObjRef }[] {
  return s.globals.asidTable.flatMap((pool, high) => {
    const value = pool === null ? undefined : object(s, pool);
    if (value?._tag !== 'ASIDPool') return [];
    const found: { asid: number; root: ObjRef }[] = [];
    PMap.forEach(value.entries, (root, low) => {
      found.push({ asid: high * asidsPerPool(s.config) + low, root });
    });
    return found;
  });
}

function isUsed(entries: PMap.PMap<Pte>): boolean {
  let used = false;
  PMap.forEach(entries, () => {
    used = true;
  });
  return used;
}

let lastState: KernelState | null = null;
let lastReached: readonly Reached[] = [];

/** Everything that any identifier leads to. Tables deeper than there are levels are not followed. */
function reachedFrom(s: KernelState): readonly Reached[] {
  if (lastState === s) return lastReached;
  const { frameBits, pageTableBits, arch } = s.config;
  const found: Reached[] = [];
  const visit = (asid: number, table: ObjRef, base: Word, depth: number): void => {
    const value = object(s, table);
    const bits = frameBits.Small + (pageTableBits - 3) * (arch.pagingLevels.length - 1 - depth);
    if (value?._tag !== 'PageTable' || bits < frameBits.Small) return;
    PMap.forEach(value.entries, (pte, index) => {
      const vaddr = base + (BigInt(index) << BigInt(bits));
      found.push({ asid, vaddr, bits, depth, table, pte });
      if (pte._tag === 'PageTablePTE') visit(asid, pte.ref, vaddr, depth + 1);
    });
  };
  for (const { asid, root } of roots(s)) visit(asid, root, 0n, 0);
  lastState = s;
  lastReached = found;
  return found;
}

export const validAsidTable: StateInvariant = {
  name: 'valid_asid_table',
  kind: 'state',
  statement: 'The entries of the ASID table are ASID pools, each there once.',
  l4v: l4v(ARCH_INVARIANTS, 'valid_asid_table'),
  evidence: ['spec-pool-registered-twice'],
  ...whole((s, out) => {
    const seen = new Set<ObjRef>();
    s.globals.asidTable.forEach((pool, high) => {
      if (pool === null) return;
      if (object(s, pool)?._tag !== 'ASIDPool')
        out.push({ where: atObject(pool), because: `is in the ASID table at ${high} and is no ASID pool` });
      if (seen.has(pool)) out.push({ where: atObject(pool), because: 'is in the ASID table twice' });
      seen.add(pool);
    });
  }),
  exercised: (s) => s.globals.asidTable.filter((pool) => pool !== null).length,
};

export const validAsidPoolCaps: StateInvariant = {
  name: 'valid_asid_pool_caps',
  kind: 'state',
  statement: 'There is a capability to every pool in the ASID table, with the first identifier of its place.',
  l4v: l4v(ARCH_INVARIANTS, 'valid_asid_pool_caps'),
  evidence: ['spec-deleted-pool-stays'],
  ...whole((s, out) => {
    s.globals.asidTable.forEach((pool, high) => {
      if (pool === null) return;
      const base = high * asidsPerPool(s.config);
      const kept = surveyOf(s).keepers.get(pool) ?? [];
      if (!kept.some(({ cap }) => cap._tag === 'ASIDPoolCap' && cap.base === base))
        out.push({ where: atObject(pool), because: `no capability to it has ${base} as its first identifier` });
    });
  }),
  exercised: (s) => countCaps(s, (cap) => cap._tag === 'ASIDPoolCap'),
};

export const validVspaceObjs: StateInvariant = {
  name: 'valid_vspace_objs',
  kind: 'state',
  statement:
    'An entry of a paging structure leads to a page of the size of its level, or to a structure of the level below.',
  l4v: l4v(ARCH_INVARIANTS, 'valid_vspace_objs', 'of the structures that identifiers lead to, as there'),
  evidence: ['spec-page-off-its-frame'],
  ...whole((s, out) => {
    const { arch, frameBits } = s.config;
    for (const { bits, depth, table, vaddr, pte } of reachedFrom(s)) {
      const bad = (because: string): void => {
        out.push({ where: atObject(table), because: `its entry for ${hex(Number(vaddr))} ${because}` });
      };
      const value = object(s, pte.ref);
      if (pte._tag === 'PagePTE') {
        if (frameBits[pte.size] !== bits) bad(`is a page of size ${pte.size}`);
        else if (value?._tag !== 'DataPage' || value.size !== pte.size)
          bad(`leads to ${hex(pte.ref)}, no page like it`);
      } else if (value?._tag !== 'PageTable' || value.level !== arch.pagingLevels[depth + 1]) {
        bad(`leads to ${hex(pte.ref)}, no structure of the level below`);
      }
    }
  }),
  exercised: (s) => reachedFrom(s).length,
};

export const validVsLookup: StateInvariant = {
  name: 'valid_vs_lookup',
  kind: 'state',
  statement:
    'Whatever an identifier leads to, some capability says is mapped there: nothing is mapped without a capability.',
  l4v: l4v(ARCH_INVARIANTS, 'valid_vs_lookup'),
  evidence: ['spec-deleted-frame-stays-mapped', 'spec-deleted-table-stays-linked'],
  ...whole((s, out) => {
    const { keepers } = surveyOf(s);
    const isSaid = (ref: ObjRef, asid: number, vaddr: Word): boolean =>
      (keepers.get(ref) ?? []).some(
        ({ cap }) =>
          (cap._tag === 'FrameCap' || cap._tag === 'PagingCap') &&
          cap.mapped?.asid === asid &&
          cap.mapped.vaddr === vaddr,
      );
    for (const { asid, root } of roots(s)) {
      if (asid === 0) out.push({ where: atObject(root), because: 'is the root of address space 0' });
      if (!isSaid(root, asid, 0n))
        out.push({ where: atObject(root), because: `is the root of ${asid} by no capability` });
    }
    for (const { asid, vaddr, pte } of reachedFrom(s)) {
      if (!isSaid(pte.ref, asid, vaddr))
        out.push({ where: atObject(pte.ref), because: `is at ${hex(Number(vaddr))} in ${asid} by no capability` });
    }
  }),
  exercised: (s) => reachedFrom(s).filter(({ pte }) => pte._tag === 'PagePTE').length,
};

export const validTableCaps: StateInvariant = {
  name: 'valid_table_caps',
  kind: 'state',
  statement: 'A paging structure whose capability says that it is not mapped is empty.',
  l4v: l4v(ARCH_INVARIANTS, 'valid_table_caps'),
  evidence: ['spec-unmapped-table-not-cleared'],
  ...whole((s, out) => {
    for (const { slot, cap } of surveyOf(s).held) {
      if (cap._tag !== 'PagingCap' || cap.mapped !== null) continue;
      const table = object(s, cap.ref);
      if (table?._tag === 'PageTable' && isUsed(table.entries))
        out.push({ where: atSlot(slot), because: `${hex(cap.ref)} is not mapped and has entries` });
    }
  }),
  exercised: (s) => countCaps(s, (cap) => cap._tag === 'PagingCap' && cap.mapped === null),
};

export const uniqueTableRefs: StateInvariant = {
  name: 'unique_table_refs',
  kind: 'state',
  statement:
    'Capabilities to one paging structure, or to one ASID pool, say the same of where it is; one that is not mapped has a single capability.',
  l4v: l4v(ARCH_INVARIANTS, 'unique_table_refs', 'with unique_table_caps'),
  evidence: ['spec-unmapped-table-copied'],
  ...whole((s, out) => {
    const first = new Map<ObjRef, { readonly said: string; readonly isMapped: boolean }>();
    for (const { slot, cap } of surveyOf(s).held) {
      if (cap._tag !== 'PagingCap' && cap._tag !== 'ASIDPoolCap') continue;
      const isMapped = cap._tag === 'ASIDPoolCap' || cap.mapped !== null;
      const said = cap._tag === 'ASIDPoolCap' ? `base ${cap.base}` : saidOf(cap.mapped);
      const other = first.get(cap.ref);
      if (other === undefined) first.set(cap.ref, { said, isMapped });
      else if (other.said !== said)
        out.push({ where: atSlot(slot), because: `says ${said} of ${hex(cap.ref)}, and another ${other.said}` });
      else if (!isMapped) out.push({ where: atSlot(slot), because: `a second one to ${hex(cap.ref)}, not mapped` });
    }
  }),
  exercised: (s) => countCaps(s, (cap) => cap._tag === 'PagingCap' || cap._tag === 'ASIDPoolCap'),
};

function saidOf(mapped: { readonly asid: number; readonly vaddr: Word } | null): string {
  return mapped === null ? 'nothing' : `${hex(Number(mapped.vaddr))} in ${mapped.asid}`;
}

export const equalKernelMappings: StateInvariant = {
  name: 'equal_kernel_mappings',
  kind: 'state',
  statement: "The kernel's half is in the root of every address space, and users' entries are in the other half.",
  l4v: l4v(INVARIANTS_AI, 'equal_kernel_mappings', 'with has_kernel_mappings; the words themselves are compared'),
  evidence: ['spec-root-without-kernel'],
  ...whole((s, out) => {
    for (const { asid, root } of roots(s)) {
      const table = object(s, root);
      if (table?._tag === 'PageTable' && !table.kernelMappings)
        out.push({ where: atObject(root), because: `the root of ${asid} has not the kernel's half` });
    }
    const half = powerOf2(s.config.pageTableBits - 4);
    for (const { depth, table, vaddr, bits } of reachedFrom(s)) {
      if (depth === 0 && vaddr >> BigInt(bits) >= BigInt(half))
        out.push({ where: atObject(table), because: `has an entry of users' in the kernel's half` });
    }
  }),
  exercised: (s) => roots(s).length,
};

export const validPageTables: StateInvariant = {
  name: 'valid_arch_obj',
  kind: 'state',
  statement: 'The entries of paging structures and ASID pools are within them, and aligned to what they lead to.',
  l4v: l4v(ARCH_INVARIANTS, 'valid_arch_obj'),
  evidence: ['spec-page-off-its-frame'],
  ...perKind(['PageTable', 'ASIDPool'], (s, ref, value, out) => {
    const { frameBits, pageTableBits } = s.config;
    if (value._tag === 'PageTable') {
      PMap.forEach(value.entries, (pte, index) => {
        const bits = pte._tag === 'PagePTE' ? frameBits[pte.size] : pageTableBits;
        if (index >= powerOf2(pageTableBits - 3)) out.push({ where: atObject(ref), because: `has an entry ${index}` });
        if (pte.ref % powerOf2(bits) !== 0)
          out.push({
            where: atObject(ref),
            because: `its entry ${index} leads to ${hex(pte.ref)}, which is not aligned`,
          });
      });
    } else {
      PMap.forEach(value.entries, (_, low) => {
        if (low >= asidsPerPool(s.config)) out.push({ where: atObject(ref), because: `has an entry ${low}` });
      });
    }
  }),
  exercised: (s) => countObjects(s, (value) => value._tag === 'PageTable' && isUsed(value.entries)),
};

export const curVspace: StateInvariant = {
  name: 'cur_vspace',
  kind: 'state',
  statement: "The processor uses the kernel's own root, or one that its identifier leads to.",
  l4v: null,
  evidence: ['spec-root-outlives-its-identifier'],
  ...whole((s, out) => {
    const { root, asid } = s.globals.machine.vspace;
    if (root === null ? asid !== 0 : findVSpaceForASID(s, asid) !== root)
      out.push({
        where: 'globals',
        because: `the root in use is ${root === null ? 'the kernel' : hex(root)}, as ${asid}`,
      });
  }),
  exercised: (s) => (s.globals.machine.vspace.root === null ? 0 : 1),
};
