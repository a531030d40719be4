/**
 * The kernels that are compared, each as a folder of its own with everything built. Nothing is written into the user's tree.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { InputError } from '../input-error.ts';

const run = promisify(execFile);

export interface Tree {
  /** For people: `HEAD (1a2b3c4)`, `working tree`, `HEAD (1a2b3c4) with 0007-signal.patch`. */
  readonly name: string;
  /** Folder with the sources; for the working tree, the user's. */
  readonly root: string;
  /** Folder with what was built from them. */
  readonly dist: string;
}

export interface Trees {
  readonly base: Tree;
  readonly changed: Tree;
  /** Whether the changed kernel is the user's working tree. */
  readonly isWorkingTree: boolean;
  /** Ends when the types of the changed kernel are checked: what is wrong with them, null if nothing or if nobody can tell. */
  readonly types: Promise<string | null>;
  dispose(): void;
}

export interface Wanted {
  /** Folder of the project. */
  readonly project: string;
  /** A revision. */
  readonly base: string;
  /** Paths of patches to the base; none for the working tree. */
  readonly patches: readonly string[];
  /** Whether the types of the changed kernel are checked; default true. */
  readonly checkTypes?: boolean;
  /** Which trees are built; default both. With `changed` the base is not even checked out. */
  readonly build?: 'both' | 'changed' | 'none';
  /** Configurations of the implementation that are needed; all if not given. */
  readonly configs?: readonly string[];
}

/** Standard error of a program that failed, or what the system says. */
function reason(error: unknown): string {
  const { stderr, stdout, message } = error as { stderr?: string; stdout?: string; message?: string };
  return (stderr?.trim() || stdout?.trim() || message) ?? String(error);
}

async function git(cwd: string, args: readonly string[]): Promise<string> {
  return (await run('git', [...args], { cwd, maxBuffer: 2 ** 28 })).stdout.trim();
}

export async function makeTrees({
  project,
  base,
  patches,
  checkTypes = true,
  build: built = 'both',
  configs = [],
}: Wanted): Promise<Trees> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'corres-impact-')));
  const dispose = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const commit = await revision(project, base);
    const called = `${base} (${commit.slice(0, 7)})`;
    const checkedOut = async (name: string): Promise<string> => {
      const root = join(folder, name);
      await checkOut(project, commit, root, folder);
      return root;
    };
    const baseRoot = built === 'changed' ? Promise.resolve(join(folder, 'base')) : checkedOut('base');
    const baseTree = baseRoot.then((root) => {
      const tree = { name: called, root, dist: join(root, 'dist') };
      return built === 'both' ? build(tree, configs) : tree;
    });
    const changedTree =
      patches.length === 0
        ? workingTree(project, folder)
        : checkedOut('changed').then(async (root) => {
            for (const patch of patches) await apply(resolve(patch), root, folder);
            const names = patches.map((patch) => patch.split('/').slice(-2).join('/'));
            const tree = { name: `${called} with ${names.join(', ')}`, root, dist: join(root, 'dist') };
            return built === 'none' ? tree : build(tree, configs);
          });
    // Both are done before anything is thrown, or one would still write into the folder that goes away.
    await Promise.allSettled([baseTree, changedTree]);
    const [before, after] = await Promise.all([baseTree, changedTree]);
    const types = checkTypes ? typesOf(after, project, patches.length === 0) : Promise.resolve(null);
    types.catch(() => undefined);
    return { base: before, changed: after, isWorkingTree: patches.length === 0, types, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

async function revision(project: string, base: string): Promise<string> {
  try {
    await git(project, ['rev-parse', '--git-dir']);
  } catch (error) {
    throw new InputError(`${project}: is in no git repository, so there is nothing to compare with (${reason(error)})`);
  }
  try {
    return await git(project, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${base}^{commit}`]);
  } catch {
    throw new InputError(`'${base}' is no revision of ${project}`);
  }
}

async function checkOut(project: string, commit: string, root: string, folder: string): Promise<void> {
  const prefix = await git(project, ['rev-parse', '--show-prefix']);
  const archive = join(folder, `${commit}.${root.split('/').at(-1) ?? ''}.tar`);
  mkdirSync(root);
  await git(project, ['archive', '--format=tar', '-o', archive, prefix === '' ? commit : `${commit}:${prefix}`]);
  await run('tar', ['-xf', archive, '-C', root]);
  rmSync(archive);
  symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'));
}

async function apply(patch: string, root: string, folder: string): Promise<void> {
  if (!existsSync(patch)) throw new InputError(`${patch}: is not there`);
  try {
    // Outside any repository, so that the paths of the patch are those of the tree.
    const env = { ...process.env, GIT_CEILING_DIRECTORIES: folder, GIT_DIR: undefined };
    await run('git', ['apply', '--whitespace=nowarn', patch], { cwd: root, env });
  } catch (error) {
    throw new InputError(`${patch}: does not apply\n${reason(error)}`);
  }
}

async function build(tree: Tree, configs: readonly string[]): Promise<Tree> {
  try {
    // The kernels and what drives them; a revision that cannot leave out the rest builds that, too.
    const wanted = ['worker.mjs', ...configs.map((config) => `impl/${config}.mjs`)];
    await run(process.execPath, [join(tree.root, 'refinement/build/build.mjs'), ...wanted], { cwd: tree.root });
  } catch (error) {
    throw new InputError(`${tree.name}: does not build\n${reason(error).replaceAll(`${tree.root}/`, '')}`);
  }
  return tree;
}

/** The launcher has built it; what was built is copied, so that an edit in the meantime changes nothing. */
async function workingTree(project: string, folder: string): Promise<Tree> {
  const root = join(folder, 'working');
  cpSync(join(project, 'dist'), join(root, 'dist'), { recursive: true });
  cpSync(join(project, 'package.json'), join(root, 'package.json'));
  symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'));
  return Promise.resolve({ name: 'working tree', root: project, dist: join(root, 'dist') });
}

async function typesOf(tree: Tree, project: string, isWorkingTree: boolean): Promise<string | null> {
  const tsc = join(project, 'node_modules/typescript/bin/tsc');
  if (!existsSync(tsc) || !existsSync(join(tree.root, 'tsconfig.json'))) return null;
  // What was found out about the user's tree the last time makes it three times as fast.
  const known = isWorkingTree ? ['--incremental', '--tsBuildInfoFile', join(project, '.corres/cache/types.json')] : [];
  try {
    await run(process.execPath, [tsc, '--noEmit', '--pretty', 'false', '-p', '.', ...known], { cwd: tree.root });
    return null;
  } catch (error) {
    return reason(error);
  }
}

/** Hashes of the sources that a tree was built from, as counterexamples name them. */
export function sourcesOf({ dist }: Tree): { readonly spec: string; readonly impl: string } {
  return JSON.parse(readFileSync(join(dist, 'build.json'), 'utf8')) as { spec: string; impl: string };
}
