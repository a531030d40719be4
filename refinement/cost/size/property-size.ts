/** How large a property is: its predicate and everything that this leads to. */
import type TypeScript from 'typescript';
import type { Reach } from './closure.ts';
import { totalSize } from './closure.ts';
import type { Size } from './count.ts';
import type { Definition, SourceProgram } from './program.ts';

export interface PropertySource {
  readonly program: SourceProgram;
  readonly reach: Reach;
  /** Paths of the files that properties are defined in. */
  readonly files: readonly string[];
}

/** Null for one whose predicate is not in its definition: the harness checks it, and no part of that is for it alone. */
export function propertySize({ program, reach, files }: PropertySource, name: string): Size | null {
  if (name === 'refinement')
    return sizeFrom(reach, program.find({ file: 'refinement/relation/state.ts', name: 'compareState' }));
  for (const file of files) {
    const source = program.source(file);
    const node = definitionOf(program, source.tree, name);
    if (node !== null) return sizeFrom(reach, { file, name, source, node });
  }
  return null;
}

function sizeFrom(reach: Reach, root: Definition | null): Size | null {
  return root === null ? null : totalSize(reach.from([root]).values());
}

/** What the name is given to, if it has a predicate. */
function definitionOf({ ts }: SourceProgram, tree: TypeScript.SourceFile, name: string): TypeScript.Node | null {
  const search = (node: TypeScript.Node): TypeScript.Node | undefined => {
    if (ts.isStringLiteral(node) && node.text === name) {
      const { parent } = node;
      const isNamed = ts.isPropertyAssignment(parent) && ts.isIdentifier(parent.name) && parent.name.text === 'name';
      return isNamed && hasPredicate(ts, parent.parent) ? parent.parent : undefined;
    }
    return ts.forEachChild(node, search);
  };
  return search(tree) ?? null;
}

/** Given by its name, or by a helper whose result is spread. */
function hasPredicate(ts: SourceProgram['ts'], node: TypeScript.Node): boolean {
  return (
    ts.isObjectLiteralExpression(node) &&
    node.properties.some(
      (one) => ts.isSpreadAssignment(one) || (ts.isIdentifier(one.name) && one.name.text === 'violations'),
    )
  );
}
