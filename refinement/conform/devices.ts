/**
 * The machine around a kernel, as a recording's user programs reach it: a timer behind I/O ports or in memory, and the line it raises at the
 * interrupt controller. Its clock is the recording's.
 */
import { RTC, goldfishRtc } from '../../impl/hardware/devices/goldfish-rtc.ts';
import { pit } from '../../impl/hardware/devices/pit.ts';
import type { KernelConfig } from '../../spec/abi/config.ts';
import type { KernelUnderTest } from './kernel-under-test.ts';
import type { Platform } from './platform.ts';

export interface Devices {
  /** Whether a device answers at the physical address. */
  isAt(address: number): boolean;
  /** A register of 32 bits. */
  read(address: number, now: number): bigint;
  write(address: number, value: bigint, now: number): void;
  /** Sets the alarm of the clock at the address so far ahead, in nanoseconds, or with null lowers its line. */
  setAlarm(address: number, delay: bigint | null, now: number): void;
  /** What the kernel wrote to a port for its user. */
  portWritten(port: number, value: number, now: number): void;
  /** A pin of the I/O APIC is connected to an interrupt. */
  connect(pin: bigint, irq: number): void;
  /** When the next interrupt is raised, and which. */
  next(): { readonly at: number; readonly irq: number } | null;
  /** That time has come. Returns whether the controller tells the processor: it does not for a line that is masked. */
  raise(): boolean;
  /** A line that was raised while it was masked, and that the controller remembered until now. */
  takeLatched(): number | null;
}

export function devicesOf({ timer, config }: Platform, kernel: KernelUnderTest): Devices {
  const counter = timer.device === 'PIT' ? pit() : null;
  const clock = timer.device === 'RTC' ? goldfishRtc(timer.base) : null;
  const device = counter ?? clock;
  let irq = timer.device === 'RTC' ? timer.irq : null;
  let isLatched = false;

  const next = (): { at: number; irq: number } | null => {
    const at = device?.expiry() ?? null;
    return at === null || irq === null ? null : { at, irq };
  };
  return {
    isAt: (address) => clock?.has(address) === true,
    read: (address, now) => BigInt(clock?.read(address, now) ?? 0),
    write: (address, value, now) => clock?.write(address, Number(BigInt.asUintN(32, value)), now),
    setAlarm: (address, delay, now) => {
      if (clock === null || timer.device !== 'RTC') return;
      const { base } = timer;
      if (!clock.has(address)) return;
      if (delay === null) {
        clock.write(base + RTC.clearInterrupt, 1, now);
        return;
      }
      const low = clock.read(base + RTC.timeLow, now);
      const at = clock.read(base + RTC.timeHigh, now) * 2 ** 32 + low + Number(delay);
      clock.write(base + RTC.alarmHigh, Math.floor(at / 2 ** 32), now);
      clock.write(base + RTC.alarmLow, at % 2 ** 32, now);
      clock.write(base + RTC.irqEnabled, 1, now);
    },
    portWritten: (port, value, now) => {
      if (counter?.has(port)) counter.write(port, value, now);
    },
    connect: (pin, to) => {
      if (timer.device === 'PIT' && pin === BigInt(timer.pin)) irq = to;
    },
    next,
    raise: () => {
      const raised = next();
      device?.expire();
      if (raised === null) return false;
      const told = !kernel.isMasked(raised.irq);
      if (!told) isLatched = remembersMasked(config);
      return told;
    },
    takeLatched: () => {
      if (!isLatched || irq === null || kernel.isMasked(irq)) return null;
      isLatched = false;
      return irq;
    },
  };
}

/** A PLIC keeps an interrupt that comes while it is disabled; an I/O APIC forgets an edge on a masked pin. */
function remembersMasked({ irqController }: KernelConfig): boolean {
  return irqController._tag === 'PLIC';
}
