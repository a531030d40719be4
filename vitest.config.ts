import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** What takes longest: begun first, so that no processor waits at the end for one file. Elsewhere only a second run knows that. */
const LONG = [
  'canary/',
  'refinement/impact/',
  'refinement/cost/',
  'refinement/coverage/',
  'refinement/explore/',
  'refinement/cli/',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification): boolean =>
      LONG.some((folder) => moduleId.includes(`/test/${folder}`));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  resolve: { alias: { '#impl-config': fileURLToPath(new URL('impl/config/small.ts', import.meta.url)) } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/helpers/build.ts'],
    sequence: { sequencer: LongestFirst },
    // Most files keep one processor busy: one is not left free for whoever watches.
    maxWorkers: '100%',
    // Nothing in the project's modules outlives a test but what a test can begin anew; loading them again for every file takes a tenth of the time.
    isolate: false,
    // Most tests are over before optimised code has paid for being made: it is made after three times as much work as otherwise.
    execArgv: ['--interrupt-budget=400000'],
    // `.ci/run` counts the tests from the file, and not from what is printed.
    reporters: process.env['CI'] === undefined ? ['default'] : ['default', 'json'],
    outputFile: { json: 'coverage/tests.json' },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A test that forgets to expect something would pass.
    expect: { requireAssertions: true },
    coverage: {
      provider: 'v8',
      // The implementation runs from its bundles; how well it is tested is measured by seeded defects.
      include: ['spec/**/*.ts', 'properties/**/*.ts', 'refinement/**/*.ts'],
      reporter: ['text', 'json', 'json-summary', 'html'],
      reportOnFailure: true,
    },
  },
});
