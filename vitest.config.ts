import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { alias: { '#impl-config': fileURLToPath(new URL('impl/config/small.ts', import.meta.url)) } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/helpers/build.ts'],
    // Most files keep one processor busy: one is not left free for whoever watches.
    maxWorkers: '100%',
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
