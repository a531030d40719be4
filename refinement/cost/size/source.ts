/** A source file as its definitions, and where the names in it lead. */
import { dirname, join } from 'node:path/posix';
import type TypeScript from 'typescript';
import type { Compiler } from './count.ts';

/** A name in a file, `*` for all that it exports. */
export interface Place {
  readonly file: string;
  readonly name: string;
}

export interface Source {
  readonly file: string;
  readonly tree: TypeScript.SourceFile;
  readonly definitions: ReadonlyMap<string, TypeScript.Node>;
  /** Names that come from other files, and names handed on from there. */
  readonly imports: ReadonlyMap<string, Place>;
  readonly reexports: ReadonlyMap<string, Place>;
  /** Files of which everything is handed on. */
  readonly starExports: readonly string[];
}

/** @param config what `#impl-config` stands for */
export function parseSource(ts: Compiler, file: string, text: string, config: string): Source {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const definitions = new Map<string, TypeScript.Node>();
  const imports = new Map<string, Place>();
  const reexports = new Map<string, Place>();
  const starExports: string[] = [];
  for (const statement of tree.statements) {
    if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
      if (statement.name) definitions.set(statement.name.text, statement);
    } else if (ts.isVariableStatement(statement)) {
      for (const declaration of statement.declarationList.declarations)
        for (const name of bound(ts, declaration.name)) definitions.set(name, declaration);
    } else if (ts.isImportDeclaration(statement)) {
      const from = target(ts, file, statement.moduleSpecifier, config);
      const { importClause: clause } = statement;
      if (from === null || clause === undefined || clause.phaseModifier === ts.SyntaxKind.TypeKeyword) continue;
      const named = clause.namedBindings;
      if (named === undefined) continue;
      if (ts.isNamespaceImport(named)) imports.set(named.name.text, { file: from, name: '*' });
      else
        for (const one of named.elements)
          if (!one.isTypeOnly) imports.set(one.name.text, { file: from, name: (one.propertyName ?? one.name).text });
    } else if (ts.isExportDeclaration(statement)) {
      const from = statement.moduleSpecifier === undefined ? file : target(ts, file, statement.moduleSpecifier, config);
      if (from === null || statement.isTypeOnly) continue;
      const named = statement.exportClause;
      if (named === undefined) starExports.push(from);
      else if (ts.isNamedExports(named))
        for (const one of named.elements)
          if (from !== file || one.propertyName !== undefined)
            reexports.set(one.name.text, { file: from, name: (one.propertyName ?? one.name).text });
    }
  }
  return { file, tree, definitions, imports, reexports, starExports };
}

/** Path of the file that an import leads to; null for a library. */
function target(ts: Compiler, file: string, specifier: TypeScript.Expression, config: string): string | null {
  if (!ts.isStringLiteral(specifier)) return null;
  if (specifier.text === '#impl-config') return `impl/config/${config}.ts`;
  return specifier.text.startsWith('.') ? join(dirname(file), specifier.text) : null;
}

/** Names that a pattern binds. */
export function bound(ts: Compiler, name: TypeScript.BindingName): readonly string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : bound(ts, element.name)));
}
