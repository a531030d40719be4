/** Holds recordings of the real kernel against either side. */
import type { BootDescription } from '../../spec/state/boot.ts';
import type { ImplKernel } from '../step/impl-kernel.ts';
import { placesOf } from '../step/kernels.ts';
import { traceBoot } from './boot.ts';
import { implUnderTest } from './impl-under-test.ts';
import type { KernelUnderTest, Side } from './kernel-under-test.ts';
import type { Platform } from './platform.ts';
import { platformOf } from './platform.ts';
import type { Replayed } from './replay.ts';
import { replay } from './replay.ts';
import type { OnEntry } from './spec-under-test.ts';
import { specUnderTest } from './spec-under-test.ts';
import { searchTiming } from './tick.ts';
import type { InferredTimes } from './time-search.ts';
import type { TraceScript } from './trace.ts';

/** One script on one side. */
export interface ScriptResult extends Replayed {
  readonly script: string;
  readonly side: Side;
  /** Phases of the timer tick: replays needed to find one that agrees, and the part of all phases they decided about, 0 to 1. */
  /** Times of kernel entries that are not as usual. */
  readonly inferred: InferredTimes;
  readonly phasesTried: number;
  readonly phasesCovered: number;
}

/** The implementation of a platform. It also says where the specification's kernel objects go, so that both boot alike. */
export type LoadImpl = (platform: Platform) => Promise<ImplKernel>;

/** @param onEntry sees the specification's kernel entries, those of every phase of the tick that is tried */
export async function conformScript(
  script: TraceScript,
  side: Side,
  loadImpl: LoadImpl,
  onEntry?: OnEntry,
): Promise<ScriptResult> {
  const platform = platformOf(script);
  const impl = await loadImpl(platform);
  const places = placesOf(impl);
  const boot: BootDescription = traceBoot(platform, places, script);
  const fresh = (): KernelUnderTest =>
    side === 'spec' ? specUnderTest(platform.config, boot, onEntry) : implUnderTest(impl, boot);
  const { replayed, tried, covered, inferred } = searchTiming(platform, (timing) =>
    replay(script, fresh(), platform, timing),
  );
  return { script: script.script, side, ...replayed, inferred, phasesTried: tried, phasesCovered: covered };
}
