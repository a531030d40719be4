/** `npm run bench:detection [name...]`: how many kernel steps until a seeded defect is found, against the plain harness. */
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as build from '../build/build.mjs';

await build.ensureBuilt();
const folder = join(build.dist, 'plain');
const outfile = join(folder, 'measure.mjs');
await build.buildModule({ entry: 'refinement/plain/measure.ts', outfile });
const { measureDetection } = await import(pathToFileURL(outfile).href);
await measureDetection(build, folder, process.argv.slice(2), dirname(fileURLToPath(import.meta.url)));
