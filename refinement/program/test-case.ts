/** A program with where it starts: all that is needed to run it. */
import type { Setting } from '../system/setting.ts';
import type { Program } from './program.ts';

export interface TestCase {
  /** Name of the kernel configuration. */
  readonly config: string;
  /** Which of the configuration's worlds it starts in. */
  readonly world: number;
  /** The system that it runs in instead; absent for none. */
  readonly setting?: Setting | undefined;
  readonly program: Program;
}
