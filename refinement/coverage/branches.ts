/**
 * Which branches of the specification a run reached: from what the engine counted in every thread, led back to the sources.
 *
 * A branch is a way that an `if`, a condition, a `switch` or one side of `&&`, `||` and `??` can take.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CoverageMap, Range } from 'istanbul-lib-coverage';
import { InputError } from '../input-error.ts';
import type { LeftOut } from './left-out.ts';

export interface Branch {
  /** Path of the file in the project. */
  readonly file: string;
  readonly line: number;
  /** What the branch says, on one line. */
  readonly text: string;
}

export interface BranchCoverage {
  readonly branches: number;
  readonly reached: number;
  readonly unreached: readonly Branch[];
  /** Not reached and not counted, by the reason. */
  readonly leftOut: readonly { readonly because: string; readonly branches: number }[];
}

interface Node {
  readonly type: string;
  readonly id?: { readonly name?: string } | null;
  readonly key?: { readonly name?: string };
}

/**
 * `folder` holds what the engine wrote (NODE_V8_COVERAGE), a file for each thread that ended; `bundle` is the module that ran, its source map beside it;
 * files of the project below `area` are counted.
 */
export async function branchCoverage(
  folder: string,
  bundle: string,
  area: string,
  leftOut: readonly LeftOut[],
): Promise<BranchCoverage> {
  const map = await sourceCoverage(folder, bundle, functionsOf(leftOut));
  return branchesIn(map, join(bundle, '../..'), area, leftOut);
}

/** Functions of which nothing is said. */
export function functionsOf(leftOut: readonly LeftOut[]): ReadonlySet<string> {
  return new Set(leftOut.flatMap(({ functions }) => functions ?? []));
}

/** `root` is the project's folder. */
export function branchesIn(map: CoverageMap, root: string, area: string, leftOut: readonly LeftOut[]): BranchCoverage {
  const counts = new Map(leftOut.map(({ because }) => [because, 0]));
  const unreached: Branch[] = [];
  let reached = 0;
  for (const path of map.files()) {
    const file = relative(root, path);
    if (!file.startsWith(`${area}/`)) continue;
    const lines = readFileSync(path, 'utf8').split('\n');
    const coverage = map.fileCoverageFor(path);
    for (const [id, { loc, locations }] of Object.entries(coverage.branchMap)) {
      coverage.b[id]?.forEach((times, index) => {
        if (times > 0) {
          reached++;
          return;
        }
        // An `else` that is not written has no place of its own.
        const place = locations[index]?.start.line === undefined ? loc : (locations[index] ?? loc);
        const branch = { file, line: place.start.line, text: textOf(lines, place) };
        const reason = leftOut.find(({ branches }) => branches?.some((named) => isNamed(branch, named)));
        if (reason === undefined) unreached.push(branch);
        else counts.set(reason.because, (counts.get(reason.because) ?? 0) + 1);
      });
    }
  }
  return {
    branches: reached + unreached.length,
    reached,
    unreached,
    leftOut: [...counts].map(([because, branches]) => ({ because, branches })),
  };
}

/** What the engine counted in a bundle, by source file. Nothing is said of the functions with the given names. */
export async function sourceCoverage(
  folder: string,
  bundle: string,
  functions: ReadonlySet<string> = new Set(),
): Promise<CoverageMap> {
  const { map, add } = await sourceCounts(bundle, functions);
  let threads = 0;
  for (const name of readdirSync(folder)) threads += await add(join(folder, name));
  if (threads === 0) throw new InputError(`${folder}: has no coverage of ${bundle}`);
  return map;
}

/**
 * The counts of a bundle, to which those of files that the engine wrote are added one by one; `add` says of how many instances of the bundle a file tells.
 *
 * Libraries that only this needs are loaded when it is asked for.
 */
export async function sourceCounts(
  bundle: string,
  functions: ReadonlySet<string>,
): Promise<{ readonly map: CoverageMap; readonly add: (file: string) => Promise<number> }> {
  const [{ default: convert }, { parse }, { default: istanbul }] = await Promise.all([
    import('ast-v8-to-istanbul'),
    import('acorn'),
    import('istanbul-lib-coverage'),
  ]);
  const url = pathToFileURL(bundle).href;
  const code = readFileSync(bundle, 'utf8');
  const sourceMap = JSON.parse(readFileSync(`${bundle}.map`, 'utf8')) as NonNullable<
    Parameters<typeof convert>[0]['sourceMap']
  >;
  const ast = parse(code, { sourceType: 'module', ecmaVersion: 'latest' });
  const ignored = nodesWithin(ast, functions);
  const map = istanbul.createCoverageMap({});
  const add = async (file: string): Promise<number> => {
    const { result } = JSON.parse(readFileSync(file, 'utf8')) as {
      readonly result: readonly Parameters<typeof convert>[0]['coverage'][];
    };
    // A kernel is loaded more than once, each time under the same name with a number behind it.
    const ofBundle = result.filter((coverage) => coverage.url.split('?')[0] === url);
    const ignoreNode = (node: object): boolean => ignored.has(node);
    for (const coverage of ofBundle)
      map.merge(await convert({ code, sourceMap, ast: ast as never, coverage, ignoreNode }));
    return ofBundle.length;
  };
  return { map, add };
}

/** Every node in a function, or in a property of an object, that has one of these names. */
function nodesWithin(ast: Node, names: ReadonlySet<string>): ReadonlySet<object> {
  const found = new Set<object>();
  const walk = (value: unknown, isInside: boolean): void => {
    if (Array.isArray(value)) {
      for (const item of value) walk(item, isInside);
      return;
    }
    if (typeof value !== 'object' || value === null || !('type' in value)) return;
    const node = value as Node;
    const name = node.type === 'Property' ? node.key?.name : node.id?.name;
    const isIn = isInside || (name !== undefined && names.has(name));
    if (isIn) found.add(node);
    for (const child of Object.values(node)) walk(child, isIn);
  };
  walk(ast, false);
  return found;
}

function isNamed(branch: Branch, { file = branch.file, text }: NonNullable<LeftOut['branches']>[number]): boolean {
  return branch.file === file && (text === undefined || text.test(branch.text));
}

function textOf(lines: readonly string[], { start, end }: Range): string {
  const first = lines[start.line - 1] ?? '';
  const text = end.line === start.line && end.column > start.column ? first.slice(start.column, end.column) : first;
  // A single word says too little of where it stands.
  return (text.length < 12 ? first : text).trim();
}
