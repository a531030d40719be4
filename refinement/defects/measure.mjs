/** `npm run defects [name...]`: measures seeded defects again, and writes the page about them. */
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as build from '../build/build.mjs';

await build.ensureBuilt();
const outfile = join(build.dist, 'defects', 'measure.mjs');
await build.buildModule({ entry: 'refinement/defects/measure.ts', outfile });
const { measureDefects } = await import(pathToFileURL(outfile).href);
await measureDefects(build, process.argv.slice(2), dirname(fileURLToPath(import.meta.url)));
