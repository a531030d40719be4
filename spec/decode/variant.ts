/**
 * Points of difference between the two kernels in decoding.
 *
 * @source seL4 src/object/tcb.c `decodeTCBConfigure`, `decodeSetSchedParams` with and without CONFIG_KERNEL_MCS
 */
import type { Variant } from '../abi/variant.ts';
import { left, right } from '../prelude.ts';
import type { KernelState } from '../state/kernel-state.ts';
import type { ObjRef, Word } from '../state/refs.ts';
import type { Request, TcbInvocation } from './invocation.ts';
import type { Decoded } from './refusals.ts';
import { decodeSchedParamsTime, handlerOf } from './sched-context.ts';

type ThreadControl = TcbInvocation & { readonly _tag: 'ThreadControl' };

interface DecodePoints {
  /** TCB_Configure: the pointer to the fault handler, if one leads the words, and the words that follow. */
  readonly splitHandler: (args: readonly Word[]) => {
    readonly handler: Pick<ThreadControl, 'faultHandler'>;
    readonly words: readonly Word[];
  };
  /** TCB_SetSpace: how many extra capabilities, and which of them come before the roots. */
  readonly setSpaceCaps: readonly [total: number, before: number];
  /** TCB_SetSpace: the handler of faults, looked at after the roots. */
  readonly decodeHandler: (
    extraCaps: Request['extraCaps'],
  ) => Decoded<'TCBSetSpace', Pick<ThreadControl, 'faultHandlerCap'>>;
  /** Extra capabilities that TCB_SetSchedParams needs. */
  readonly schedParamsCaps: number;
  /** TCB_SetSchedParams: scheduling context and fault handler. */
  readonly decodeTime: (
    s: KernelState,
    target: ObjRef,
    extraCaps: Request['extraCaps'],
  ) => Decoded<'TCBSetSchedParams', Pick<ThreadControl, 'faultHandlerCap' | 'schedContext'>>;
}

const NO_TIME = right({});

const DECODE: Readonly<Record<Variant, DecodePoints>> = {
  classic: {
    splitHandler: ([faultHandler, ...words]) =>
      faultHandler === undefined ? { handler: {}, words: [] } : { handler: { faultHandler }, words },
    setSpaceCaps: [2, 0],
    decodeHandler: () => NO_TIME,
    schedParamsCaps: 1,
    decodeTime: () => NO_TIME,
  },
  mcs: {
    splitHandler: (args) => ({ handler: {}, words: args }),
    setSpaceCaps: [3, 1],
    decodeHandler: ([handler]) => {
      const faultHandlerCap = handler && handlerOf(handler);
      return faultHandlerCap === undefined
        ? left({ _tag: 'InvalidCapability', capability: 1 })
        : right({ faultHandlerCap });
    },
    schedParamsCaps: 3,
    decodeTime: decodeSchedParamsTime,
  },
};

export function decodePoints(config: { readonly variant: Variant }): DecodePoints {
  return DECODE[config.variant];
}
