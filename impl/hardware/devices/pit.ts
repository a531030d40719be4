/**
 * Channel 0 of the programmable interval timer of a PC, in the modes that count down to an interrupt: once (0), and again and again (2, 3).
 *
 * @source Intel 82C54 data sheet, "Programming the 82C54", modes 0, 2 and 3
 */
import type { TimerDevice } from './timer-device.ts';

/** Its input clock, 1.193182 MHz. */
const NS_PER_COUNT = 1e9 / 1_193_182;

const COUNTER_0 = 0x40;
const CONTROL = 0x43;

export interface Pit extends TimerDevice {
  /** Whether the port is one of this device. */
  has(port: number): boolean;
  /** @param value the byte written */
  write(port: number, value: number, now: number): void;
}

export function pit(): Pit {
  /** Which bytes of a count are written: 1 the low one, 2 the high one, 3 one after the other. */
  let bytes = 3;
  let repeats = false;
  let low: number | null = null;
  let expiry: number | null = null;
  let period = 0;

  const control = (value: number): void => {
    const channel = value >>> 6;
    const access = (value >>> 4) & 3;
    // Access 0 latches the count for reading.
    if (channel !== 0 || access === 0) return;
    bytes = access;
    low = null;
    expiry = null;
    const mode = (value >>> 1) & 7;
    repeats = mode !== 0;
  };
  const counter = (value: number, now: number): void => {
    if (bytes === 3 && low === null) {
      low = value;
      // The first byte stops a count that does not repeat.
      if (!repeats) expiry = null;
      return;
    }
    const count = bytes === 1 ? value : value * 256 + (low ?? 0);
    low = null;
    period = (count === 0 ? 2 ** 16 : count) * NS_PER_COUNT;
    // A count that repeats goes on to its end before the new one is taken.
    if (!repeats || expiry === null) expiry = now + period;
  };
  return {
    has: (port) => port >= COUNTER_0 && port <= CONTROL,
    write: (port, value, now) => {
      if (port === CONTROL) control(value);
      else if (port === COUNTER_0) counter(value, now);
    },
    expiry: () => expiry,
    expire: () => {
      expiry = repeats && expiry !== null ? expiry + period : null;
    },
  };
}
