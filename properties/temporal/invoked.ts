/** MCS: what a system call asks for that has to do with time, read from the state in which the kernel is entered. */
import { labelName } from '../../spec/abi/variant.ts';
import { lookupCap } from '../../spec/lookup/cspace.ts';
import { lookupIpcBuffer } from '../../spec/lookup/ipc-buffer.ts';
import { getMessageInfo } from '../../spec/perform/message.ts';
import { lookupExtraCaps } from '../../spec/perform/transfer.ts';
import { E } from '../../spec/prelude.ts';
import type { Cap } from '../../spec/state/caps.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import { getRegister } from '../../spec/state/user-context.ts';
import type { TimeStep } from './check.ts';

export interface Invoked {
  readonly cap: Cap;
  readonly label: string | null;
  /** The first capability that goes along with an invocation of SchedControl. */
  readonly configured: Cap | null;
}

/** Register with the pointer to what is invoked, by system call. */
function pointerOf({ config: { registers } }: KernelState, syscall: string): number | null {
  switch (syscall) {
    case 'Call':
    case 'Send':
    case 'NBSend':
      return registers.cap;
    case 'ReplyRecv':
    case 'NBSendWait':
      return registers.reply;
    case 'NBSendRecv':
      return registers.sendDest;
    default:
      return null;
  }
}

let last: { readonly entered: KernelState; readonly invoked: Invoked | null } | null = null;

/** Null where nothing is invoked. Whether it succeeded is not asked. */
export function invokedBy({ entered, event }: Pick<TimeStep, 'entered' | 'event'>): Invoked | null {
  if (event._tag !== 'SyscallEvent') return null;
  if (last?.entered !== entered) last = { entered, invoked: find(entered, event.syscall) };
  return last.invoked;
}

function find(s: KernelState, syscall: string): Invoked | null {
  const pointer = pointerOf(s, syscall);
  if (pointer === null) return null;
  const thread = s.globals.currentThread;
  const found = lookupCap(s, thread, getRegister(s, thread, pointer));
  if (E.isLeft(found)) return null;
  const { cap } = found.right;
  const { label, extraCaps } = getMessageInfo(s, thread);
  const configured = cap._tag === 'SchedControlCap' ? firstExtraCap(s, thread, extraCaps) : null;
  return { cap, label: labelName(s.config, label) ?? null, configured };
}

function firstExtraCap(s: KernelState, thread: ObjRef, count: number): Cap | null {
  const extra = lookupExtraCaps(s, thread, lookupIpcBuffer(s, false, thread), count);
  return E.isLeft(extra) ? null : (extra.right[0]?.cap ?? null);
}

/** The scheduling context that the event would give other parameters. */
export function configuredIn(step: Pick<TimeStep, 'entered' | 'event'>): ObjRef | null {
  const target = invokedBy(step)?.configured;
  return target?._tag === 'SchedContextCap' ? target.ref : null;
}
