/**
 * Points of difference between the two kernels in decoding.
 *
 * @source seL4 src/object/tcb.c `decodeTCBConfigure`, `decodeSetSchedParams` with and without CONFIG_KERNEL_MCS
 */
import type { Variant } from '../abi/variant.ts';
import { notModelled, right } from '../prelude.ts';
import type { KernelState } from '../state/kernel-state.ts';
import type { ObjRef, Word } from '../state/refs.ts';
import type { Request, TcbInvocation } from './invocation.ts';
import type { Decoded } from './refusals.ts';
import { decodeSchedParamsTime } from './sched-context.ts';

type ThreadControl = TcbInvocation & { readonly _tag: 'ThreadControl' };

interface DecodePoints {
  /** TCB_Configure: the pointer to the fault handler, if one leads the words, and the words that follow. */
  readonly splitHandler: (args: readonly Word[]) => {
    readonly handler: Pick<ThreadControl, 'faultHandler'>;
    readonly words: readonly Word[];
  };
  /** TCB_SetSpace has its words and capabilities where the classic kernel has them, or is not modelled. */
  readonly checkSetSpace: () => void;
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
    checkSetSpace: () => undefined,
    schedParamsCaps: 1,
    decodeTime: () => NO_TIME,
  },
  mcs: {
    splitHandler: (args) => ({ handler: {}, words: args }),
    checkSetSpace: () => notModelled('TCB_SetSpace'),
    schedParamsCaps: 3,
    decodeTime: decodeSchedParamsTime,
  },
};

export function decodePoints(config: { readonly variant: Variant }): DecodePoints {
  return DECODE[config.variant];
}
