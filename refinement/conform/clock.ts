/** Time of a recording: between two of its stamps ticks of the timer come, and interrupts of devices. */
import type { Course } from './course.ts';
import type { Devices } from './devices.ts';
import type { Player } from './player.ts';

export interface Clock {
  /** Time passes until then, in nanoseconds since the start of the script. */
  advance(ns: number): void;
  /** Interrupts of the timer so far. */
  readonly ticks: number;
  /**
   * Times of the first tick, after the first and up to the second, with which the same ticks fall between the same stamps; null where the kernel
   * programs its timer.
   */
  readonly firstTick: readonly [after: number, upTo: number] | null;
}

export const TICK_NS = 2_000_000;

/** A timer that ticks at equal distances. */
export function tickingClock(course: Course, devices: Devices, player: Player, firstTickNs: number): Clock {
  const { platform, enter } = course;
  let ticks = 0;
  let after = 0;
  let upTo = TICK_NS;

  const interrupt = (irq: number): void => {
    enter({ _tag: 'Interrupt', irq });
    player.settle();
  };
  const advanceTicks = (ns: number): void => {
    for (; firstTickNs + ticks * TICK_NS <= ns; ticks++) {
      after = Math.max(after, course.now - ticks * TICK_NS);
      upTo = Math.min(upTo, ns - ticks * TICK_NS);
      interrupt(platform.config.timerIrq);
    }
    if (ns > course.now) count(course);
    course.now = Math.max(course.now, ns);
    after = Math.max(after, course.now - ticks * TICK_NS);
  };
  return {
    advance: (ns) => {
      for (let next = devices.next(); next !== null && next.at <= ns; next = devices.next()) {
        advanceTicks(next.at);
        if (devices.raise()) interrupt(next.irq);
      }
      advanceTicks(ns);
    },
    get ticks() {
      return ticks;
    },
    get firstTick() {
      return [after, upTo] as const;
    },
  };
}

/** What a thread that counts has come to by now, only the program knows. */
export function count({ kernel, unknown, pendingOfCurrent }: Course): void {
  const entry = pendingOfCurrent()?.entry;
  if (entry?._tag !== 'Count') return;
  const physical = kernel.translate(entry.address, 'store');
  if (physical !== null) kernel.storeWord(physical, unknown.fresh());
}
