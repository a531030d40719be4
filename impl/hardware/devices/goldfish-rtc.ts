/**
 * The real-time clock of QEMU's RISC-V machine: a clock in nanoseconds, and an alarm at one time of it.
 *
 * @source Android goldfish virtual hardware, "Goldfish real-time clock"; QEMU hw/rtc/goldfish_rtc.c, the list of registers
 */
import type { TimerDevice } from './timer-device.ts';

/** Its registers, of 32 bits, in a page of their own. */
export const RTC = {
  timeLow: 0,
  timeHigh: 4,
  /** Writing it sets the alarm. */
  alarmLow: 8,
  alarmHigh: 12,
  irqEnabled: 16,
  clearAlarm: 20,
  alarmStatus: 24,
  /** Lowers the line. The machine here sees only when it is raised. */
  clearInterrupt: 28,
} as const;

const PAGE = 4096;

export interface GoldfishRtc extends TimerDevice {
  /** Whether the physical address is one of this device. */
  has(address: number): boolean;
  read(address: number, now: number): number;
  write(address: number, value: number, now: number): void;
}

/** @param base physical address of its page */
export function goldfishRtc(base: number): GoldfishRtc {
  let alarm: number | null = null;
  let alarmHigh = 0;
  let timeHigh = 0;
  let enabled = false;

  return {
    has: (address) => address >= base && address < base + PAGE,
    read: (address, now) => {
      switch (address - base) {
        case RTC.timeLow:
          timeHigh = Math.floor(now / 2 ** 32);
          return now % 2 ** 32;
        case RTC.timeHigh:
          return timeHigh;
        case RTC.alarmStatus:
          return alarm === null ? 0 : 1;
        case RTC.irqEnabled:
          return enabled ? 1 : 0;
        default:
          return 0;
      }
    },
    write: (address, value, now) => {
      switch (address - base) {
        case RTC.alarmHigh:
          alarmHigh = value;
          break;
        case RTC.alarmLow:
          alarm = Math.max(alarmHigh * 2 ** 32 + value, now);
          break;
        case RTC.clearAlarm:
          alarm = null;
          break;
        case RTC.irqEnabled:
          enabled = value % 2 === 1;
      }
    },
    // An alarm that went off while its interrupt was disabled raises it when that is enabled.
    expiry: () => (enabled ? alarm : null),
    expire: () => {
      alarm = null;
    },
  };
}
