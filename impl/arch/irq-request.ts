/** A way of asking for an interrupt that only some platforms have. */
export interface IrqRequest {
  readonly label: number;
  /** Message words that it needs. */
  readonly words: number;
  /** Message word with the new capability's index; its depth comes next. */
  readonly index: number;
  /** Message word that names the interrupt. */
  readonly irq: number;
  /** The most that other words may say, in the order in which they are looked at: word, maximum. */
  readonly limits: readonly (readonly [word: number, max: number])[];
}
