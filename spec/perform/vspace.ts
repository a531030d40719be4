/**
 * What invocations on address spaces do.
 *
 * @source l4v spec/abstract/RISCV64/Arch_A.thy `perform_page_invocation`, `perform_page_table_invocation`, `perform_asid_control_invocation`,
 * `perform_asid_pool_invocation`; X64/Arch_A.thy
 */
import type { VSpaceInvocation } from '../decode/invocation.ts';
import { frameCap, withFreeIndex } from '../state/caps.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { getPageTable, setCap, setObject, setPte } from '../state/kernel-state.ts';
import * as PMap from '../state/pmap.ts';
import type { Word } from '../state/refs.ts';
import {
  asidHigh,
  assignASID,
  flushed,
  madeStale,
  setASIDTableEntry,
  unmapPage,
  unmapPageTable,
} from '../state/vspace.ts';
import { capInsert } from './cap-insert.ts';
import { deleteObjects } from './untyped.ts';

export function invokeVSpace(
  s: KernelState,
  invocation: VSpaceInvocation,
): { readonly state: KernelState; readonly words: readonly Word[] } {
  if (invocation._tag === 'PageGetAddress') return { state: s, words: [BigInt(invocation.address)] };
  return { state: changed(s, invocation), words: [] };
}

function changed(s: KernelState, invocation: Exclude<VSpaceInvocation, { _tag: 'PageGetAddress' }>): KernelState {
  switch (invocation._tag) {
    case 'MapTable': {
      const { slot, cap, table, index, attributes } = invocation;
      const t = setPte(setCap(s, slot, cap), table, index, { _tag: 'PageTablePTE', ref: cap.ref, attributes });
      return s.config.arch.name === 'x86_64' ? t : flushed(t);
    }
    case 'UnmapTable': {
      const { slot, cap } = invocation;
      const t = setCap(s, slot, { ...cap, mapped: null });
      return cap.mapped === null ? t : emptied(unmapPageTable(t, cap.ref, cap.mapped), cap.ref);
    }
    case 'MapPage': {
      const { slot, cap, table, index, pte } = invocation;
      const t = setPte(setCap(s, slot, cap), table, index, pte ?? undefined);
      return s.config.arch.name === 'x86_64' ? withReplaced(t, s, invocation) : flushed(t);
    }
    case 'UnmapPage': {
      const { slot, cap } = invocation;
      const t = cap.mapped === null ? s : unmapPage(s, cap, cap.mapped);
      return setCap(t, slot, frameCap(cap, cap.rights, null));
    }
    case 'MakePool': {
      const { untyped, cap, target, base } = invocation;
      let t = deleteObjects(s, cap.ref, 2 ** cap.sizeBits);
      t = setCap(t, untyped, withFreeIndex(cap, 2 ** cap.sizeBits));
      t = setObject(t, cap.ref, { _tag: 'ASIDPool', entries: PMap.emptyMap() });
      t = capInsert(t, { _tag: 'ASIDPoolCap', ref: cap.ref, base }, untyped, target);
      return setASIDTableEntry(t, asidHigh(t.config, base), cap.ref);
    }
    case 'AssignASID': {
      const { slot, cap, asid } = invocation;
      return assignASID(setCap(s, slot, { ...cap, mapped: { asid, vaddr: 0n } }), asid, cap.ref);
    }
  }
}

/** x86_64 is not told that a page was mapped over: the processor may go on with the old one. */
function withReplaced(
  s: KernelState,
  before: KernelState,
  { cap, table, index }: VSpaceInvocation & { readonly _tag: 'MapPage' },
): KernelState {
  const replaced = PMap.get(getPageTable(before, table).entries, index);
  if (replaced?._tag !== 'PagePTE' || cap.mapped === null) return s;
  const { asid, vaddr } = cap.mapped;
  return madeStale(s, [{ asid, vaddr, page: replaced }]);
}

/**
 * A table that is taken out of its address space is cleared; what was mapped through it still says that it is. So is a root whose pool of
 * identifiers is gone, the kernel's half included.
 */
function emptied(s: KernelState, ref: number): KernelState {
  const { level } = getPageTable(s, ref);
  return setObject(s, ref, { _tag: 'PageTable', level, entries: PMap.emptyMap(), kernelMappings: false });
}
