/**
 * The TCB invocations that install capabilities in the thread: Configure, SetSpace, SetIPCBuffer.
 *
 * @source l4v spec/abstract/Decode_A.thy `decode_tcb_configure`, `decode_set_space`, `decode_set_ipc_buffer`; seL4 src/object/tcb.c
 */
import type { KernelConfig } from '../abi/config.ts';
import type { ErrorOf } from '../abi/error-codes.ts';
import { ILLEGAL, TRUNCATED } from '../abi/error-codes.ts';
import { lowBits } from '../abi/words.ts';
import { deriveCap } from '../lookup/derive.ts';
import type { Either } from '../prelude.ts';
import { E, left, right } from '../prelude.ts';
import { isFinalCap, updateCapData } from '../state/cap-rules.ts';
import type { Cap } from '../state/caps.ts';
import type { KernelState } from '../state/kernel-state.ts';
import { TCB_CTABLE, TCB_VTABLE, getCap, slotAt } from '../state/kernel-state.ts';
import type { ObjRef, SlotRef, Word } from '../state/refs.ts';
import type { Installed, Request, TcbInvocation } from './invocation.ts';
import type { Decoded } from './refusals.ts';
import { decodePoints } from './variant.ts';

type Argument = Request['extraCaps'][number];

/** The buffer is checked before the spaces. */
export function decodeConfigure(
  s: KernelState,
  target: ObjRef,
  { args, extraCaps, slot }: Request,
): Decoded<'TCBConfigure', TcbInvocation> {
  const { handler, words } = decodePoints(s.config).splitHandler(args);
  const [cspaceData, vspaceData, address] = words;
  if (cspaceData === undefined || vspaceData === undefined || address === undefined) return left(TRUNCATED);
  const [cspace, vspace, frame] = extraCaps;
  if (cspace === undefined || vspace === undefined || frame === undefined) return left(TRUNCATED);
  const buffer = decodeBuffer(s, address, frame);
  if (E.isLeft(buffer)) return buffer;
  const roots = decodeRoots(s, target, cspace, cspaceData, vspace, vspaceData);
  if (E.isLeft(roots)) return roots;
  return right({ _tag: 'ThreadControl', target, slot, ...handler, ...roots.right, buffer: buffer.right });
}

/** In the classic kernel the fault handler is stored as the pointer it is, and looked up when a fault happens. */
export function decodeSetSpace(
  s: KernelState,
  target: ObjRef,
  { args, extraCaps, slot }: Request,
): Decoded<'TCBSetSpace', TcbInvocation> {
  const points = decodePoints(s.config);
  const { handler, words } = points.splitHandler(args);
  const [cspaceData, vspaceData] = words;
  const [total, before] = points.setSpaceCaps;
  const [cspace, vspace] = extraCaps.slice(before);
  if (cspaceData === undefined || vspaceData === undefined || extraCaps.length < total) return left(TRUNCATED);
  if (cspace === undefined || vspace === undefined) return left(TRUNCATED);
  const roots = decodeRoots(s, target, cspace, cspaceData, vspace, vspaceData);
  if (E.isLeft(roots)) return roots;
  const handlerCap = points.decodeHandler(extraCaps);
  if (E.isLeft(handlerCap)) return handlerCap;
  return right({ _tag: 'ThreadControl', target, slot, ...handler, ...handlerCap.right, ...roots.right });
}

export function decodeSetIpcBuffer(
  s: KernelState,
  target: ObjRef,
  { args, extraCaps, slot }: Request,
): Decoded<'TCBSetIPCBuffer', TcbInvocation> {
  const address = args[0];
  const frame = extraCaps[0];
  if (address === undefined || frame === undefined) return left(TRUNCATED);
  const buffer = decodeBuffer(s, address, frame);
  return E.isLeft(buffer) ? buffer : right({ _tag: 'ThreadControl', target, slot, buffer: buffer.right });
}

/** Address 0 takes the buffer away, whatever the capability is. */
function decodeBuffer(
  s: KernelState,
  address: Word,
  frame: Argument,
): Decoded<'TCBSetIPCBuffer', { readonly address: Word; readonly frame: Installed | null }> {
  if (address === 0n) return right({ address, frame: null });
  const derived = deriveCap(s, frame.slot, frame.cap);
  if (E.isLeft(derived)) return derived;
  const cap = derived.right;
  if (cap._tag !== 'FrameCap' || cap.device) return left(ILLEGAL);
  if (lowBits(address, s.config.ipcBufferBits) !== 0n) return left({ _tag: 'AlignmentError' });
  return right({ address, frame: { cap, source: frame.slot } });
}

type RootRefusal = ErrorOf<'IllegalOperation' | 'RevokeFirst'>;

function decodeRoots(
  s: KernelState,
  target: ObjRef,
  cspace: Argument,
  cspaceData: Word,
  vspace: Argument,
  vspaceData: Word,
): Either<RootRefusal, { readonly cspaceRoot: Installed; readonly vspaceRoot: Installed }> {
  const isBusy =
    isLongRunningDelete(s, slotAt(target, TCB_CTABLE)) || isLongRunningDelete(s, slotAt(target, TCB_VTABLE));
  if (isBusy) return left(ILLEGAL);
  const cspaceCap = decodeRoot(s, cspace, cspaceData);
  if (E.isLeft(cspaceCap)) return cspaceCap;
  if (cspaceCap.right._tag !== 'CNodeCap') return left(ILLEGAL);
  const vspaceCap = decodeRoot(s, vspace, vspaceData);
  if (E.isLeft(vspaceCap)) return vspaceCap;
  if (!isValidVTableRoot(s.config, vspaceCap.right)) return left(ILLEGAL);
  return right({
    cspaceRoot: { cap: cspaceCap.right, source: cspace.slot },
    vspaceRoot: { cap: vspaceCap.right, source: vspace.slot },
  });
}

/** Data 0 means no change, not a guard of 0 bits. */
function decodeRoot(s: KernelState, root: Argument, data: Word): Either<RootRefusal, Cap> {
  return deriveCap(s, root.slot, data === 0n ? root.cap : updateCapData(s.config, false, data, root.cap));
}

/** Deleting it would start a deletion of unbounded length. */
function isLongRunningDelete(s: KernelState, slot: SlotRef): boolean {
  const cap = getCap(s, slot);
  const isLong = cap._tag === 'CNodeCap' || cap._tag === 'ThreadCap' || cap._tag === 'Zombie';
  return isLong && isFinalCap(s, slot, cap);
}

function isValidVTableRoot({ arch }: KernelConfig, cap: Cap): boolean {
  return cap._tag === 'PagingCap' && cap.level === arch.vspaceRoot && cap.mapped !== null;
}
