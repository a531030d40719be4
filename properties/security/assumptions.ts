/**
 * What the confidentiality theorem takes for granted of a system, looked at in the state that it boots into.
 *
 * @source l4v proof/infoflow/ADT_IF.thy `valid_initial_state`; FinalCaps.thy `silc_inv`; proof/access-control/DomainSepInv.thy `domain_sep_inv`
 */
import { hex } from '../invariants/check.ts';
import { capRange } from '../../spec/state/cap-rules.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { Labelling } from './authority.ts';
import { CONTROL, authorityOf } from './authority.ts';
import { labelOfSlot } from './edges.ts';

/**
 * Capabilities that cross labels and of which no copy is kept: whoever deletes the last one does more than the others. That somebody controls what is
 * not its own is for the policy to say.
 */
export function withoutKeptCopy(s: KernelState, l: Labelling): readonly string[] {
  const kept: { readonly start: number; readonly size: number }[] = [];
  PMap.forEach(s.caps, (cap, key) => {
    const range = capRange(s.config, cap);
    if (range !== null && l.silc !== null && labelOfSlot(s, l, key * 32) === l.silc) kept.push(range);
  });
  const found: string[] = [];
  PMap.forEach(s.caps, (cap, key) => {
    const range = capRange(s.config, cap);
    const holder = labelOfSlot(s, l, key * 32);
    if (range === null || holder === l.silc || l.labelOf(range.start) === holder || authorityOf(cap) === CONTROL)
      return;
    const isKept = kept.some(({ start, size }) => start < range.start + range.size && range.start < start + size);
    if (!isKept) found.push(`slot ${hex(key * 32)}: no copy of its ${cap._tag} is kept`);
  });
  return found;
}

/** What lets somebody change domains, or makes interrupts other than the timer's. */
export function withoutSeparateDomains(s: KernelState): readonly string[] {
  const found: string[] = [];
  PMap.forEach(s.caps, (cap, key) => {
    if (cap._tag === 'DomainCap' || cap._tag === 'IRQControlCap' || cap._tag === 'IRQHandlerCap')
      found.push(`slot ${hex(key * 32)}: there is a ${cap._tag}`);
  });
  s.globals.irqStates.forEach((state, irq) => {
    if (state === 'Signal') found.push(`interrupt ${irq}: it makes a signal`);
  });
  return found;
}
