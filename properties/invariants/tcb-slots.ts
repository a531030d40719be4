/** What may lie in a thread's own slots, in either kernel. @source l4v branches master and rt: Structures_A.thy, Invariants_AI.thy `tcb_cap_cases` */
import { lowBits } from '../../spec/abi/words.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { getCap, slotAt } from '../../spec/state/kernel-state.ts';
import type { Cap } from '../../spec/state/caps.ts';
import { ALLOW_GRANT, ALLOW_GRANT_REPLY, ALLOW_WRITE } from '../../spec/state/caps.ts';
import type { Tcb } from '../../spec/state/objects.ts';
import type { ObjRef } from '../../spec/state/refs.ts';

/** The slots behind the roots of the spaces: master reply, caller and buffer; in the MCS kernel buffer and two handlers. */
const [SECOND, THIRD, FOURTH] = [2, 3, 4];

export function classicSlotFaults(s: KernelState, ref: ObjRef, tcb: Tcb): readonly string[] {
  const faults: string[] = [];
  const reply = getCap(s, slotAt(ref, SECOND));
  const halted = tcb.state._tag === 'Inactive' || tcb.state._tag === 'IdleThreadState';
  if (reply._tag === 'NullCap') {
    if (!halted) faults.push(`is ${tcb.state._tag} without a master reply capability`);
  } else if (reply._tag !== 'ReplyCap' || !reply.master || reply.ref !== ref || !reply.canGrant) {
    faults.push(`its reply slot holds a ${reply._tag} other than its own master reply capability`);
  }
  const caller = getCap(s, slotAt(ref, THIRD));
  if (caller._tag !== 'NullCap') {
    if (caller._tag !== 'ReplyCap' || caller.master)
      faults.push(`its caller slot holds a ${caller._tag}, not a one-shot reply`);
    if (tcb.state._tag === 'BlockedOnReceive') faults.push('receives although its caller slot is not empty');
  }
  return [...faults, ...bufferFaults(s, getCap(s, slotAt(ref, FOURTH)), tcb)];
}

export function mcsSlotFaults(s: KernelState, ref: ObjRef, tcb: Tcb): readonly string[] {
  const handlers = [
    ['fault', THIRD],
    ['timeout', FOURTH],
  ] as const;
  return [
    ...bufferFaults(s, getCap(s, slotAt(ref, SECOND)), tcb),
    ...handlers.flatMap(([what, index]) => {
      const cap = getCap(s, slotAt(ref, index));
      return isHandler(cap) ? [] : [`its ${what} handler is a ${cap._tag} that faults cannot be sent through`];
    }),
  ];
}

function bufferFaults(s: KernelState, buffer: Cap, { ipcBuffer }: Tcb): readonly string[] {
  if (buffer._tag === 'NullCap') return [];
  if (buffer._tag !== 'FrameCap' || buffer.device)
    return [`its buffer slot holds a ${buffer._tag} that is not ordinary memory`];
  return lowBits(ipcBuffer, s.config.ipcBufferBits) === 0n
    ? []
    : [`its IPC buffer 0x${ipcBuffer.toString(16)} is not aligned`];
}

/** None, or an endpoint through which a fault can be sent and answered. */
function isHandler(cap: Cap): boolean {
  if (cap._tag === 'NullCap') return true;
  if (cap._tag !== 'EndpointCap' || (cap.rights & ALLOW_WRITE) === 0) return false;
  return (cap.rights & (ALLOW_GRANT | ALLOW_GRANT_REPLY)) !== 0;
}
