#!/usr/bin/env node
/** The launcher: builds what has changed, then runs the command line. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`corres needs Node 20.19 or newer; this is ${process.version}\n`);
  process.exit(2);
}
const isSearch = process.argv[2] === 'explore';
if (isSearch) {
  const { setFlagsFromString } = await import('node:v8');
  // A search for a defect is over before optimised code has paid for being made, which takes half of its time; a longer one needs it soon.
  setFlagsFromString('--interrupt-budget=400000');
  setTimeout(() => setFlagsFromString('--interrupt-budget=135168'), 700).unref();
}
const { describeBuildFailure, ensureBuilt, implConfigs } = await import('../build/build.mjs');
try {
  // A search knows one kernel only (`SYSTEMS_CONFIG`), and is over before the others are built, or that one is made faster.
  await ensureBuilt(isSearch ? ['systems'] : implConfigs(), !isSearch);
} catch (error) {
  process.stderr.write(`corres: the sources do not build\n${describeBuildFailure(error)}\n`);
  process.exit(2);
}
await import('../../dist/cli.mjs');
