/**
 * A timer that a user program has, as the machine sees it. Times are nanoseconds of one clock that never goes back. A device belongs to no
 * kernel: it has its own state, and is the same whichever kernel runs.
 */
export interface TimerDevice {
  /** When it raises its interrupt next; null when it will not. */
  expiry(): number | null;
  /** That time has come. */
  expire(): void;
}
