/**
 * The two kernels side by side: every point of difference by its name, floor by floor. Each floor has a table `variant.ts` that says what a
 * point is and what fills it in either kernel; operations ask for a point by name, and nothing else asks which kernel it is.
 *
 * There is a table for each floor, not one for all, because a point is asked for from below: what is filled with an operation of a floor can only
 * be asked for on that floor or above it.
 */
import type { Architecture } from './abi/arch.ts';
import type { Variant } from './abi/variant.ts';
import { abi } from './abi/variant.ts';
import { apiPoints } from './api/variant.ts';
import { decodePoints } from './decode/variant.ts';
import { performPoints } from './perform/variant.ts';
import { statePoints } from './state/variant.ts';
import { timePoints } from './time/variant.ts';

/** All points of one kernel, by floor and name. */
export function pointsOf(variant: Variant, arch: Architecture) {
  const config = { variant, arch };
  return {
    abi: abi(config),
    state: statePoints(config),
    decode: decodePoints(config),
    perform: performPoints({ config }),
    time: timePoints({ config }),
    api: apiPoints({ config }),
  };
}
