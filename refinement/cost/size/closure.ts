/**
 * What a definition leads to: itself, every definition that it names, and so on. The measure is that of the study of l4v's lemmas (`../proofs/lemmas.ts`),
 * taken of ours.
 *
 * Not followed: what is reached through tables of functions by computed names, and code that runs while a module is loaded.
 */
import type TypeScript from 'typescript';
import { constantOf } from './constant.ts';
import type { Size } from './count.ts';
import { NO_SIZE, own, plus } from './count.ts';
import type { Definition, SourceProgram } from './program.ts';
import type { Source } from './source.ts';
import { bound } from './source.ts';

/** Some definitions, by file and name. */
export type Closure = ReadonlyMap<string, Measured>;

export interface Measured {
  readonly file: string;
  readonly name: string;
  readonly size: Size;
}

/** Which of the two kernels is meant; in a table with a filling for either, the other's is left out. */
export type Variant = 'classic' | 'mcs';

export function totalSize(closure: Iterable<Measured>): Size {
  let sum = NO_SIZE;
  for (const { size } of closure) sum = plus(sum, size);
  return sum;
}

export class Reach {
  private readonly known = new Map<TypeScript.Node, { readonly size: Size; readonly leadsTo: readonly Definition[] }>();

  private readonly program: SourceProgram;
  private readonly variant: Variant;

  constructor(program: SourceProgram, variant: Variant) {
    this.program = program;
    this.variant = variant;
  }

  /** What the definitions lead to, and they themselves. */
  from(roots: readonly Definition[]): Closure {
    const found = new Map<string, Measured>();
    const queue = [...roots];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const key = `${next.file} ${next.name}`;
      if (found.has(key)) continue;
      const { size, leadsTo } = this.look(next);
      found.set(key, { file: next.file, name: next.name, size: { ...size, definitions: 1 } });
      queue.push(...leadsTo);
    }
    return found;
  }

  private look({ node, source }: Definition): { readonly size: Size; readonly leadsTo: readonly Definition[] } {
    const known = this.known.get(node);
    if (known !== undefined) return known;
    const local = localNames(this.program, node);
    const leadsTo: Definition[] = [];
    let size: Size = { ...NO_SIZE, statements: this.program.ts.isVariableDeclaration(node) ? 1 : 0 };
    const name = (of: Definition | null): void => {
      if (of !== null) leadsTo.push(of);
    };
    const walk = (at: TypeScript.Node): void => {
      const { ts } = this.program;
      if (ts.isTypeNode(at)) return;
      const kept = this.decided(source, at);
      if (kept !== null) {
        for (const part of kept) walk(part);
        return;
      }
      size = plus(size, { definitions: 0, ...own(ts, at) });
      if (ts.isPropertyAccessExpression(at)) {
        if (ts.isIdentifier(at.expression)) {
          const module = source.imports.get(at.expression.text);
          if (module?.name === '*') {
            name(this.program.find({ file: module.file, name: at.name.text }));
            return;
          }
        }
        walk(at.expression);
        return;
      }
      if (ts.isPropertyAssignment(at)) {
        walk(at.initializer);
        return;
      }
      if (ts.isIdentifier(at) && !local.has(at.text)) name(this.program.named(source, at.text));
      ts.forEachChild(at, walk);
    };
    walk(node);
    const looked = { size, leadsTo };
    this.known.set(node, looked);
    return looked;
  }

  /** The parts that are left of what the configuration decides; null where it decides nothing. */
  private decided(source: Source, node: TypeScript.Node): readonly TypeScript.Node[] | null {
    const { ts } = this.program;
    if (ts.isIfStatement(node)) {
      const value = constantOf(this.program, source, node.expression);
      if (value === undefined) return null;
      return value ? [node.thenStatement] : node.elseStatement === undefined ? [] : [node.elseStatement];
    }
    if (ts.isConditionalExpression(node)) {
      const value = constantOf(this.program, source, node.condition);
      return value === undefined ? null : [value ? node.whenTrue : node.whenFalse];
    }
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken) {
      const value = constantOf(this.program, source, node.left);
      return value === undefined ? null : value ? [node.right] : [];
    }
    if (ts.isIfStatement(node.parent) && node === node.parent.expression) return null;
    if (ts.isObjectLiteralExpression(node)) {
      const filling = node.properties.filter(
        (one) => one.name !== undefined && ts.isIdentifier(one.name) && one.name.text === this.variant,
      );
      const isTable =
        node.properties.length === 2 &&
        node.properties.every(
          ({ name }) => name !== undefined && ts.isIdentifier(name) && /^(classic|mcs)$/.test(name.text),
        );
      return isTable ? filling : null;
    }
    return null;
  }
}

/** Names that a definition gives to things of its own, and that therefore do not lead out of it. */
function localNames({ ts }: SourceProgram, node: TypeScript.Node): ReadonlySet<string> {
  const names = new Set<string>();
  const walk = (at: TypeScript.Node): void => {
    if (at !== node && (ts.isParameter(at) || ts.isVariableDeclaration(at)))
      for (const name of bound(ts, at.name)) names.add(name);
    else if (at !== node && ts.isFunctionDeclaration(at) && at.name) names.add(at.name.text);
    ts.forEachChild(at, walk);
  };
  walk(node);
  return names;
}
