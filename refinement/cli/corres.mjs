#!/usr/bin/env node
/** The launcher: builds what has changed, then runs the command line. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`corres needs Node 20.19 or newer; this is ${process.version}\n`);
  process.exit(2);
}
const { describeBuildFailure, ensureBuilt } = await import('../build/build.mjs');
try {
  await ensureBuilt();
} catch (error) {
  process.stderr.write(`corres: the sources do not build\n${describeBuildFailure(error)}\n`);
  process.exit(2);
}
await import('../../dist/cli.mjs');
