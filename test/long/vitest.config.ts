/** Tests that take an hour: `npm run test:long`. `CORRES_LONG_MINUTES` makes the hour shorter or longer. */
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const root = resolve(import.meta.dirname, '../..');

export default defineConfig({
  root,
  resolve: { alias: { '#impl-config': resolve(root, 'impl/config/small.ts') } },
  test: {
    include: ['test/long/*.long.ts'],
    globalSetup: ['test/helpers/build.ts'],
    testTimeout: 24 * 3_600_000,
    fileParallelism: false,
    expect: { requireAssertions: true },
  },
});
