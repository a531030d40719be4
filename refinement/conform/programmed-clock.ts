/**
 * A clock that the kernel reads whenever it is entered, and a timer that it programs: the MCS kernel's. The recording has stamps of when
 * operations were issued and when they returned; the times of entries in between are as the platform's durations have them.
 */
import type { Clock } from './clock.ts';
import { count } from './clock.ts';
import type { Course } from './course.ts';
import type { Devices } from './devices.ts';
import type { EntryTimes } from './entry-times.ts';
import type { Durations } from './platform.ts';
import type { Player } from './player.ts';
import type { TraceOp } from './trace.ts';

export interface ProgrammedClock extends Clock {
  /** An operation is issued at its stamp, and whatever it is, it is over by the next stamp. */
  issue(ns: number, next: number, op: TraceOp): void;
  returned(thread: string, ns: number): void;
}

export function programmedClock(
  course: Course,
  devices: Devices,
  player: Player,
  durations: Durations,
  usedNs: number,
  times: EntryTimes,
): ProgrammedClock {
  const { kernel, platform, enter } = course;
  const nsPerTick = 1000 / Number(platform.config.ticksPerUs);
  let ticks = 0;
  /** From when on the running thread has run, or what comes can come. */
  let running = 0;
  /** The next entry cannot come before. */
  let earliest = 0;
  /** The next stamp. */
  let bound = Infinity;
  let untilRead = 0;
  let read = 0n;
  const ticksAt = (ns: number): bigint => BigInt(Math.floor((ns + usedNs) / nsPerTick));
  const nsAt = (at: bigint): number => Number(at) * nsPerTick - usedNs;

  course.timekeeper = {
    beforeEntry: (isInterrupt) => {
      const latest = Math.max(bound, running);
      const usual = Math.min(running + untilRead, latest);
      running = times.next({ event: course.at, usual, earliest, latest, isInterrupt });
      const now = ticksAt(running);
      read = now > read ? now : read;
      kernel.setTime(read);
      untilRead = durations.untilReadAgain;
    },
    afterEntry: () => {
      running = Math.min(running + durations.inKernel, Math.max(bound, running));
      earliest = nsAt(read);
    },
  };
  const interrupt = (irq: number): void => {
    untilRead = durations.untilReadAgain;
    enter({ _tag: 'Interrupt', irq });
    player.settle();
  };
  const passTo = (ns: number): void => {
    if (ns > course.now) count(course);
    course.now = Math.max(course.now, ns);
    running = Math.max(running, ns);
    earliest = running;
  };
  return {
    advance: (ns) => {
      bound = ns;
      for (;;) {
        const timer = Math.max(nsAt(kernel.deadline()), running);
        const device = devices.next();
        if (device !== null && device.at <= ns && device.at <= timer) {
          passTo(device.at);
          if (devices.raise()) interrupt(device.irq);
        } else if (timer < ns) {
          const possible = Math.max(nsAt(kernel.deadline()), earliest);
          passTo(timer);
          earliest = possible;
          ticks++;
          interrupt(platform.config.timerIrq);
        } else break;
      }
      passTo(ns);
    },
    issue: (ns, next, op) => {
      running = ns;
      bound = next;
      const refused = untilRefused(op, durations);
      untilRead = durations.untilRead + refused;
      // The fastpath reads no clock: what it does might as well have been at the last reading.
      earliest = refused > 0 ? nsAt(read) : ns;
    },
    returned: (thread, ns) => {
      if (nsAt(kernel.deadline()) < ns && course.threads.current() === thread)
        running = Math.max(running, ns - durations.untilStamp - durations.inKernel);
    },
    get ticks() {
      return ticks;
    },
    firstTick: null,
  };
}

/** The fastpath is tried for every Call and ReplyRecv. */
function untilRefused({ sys, method }: TraceOp, { refused }: Durations): number {
  if (sys !== 'Call' && sys !== 'ReplyRecv') return 0;
  return method === undefined ? refused.message : refused.invocation;
}
