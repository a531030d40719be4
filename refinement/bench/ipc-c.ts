/**
 * The same round trip in C, compiled here and now: the physical limit of this machine. The C program starts from the memory image of our
 * kernel and must end with the very image that our kernel ends with; otherwise it did other work, and its figure is worth nothing.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENDPOINT_CPTR, MESSAGE_WORDS } from './ipc-world.ts';
import type { RoundTrip } from './ipc.ts';
import { ROUND_TRIPS, bootIpc, roundTrips } from './ipc.ts';
import type { Entry } from './workload.ts';
import { ROOT, kernelModule } from './workload.ts';

/** Nanoseconds per round trip, one for each repetition; the reason when there are none. */
export type CFigures = readonly number[] | { readonly missing: string };

/** A compiled program, to be run as often as one likes. */
export interface CProgram {
  readonly run: (repetitions: number) => CFigures;
  readonly remove: () => void;
}

/** Every number of layout, configuration and ABI as a definition for the C compiler. */
function definitions({ layout, config, abi }: Entry): readonly string[] {
  const numbers = Object.entries({ ...layout, ...config, ...abi, ENDPOINT_CPTR, MESSAGE_WORDS }).flatMap(
    ([name, value]) => (typeof value === 'number' ? [`-D${name}=${value}`] : []),
  );
  return [...numbers, ...config.REG_MR.map((register, n) => `-DREG_MR${n}=${register}`)];
}

/** The same path in C; null when there is no C compiler. */
export async function compileC({ configName, path }: RoundTrip): Promise<CProgram | null> {
  const kernel = await kernelModule(configName);
  const folder = mkdtempSync(join(tmpdir(), 'corres-bench-'));
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  const program = join(folder, 'ipc');
  const source = join(ROOT, 'refinement/bench/ipc.c');
  try {
    execFileSync('cc', ['-O2', '-o', program, source, ...definitions(kernel)], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    remove();
    if ((error as { code?: string }).code === 'ENOENT') return null;
    throw error;
  }
  const run = (repetitions: number): CFigures => {
    const image = join(folder, 'image');
    const ram = new Uint8Array(kernel.memory.buffer, 0, kernel.config.RAM_SIZE);
    bootIpc(kernel);
    writeFileSync(image, ram);
    const output = execFileSync(program, [image, path, String(ROUND_TRIPS), String(repetitions)], { encoding: 'utf8' });
    for (let n = 0; n < repetitions; n++) roundTrips(kernel);
    if (!readFileSync(image).equals(ram)) return { missing: 'the C version ends in another memory image' };
    return output.trim().split('\n').map(Number);
  };
  return { run, remove };
}
