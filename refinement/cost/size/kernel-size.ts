/** How large the two kernels of a configuration are: what can be reached from their entries. */
import { InputError } from '../../input-error.ts';
import type { Closure, Variant } from './closure.ts';
import { Reach } from './closure.ts';
import type { Compiler } from './count.ts';
import type { SourceProgram } from './program.ts';
import { sourceProgram } from './program.ts';
import type { Source } from './source.ts';

export interface KernelSource {
  /** Configuration of the implementation. */
  readonly config: string;
  readonly variant: Variant;
  /** Text of a file of the project, edits made; undefined if there is none. */
  readonly read: (file: string) => string | undefined;
  /** Files that were parsed before: most of them are the same in all kernels. */
  readonly parsed?: Map<string, Source>;
}

export interface KernelClosures {
  readonly program: SourceProgram;
  readonly reach: Reach;
  readonly spec: Closure;
  readonly impl: Closure;
}

/** Ways into the implementation, other than the one that only comparisons use. */
const IMPL_ENTRIES = ['syscall', 'unknownSyscall', 'userException', 'vmFault', 'interrupt'];

/** The compiler is loaded when something is measured: it is larger than everything else. */
export async function loadCompiler(): Promise<Compiler> {
  return (await import('typescript')).default;
}

export function kernelClosures(ts: Compiler, { config, variant, read, parsed }: KernelSource): KernelClosures {
  const program = sourceProgram(ts, read, config, parsed);
  const reach = new Reach(program, variant);
  const from = (file: string, names: readonly string[]): Closure =>
    reach.from(
      names.map((name) => {
        const root = program.find({ file, name });
        if (root === null) throw new InputError(`${file}: does not define ${name}`);
        return root;
      }),
    );
  return {
    program,
    reach,
    spec: from('spec/api/kernel.ts', ['callKernel']),
    impl: from('impl/kernel/entry.ts', IMPL_ENTRIES),
  };
}
