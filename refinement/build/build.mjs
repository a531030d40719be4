/**
 * Builds dist/: one self-contained kernel module per configuration, the command line, its worker and the benchmark.
 *
 * `ensureBuilt` is what the launcher and the tests call: it builds only when a source file has changed, so that an edit to `impl/` or
 * `spec/` is what the next run checks.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const dist = join(root, 'dist');
const SOURCES = ['spec', 'impl', 'properties', 'refinement'];

/** Paths of all source files below the given folders of the project, sorted. */
export function sourceFiles(folders = SOURCES, base = root) {
  return folders
    .flatMap((folder) => readdirSync(join(base, folder), { recursive: true, withFileTypes: true }))
    .filter(({ name }) => name.endsWith('.ts') || name.endsWith('.mjs'))
    .map(({ parentPath, name }) => parentPath + sep + name)
    .sort();
}

/** Loaded only when something is hashed, for the launcher asks for `touched` alone at most starts. */
const sha256 = () => createRequire(import.meta.url)('node:crypto').createHash('sha256');

/** Hash of the content of the source files below the given folders: what a counterexample names its kernels by. */
export function sourceHash(folders = SOURCES) {
  const hash = sha256();
  for (const file of sourceFiles(folders))
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex').slice(0, 16);
}

/** Loaded only when something is built: the launcher asks at every start whether anything must be. */
const build = async (options) => (await import('esbuild')).build(options);

/** Source transforms, for seeded defects and kernels without a feature: `transform(path relative to the project, source)` for every file below one of the folders. */
function transformPlugin(folders, transform) {
  return {
    name: 'transform',
    setup(b) {
      b.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const relative = path.slice(root.length + 1);
        if (!folders.some((folder) => relative.startsWith(`${folder}/`))) return undefined;
        return { contents: transform(relative, readFileSync(path, 'utf8')), loader: 'ts' };
      });
    },
  };
}

/** What of a module may be changed: the specification, and the worlds and programs that a kernel without a feature is tried with. */
const TRANSFORMED = ['spec', 'refinement/program', 'refinement/world'];

const fpTsAsModules = {
  name: 'fp-ts-as-modules',
  setup(b) {
    // The CommonJS build of fp-ts makes a bundled Either fifteen times slower than its ES modules do.
    b.onResolve({ filter: /^fp-ts\/lib\// }, ({ path }) => ({
      path: join(root, 'node_modules', path.replace('fp-ts/lib/', 'fp-ts/es6/').replace(/(\.js)?$/, '.js')),
    }));
  },
};

const common = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'silent',
  mainFields: ['module', 'main'],
};

/**
 * The bundler turns a module's constants into variables. The engine takes a variable for what it says it is and looks at it at every use: that
 * doubles the time of a fast path over the one array that is all of memory. So what no source declares with `let` becomes a constant again.
 */
function restoreConstants(outfile) {
  const sources = sourceFiles(['impl']).map((file) => readFileSync(file, 'utf8'));
  const variables = new Set(
    sources.flatMap((source) => [...source.matchAll(/^(?:export )?let (\w+)/gm)].map(([, name]) => name)),
  );
  const isVariable = (statement) =>
    [...statement.matchAll(/(?:^var |, )(\w+)(?= =|[,;])/g)].some(([, name]) => variables.has(name));
  const bundle = readFileSync(outfile, 'utf8');
  writeFileSync(
    outfile,
    bundle.replace(/^var [^]*?;$/gm, (statement) => (isVariable(statement) ? statement : `const${statement.slice(3)}`)),
  );
}

/** One kernel as one module, its configuration's constants inlined. */
export async function buildImpl({ config, outfile, transform, minify = false }) {
  const configFile = join(root, 'impl/config', `${config}.ts`);
  await build({
    ...common,
    entryPoints: [join(root, 'impl/kernel/entry.ts')],
    outfile,
    minifySyntax: true,
    minify,
    sourcemap: transform === undefined ? 'linked' : false,
    plugins: [
      { name: 'impl-config', setup: (b) => b.onResolve({ filter: /^#impl-config$/ }, () => ({ path: configFile })) },
      ...(transform ? [transformPlugin(['impl'], transform)] : []),
    ],
  });
  if (!minify) restoreConstants(outfile);
}

/** The parts of a module that is not in one file: beside it, for what a source knows of its own place. */
const PART = 'part-';

/**
 * Kernels as they run longest, in checks and benchmarks. The others are what is looked into: coverage knows its lines, and a defect takes less time
 * to be found in it than this takes.
 */
async function buildFast(configs, folder) {
  const { inlined } = await import('./inline.mjs');
  mkdirSync(join(folder, 'fast'));
  for (const config of configs) {
    const plain = readFileSync(join(folder, 'impl', `${config}.mjs`), 'utf8').replace(
      /^\/\/# sourceMappingURL=.*$/m,
      '',
    );
    writeFileSync(join(folder, 'fast', `${config}.mjs`), inlined(plain));
  }
}

/** Any other entry: command line, worker, benchmark, or the worker with a defect in its specification. `inParts`: what it imports on demand is not in the file. */
export async function buildModule({ entry, outfile, transform, inParts = false }) {
  await build({
    ...common,
    entryPoints: [{ in: join(root, entry), out: basename(outfile, '.mjs') }],
    outdir: dirname(outfile),
    outExtension: { '.js': '.mjs' },
    splitting: inParts,
    chunkNames: `${PART}[name]-[hash]`,
    sourcemap: transform === undefined ? 'linked' : false,
    external: [
      'piscina',
      'esbuild',
      'fast-check',
      'acorn',
      'ast-v8-to-istanbul',
      'istanbul-lib-coverage',
      '@stryker-mutator/instrumenter',
      'typescript',
      '@observablehq/plot',
      'linkedom',
      'hyparquet-writer',
    ],
    banner: {
      js: "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);",
    },
    plugins: [fpTsAsModules, ...(transform ? [transformPlugin(TRANSFORMED, transform)] : [])],
  });
}

export function implConfigs() {
  return readdirSync(join(root, 'impl/config'))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => basename(name, '.ts'));
}

const MODULES = [
  ['refinement/cli/main.ts', 'cli.mjs'],
  ['refinement/index.ts', 'index.mjs'],
  ['refinement/campaign/worker.ts', 'worker.mjs'],
  ['refinement/explore/worker.ts', 'explore-worker.mjs'],
  ['refinement/bench/main.ts', 'bench.mjs'],
  ['refinement/bench/peers/main.ts', 'peers.mjs'],
  ['refinement/bench/peers/ours-main.ts', 'peers-ours.mjs'],
  ['refinement/impact/cover-main.ts', 'cover.mjs'],
];

/**
 * Builds everything into a folder beside dist, as deep as that for the sake of the source maps, and puts the files in place one by one, so that
 * nobody sees half a file. `only`: which of them, for a tree that is run and not used; all if
 * not given, and all kernels if none is named. `hasFast`: the kernels also as they run fastest.
 */
export async function buildAll(only = [], hasFast = only.length === 0) {
  mkdirSync(dist, { recursive: true });
  const stamp = stampOf();
  const chosen = implConfigs().filter((config) => only.includes(`impl/${config}.mjs`));
  const configs = chosen.length > 0 ? chosen : implConfigs();
  const temporary = mkdtempSync(join(root, '.build-'));
  try {
    mkdirSync(join(temporary, 'impl'));
    await Promise.all([
      ...configs.map((config) => buildImpl({ config, outfile: join(temporary, 'impl', `${config}.mjs`) })),
      ...MODULES.filter(
        ([entry, out]) => existsSync(join(root, entry)) && (only.length === 0 || only.includes(out)),
      ).map(([entry, out]) => buildModule({ entry, outfile: join(temporary, out), inParts: out === 'cli.mjs' })),
    ]);
    if (hasFast) await buildFast(configs, temporary);
    mkdirSync(join(dist, 'impl'), { recursive: true });
    mkdirSync(join(dist, 'fast'), { recursive: true });
    // What is not built with it must not outlive it.
    if (!hasFast) for (const config of configs) rmSync(join(dist, 'fast', `${config}.mjs`), { force: true });
    const made = readdirSync(temporary, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
    for (const file of made) {
      const from = join(file.parentPath, file.name);
      renameSync(from, join(dist, from.slice(temporary.length)));
    }
    if (only.length === 0) removeOtherParts(new Set(made.map(({ name }) => name)));
    writeFileSync(join(dist, 'build.json'), JSON.stringify({ spec: sourceHash(['spec']), impl: sourceHash(['impl']) }));
    if (only.length === 0) writeStamp(stamp.others, Object.fromEntries(configs.map((config) => [config, stamp.impl])));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Parts are named by their content, so those of former builds stay where they are until they are removed. */
function removeOtherParts(made) {
  for (const name of readdirSync(dist)) if (name.startsWith(PART) && !made.has(name)) rmSync(join(dist, name));
}

/**
 * What everything is made from, by content. The kernels are made from impl/ alone, and of that nothing else has more than the devices that
 * `conform` plays. Where no file has been touched since the last time, it is what it was: reading them all takes as long as starting.
 */
function stampOf() {
  const touched = whenTouched();
  const last = readJson(join(dist, '.last-stamp'));
  if (last.touched === touched) return last.stamp;
  const settings = sha256()
    .update(readFileSync(join(root, 'package.json')))
    .digest('hex');
  const stamp = {
    impl: sourceHash(['impl']),
    others: `${sourceHash(['spec', 'properties', 'refinement', 'impl/hardware/devices'])} ${settings}`,
  };
  try {
    writeFileSync(join(dist, '.last-stamp'), JSON.stringify({ touched, stamp }));
  } catch {
    // Nothing was built yet, or the folder may not be written: the next start reads the sources again.
  }
  return stamp;
}

/** Where the source files are, how long, and when they were last changed: whatever changes a file changes its `ctime`. */
function whenTouched() {
  let touched = '';
  for (const file of [...sourceFiles(), join(root, 'package.json')]) {
    const { size, mtimeMs, ctimeMs } = statSync(file);
    touched += `${file} ${size} ${mtimeMs} ${ctimeMs}\n`;
  }
  return touched;
}

/** What a file of dist says; nothing when it is not there or is cut off. */
function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

/** `impl`: by kernel, for one that nobody has asked for since its sources changed is older than the others. */
function writeStamp(others, impl) {
  writeFileSync(join(dist, '.stamp'), JSON.stringify({ others, impl }));
}

/**
 * Builds what anything changed of since the last build, of the kernels those that are `needed`, `hasFast` also as they run fastest; returns whether
 * anything did.
 */
export async function ensureBuilt(needed = implConfigs(), hasFast = true) {
  const [now, built] = [stampOf(), readJson(join(dist, '.stamp'))];
  if (now.others !== built.others) {
    await buildAll();
    return true;
  }
  const isStale = (config) =>
    built.impl[config] !== now.impl || (hasFast && !existsSync(join(dist, 'fast', `${config}.mjs`)));
  const stale = needed.filter(isStale);
  if (stale.length === 0) return false;
  await buildAll(
    stale.map((config) => `impl/${config}.mjs`),
    hasFast,
  );
  writeStamp(now.others, { ...built.impl, ...Object.fromEntries(stale.map((config) => [config, now.impl])) });
  return true;
}

/** `file:line:column: message` for every error of a failed build. */
export function describeBuildFailure(error) {
  const errors = error?.errors;
  if (!Array.isArray(errors) || errors.length === 0) return String(error?.message ?? error);
  return errors
    .map(({ text, location }) => (location ? `${location.file}:${location.line}:${location.column}: ${text}` : text))
    .join('\n');
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await buildAll(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`corres: the sources do not build\n${describeBuildFailure(error)}\n`);
    process.exitCode = 2;
  }
}
