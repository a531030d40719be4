/** Statements and branches, as the TypeScript compiler parses them. Types are no statements: they do not run. */
import type TypeScript from 'typescript';

export type Compiler = typeof TypeScript;

export interface Size {
  /** Definitions: functions and constants of modules. */
  readonly definitions: number;
  /** A block is none, what is in it counts; a function that is one expression is one. */
  readonly statements: number;
  /** Ways that an `if`, a condition, a `switch` or a chain of `&&`, `||` and `??` can take. */
  readonly branches: number;
}

export const NO_SIZE: Size = { definitions: 0, statements: 0, branches: 0 };

export function plus(a: Size, b: Size): Size {
  return {
    definitions: a.definitions + b.definitions,
    statements: a.statements + b.statements,
    branches: a.branches + b.branches,
  };
}

/** What one node adds, not counting what is in it. */
export function own(ts: Compiler, node: TypeScript.Node): Pick<Size, 'statements' | 'branches'> {
  if (ts.isIfStatement(node)) return { statements: 1, branches: 2 };
  if (ts.isConditionalExpression(node)) return { statements: 0, branches: 2 };
  if (ts.isCaseOrDefaultClause(node)) return { statements: 0, branches: 1 };
  if (ts.isBinaryExpression(node) && isChain(ts, node)) {
    const { parent } = node;
    const isHead = !(ts.isBinaryExpression(parent) && parent.operatorToken.kind === node.operatorToken.kind);
    return { statements: 0, branches: isHead ? 2 : 1 };
  }
  if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) return { statements: 1, branches: 0 };
  const isCounted = ts.isStatement(node) && !ts.isBlock(node) && !ts.isEmptyStatement(node);
  return { statements: isCounted ? 1 : 0, branches: 0 };
}

function isChain(ts: Compiler, { operatorToken: { kind } }: TypeScript.BinaryExpression): boolean {
  return (
    kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    kind === ts.SyntaxKind.BarBarToken ||
    kind === ts.SyntaxKind.QuestionQuestionToken
  );
}
