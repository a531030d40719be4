/** `npm run defects:explored [name...]`: searches the shipped explorations for seeded defects, and writes the page about it. */
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as build from '../build/build.mjs';

await build.ensureBuilt();
const outfile = join(build.dist, 'defects', 'explored.mjs');
await build.buildModule({ entry: 'refinement/defects/explored.ts', outfile });
const { exploreDefects } = await import(pathToFileURL(outfile).href);
await exploreDefects(build, process.argv.slice(2), dirname(fileURLToPath(import.meta.url)));
