/** Time of a recording: between two of its stamps ticks of the timer come, and interrupts of devices. */
import type { Course } from './course.ts';
import type { Devices } from './devices.ts';
import { Beyond } from './difference.ts';
import type { Player } from './player.ts';

export interface Clock {
  /** Time passes until then, in nanoseconds since the start of the script. */
  advance(ns: number): void;
  readonly ticks: number;
  /** Times of the first tick, after the first and up to the second, with which the same ticks fall between the same stamps. */
  readonly firstTick: readonly [after: number, upTo: number];
}

export const TICK_NS = 2_000_000;

export function clockOf(course: Course, devices: Devices, player: Player, firstTickNs: number): Clock {
  const { kernel, platform, unknown, enter } = course;
  let ticks = 0;
  let after = 0;
  let upTo = TICK_NS;

  const interrupt = (irq: number): void => {
    enter({ _tag: 'Interrupt', irq });
    player.settle();
  };
  const advanceTicks = (ns: number): void => {
    if (platform.timeLimitNs !== null) {
      if (ns >= platform.timeLimitNs) throw new Beyond('a budget can have run out');
    } else {
      for (; firstTickNs + ticks * TICK_NS <= ns; ticks++) {
        after = Math.max(after, course.now - ticks * TICK_NS);
        upTo = Math.min(upTo, ns - ticks * TICK_NS);
        interrupt(platform.config.timerIrq);
      }
    }
    if (ns > course.now) count();
    course.now = Math.max(course.now, ns);
    after = Math.max(after, course.now - ticks * TICK_NS);
  };
  /** What a thread that counts has come to by now, only the program knows. */
  const count = (): void => {
    const entry = course.pendingOfCurrent()?.entry;
    if (entry?._tag !== 'Count') return;
    const physical = kernel.translate(entry.address, 'store');
    if (physical !== null) kernel.storeWord(physical, unknown.fresh());
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
