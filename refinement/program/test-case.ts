/** A program with where it starts: all that is needed to run it. */
import type { Program } from './program.ts';

export interface TestCase {
  /** Name of the kernel configuration. */
  readonly config: string;
  /** Which of the configuration's worlds it starts in. */
  readonly world: number;
  readonly program: Program;
}
