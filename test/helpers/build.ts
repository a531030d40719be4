/** Before the first test: the kernels that the tests load are built from the sources as they are now. */
import { ensureBuilt } from '../../refinement/build/build.mjs';

export async function setup(): Promise<void> {
  await ensureBuilt();
}
