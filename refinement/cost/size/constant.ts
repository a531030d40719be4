/** Conditions that a configuration decides: what they exclude is not part of the kernel. */
import type TypeScript from 'typescript';
import type { SourceProgram } from './program.ts';
import type { Source } from './source.ts';

type Value = boolean | number | string;

/** The value of an expression of literals and constants of modules; undefined for anything else. */
export function constantOf(
  program: SourceProgram,
  source: Source,
  node: TypeScript.Expression,
  depth = 0,
): Value | undefined {
  const { ts } = program;
  const of = (inner: TypeScript.Expression): Value | undefined => constantOf(program, source, inner, depth + 1);
  if (depth > MOST_DEPTH) return undefined;
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isStringLiteral(node)) return node.text;
  if (ts.isParenthesizedExpression(node)) return of(node.expression);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    const value = of(node.operand);
    return value === undefined ? undefined : !value;
  }
  if (ts.isIdentifier(node)) {
    const found = program.named(source, node.text);
    if (found === null || !ts.isVariableDeclaration(found.node) || !isConst(program, found.node)) return undefined;
    return found.node.initializer && constantOf(program, found.source, found.node.initializer, depth + 1);
  }
  if (ts.isBinaryExpression(node)) return binary(program, node, of);
  return undefined;
}

const MOST_DEPTH = 12;

function isConst({ ts }: SourceProgram, { parent }: TypeScript.VariableDeclaration): boolean {
  return ts.isVariableDeclarationList(parent) && (parent.flags & ts.NodeFlags.Const) !== 0;
}

function binary(
  { ts }: SourceProgram,
  { left, right, operatorToken: { kind } }: TypeScript.BinaryExpression,
  of: (inner: TypeScript.Expression) => Value | undefined,
): Value | undefined {
  const a = of(left);
  if (kind === ts.SyntaxKind.AmpersandAmpersandToken) return a === undefined ? undefined : a ? of(right) : a;
  if (kind === ts.SyntaxKind.BarBarToken) return a === undefined ? undefined : a ? a : of(right);
  const b = of(right);
  if (a === undefined || b === undefined) return undefined;
  switch (kind) {
    case ts.SyntaxKind.EqualsEqualsEqualsToken:
      return a === b;
    case ts.SyntaxKind.ExclamationEqualsEqualsToken:
      return a !== b;
    case ts.SyntaxKind.GreaterThanToken:
      return a > b;
    case ts.SyntaxKind.LessThanToken:
      return a < b;
    default:
      return undefined;
  }
}
