/** All recordings of the MCS kernel, whole; those in which time runs out are in the ordinary tests, too. */
import { expect, it } from 'vitest';
import { applyDefect } from '../../refinement/defects/defect.ts';
import { defectNamed } from '../../refinement/defects/catalogue.ts';
import { conform, differences, leftOut, pinned, timesOf } from '../conformance/recordings.ts';

const both = (counts: readonly number[]) => ({ spec: counts, impl: counts });

it.each([
  ['x86_64-mcs', 'mcs-randcaps', [50, 7882, 7882], [0, 0]],
  ['x86_64-mcs', 'mcs-randipc', [148, 8250, 8250], [0, 0]],
  ['x86_64-mcs', 'mcs-randvs', [50, 6300, 6300], [0, 0]],
  ['x86_64-mcs', 'mcs-slow-directed', [81, 4978, 4978], [298, 0]],
  ['x86_64-mcs', 'mcs-slow-randipc', [148, 8250, 8250], [0, 0]],
  ['sel4test-x86_64', 'mcs-slow', [48, 6353, 6353], [112, 1]],
  ['riscv64-mcs', 'mcs-directed', [90, 5703, 5703], [201, 0]],
  ['riscv64-mcs', 'mcs-randcaps', [50, 7889, 7889], [2, 0]],
  ['riscv64-mcs', 'mcs-randipc', [148, 8250, 8250], [0, 0]],
  ['riscv64-mcs', 'mcs-randsc', [89, 5513, 5513], [2416, 3]],
  ['riscv64-mcs', 'mcs-randvs', [72, 13012, 13012], [360, 0]],
] as const)('%s %s agrees to the last operation', async (platform, file, counts, times) => {
  const result = await conform(platform, file);
  expect(differences(result)).toEqual([]);
  expect(leftOut(result)).toEqual([]);
  expect(pinned(result)).toEqual(both(counts));
  expect(timesOf(result)).toEqual(both(times));
});

/** Seeded in the implementation, and a script that tells; more are in the ordinary tests. */
it.each([
  ['mcs-directed', 'timer-not-set-for-release', 'mcs/budget'],
  ['mcs-directed', 'unblock-keeps-old-time', 'mcs/budget-sporadic'],
  ['mcs-directed', 'reply-not-a-reply-object', 'mcs/reply-objects'],
  ['mcs-randsc', 'call-made-without-budget', 'rand-sc/20002'],
  ['mcs-randsc', 'slice-not-given-back', 'rand-sc/20002'],
  ['mcs-randsc', 'full-buffer-not-put-off', 'rand-sc/20038'],
  ['mcs-randsc', 'release-queue-by-arrival', 'rand-sc/20009'],
  ['mcs-randsc', 'unbound-thread-stays-queued', 'rand-sc/20035'],
])('%s tells a kernel with the defect %s', async (file, name, script) => {
  const defect = defectNamed(name);
  if (defect === undefined) throw new Error(`no defect ${name}`);
  const options = { sides: ['impl'], script, transform: applyDefect(defect) } as const;
  expect((await conform('x86_64-mcs', file, options)).outcome).toBe('differs');
});
