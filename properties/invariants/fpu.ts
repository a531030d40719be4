/** Whose floating-point registers are in the unit. */
import { TCB_FLAG_FPU_DISABLED } from '../../spec/abi/labels.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { object } from '../../spec/state/kernel-state.ts';
import type { Tcb } from '../../spec/state/objects.ts';
import type { StateInvariant } from '../property.ts';
import { atThread, l4v, perState } from './check.ts';

function ownerOf(s: KernelState): Tcb | null {
  const { fpuOwner } = s.globals;
  const value = fpuOwner === null ? undefined : object(s, fpuOwner);
  return value?._tag === 'Tcb' ? value : null;
}

const mayUse = (tcb: Tcb): boolean => (tcb.flags & TCB_FLAG_FPU_DISABLED) === 0;

export const validCurFpu: StateInvariant = {
  name: 'valid_cur_fpu',
  kind: 'state',
  statement: 'The owner of the floating-point unit is a thread that may use it.',
  l4v: l4v(
    'proof/invariant-abstract/X64/ArchInvariants_AI.thy',
    'valid_cur_fpu',
    'threads have no mark of their own; that an owner may use the unit is not said there',
  ),
  evidence: ['spec-disabled-owner-keeps-fpu'],
  ...perState((s, out) => {
    const { fpuOwner } = s.globals;
    if (fpuOwner === null) return;
    const owner = ownerOf(s);
    if (owner === null) out.push({ where: atThread(fpuOwner), because: 'owns the unit, but is no thread' });
    else if (!mayUse(owner)) out.push({ where: atThread(fpuOwner), because: 'owns the unit, but may not use it' });
  }),
  exercised: (s) => (s.globals.fpuOwner === null ? 0 : 1),
};

export const curFpuInCurDomain: StateInvariant = {
  name: 'cur_fpu_in_cur_domain',
  kind: 'state',
  statement:
    'The owner of the floating-point unit is of the current domain: nothing is saved to a thread of another one.',
  l4v: l4v('proof/invariant-abstract/X64/ArchFPU_AI.thy', 'cur_fpu_in_cur_domain'),
  evidence: ['spec-fpu-kept-across-domains'],
  ...perState((s, out) => {
    const { fpuOwner, currentDomain } = s.globals;
    const owner = ownerOf(s);
    if (fpuOwner !== null && owner !== null && owner.domain !== currentDomain) {
      out.push({
        where: atThread(fpuOwner),
        because: `owns the unit in domain ${currentDomain}, but is of ${owner.domain}`,
      });
    }
  }),
  exercised: (s) =>
    s.globals.fpuOwner === null || s.globals.domainSchedule.every(({ domain }) => domain === 0) ? 0 : 1,
};

export const fpuOfCurrentThread: StateInvariant = {
  name: 'fpu_of_current_thread',
  kind: 'state',
  statement:
    'A thread that runs finds the floating-point unit off if it may not use it, and otherwise on, with its own registers in it.',
  l4v: null,
  evidence: ['spec-fpu-not-switched'],
  ...perState((s, out) => {
    const { currentThread, idleThread, fpuOwner, machine } = s.globals;
    const current = object(s, currentThread);
    if (currentThread === idleThread || current?._tag !== 'Tcb') return;
    if (machine.fpu.enabled !== mayUse(current)) {
      out.push({ where: atThread(currentThread), because: `runs with the unit ${machine.fpu.enabled ? 'on' : 'off'}` });
    } else if (mayUse(current) && fpuOwner !== currentThread) {
      out.push({ where: atThread(currentThread), because: "runs with somebody else's registers in the unit" });
    }
  }),
  exercised: (s) => (s.globals.currentThread === s.globals.idleThread ? 0 : 1),
};
