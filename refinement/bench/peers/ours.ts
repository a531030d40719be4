/** Our own explorer on `ipc-model.ts`: in a process of its own, as the others are. */
import { measured } from './child.ts';
import type { Told } from './ours-main.ts';
import type { Run, Size, Subject } from './subject.ts';

/** As subjects, run by starting the bundle of `ours-main.ts`. */
export function prepareOurs(program: string, size: Size): readonly Subject[] {
  const subject = (name: string, isUnchecked: boolean, configuration: string): Subject => {
    const args = [program, JSON.stringify({ ...size, isUnchecked })];
    return { name, configuration, run: () => runOf(measured(process.execPath, args, process.cwd())) };
  };
  return [
    subject('corres', false, 'breadth first, 64 bits of each state, one worker'),
    subject('corres-unchecked', true, 'the same without invariants'),
  ];
}

function runOf({ output, cpuSeconds }: { readonly output: string; readonly cpuSeconds: number }): Run {
  const told = JSON.parse(output.split('\n')[0] ?? '') as Told;
  const search = { kind: 'cpu', seconds: told.cpuSeconds } as const;
  return { distinct: told.distinct, generated: told.generated, cpuSeconds, search, mebibytes: told.mebibytes };
}
