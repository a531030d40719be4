/**
 * The page that says which function of ours is which constant of l4v and which function of seL4, made from the `@source` and `@remarks`
 * tags. A tag of a module names what its functions follow; a function with a tag of its own follows that.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(import.meta.dirname, '../..');
/** The folders whose exported functions are operations of the kernel. */
export const OPERATION_FOLDERS = ['lookup', 'arch', 'decode', 'perform', 'time', 'schedule', 'api'].map(
  (f) => `spec/${f}`,
);

export interface Operation {
  readonly name: string;
  readonly exported: boolean;
  readonly source: string;
  readonly remarks: string;
}

export interface Module {
  /** Path from the project's root. */
  readonly file: string;
  readonly source: string;
  readonly remarks: string;
  readonly operations: readonly Operation[];
}

export function filesBelow(folder: string, ending: string): string[] {
  let entries;
  try {
    entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort();
}

/** The text of a tag of a comment, on one line. */
function tag(comment: string, name: string): string {
  const text = comment.replace(/^\s*\/\*\*|\*\/\s*$/g, '').replace(/^\s*\* ?/gm, '');
  const found = new RegExp(`@${name}\\s+([^]*?)(?=\\n\\s*@\\w|\\n\\s*\\n|$)`).exec(text);
  return found?.[1]?.replace(/\s+/g, ' ').trim() ?? '';
}

export function parseModule(file: string, text: string): Module {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const head = /^\/\*\*[^]*?\*\//.exec(text)?.[0] ?? '';
  const operations = tree.statements.filter(ts.isFunctionDeclaration).map((node): Operation => {
    const comments = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
    const comment = comments.map((doc) => doc.getText()).join('\n');
    return {
      name: node.name?.text ?? '',
      exported: node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false,
      source: tag(comment, 'source'),
      remarks: tag(comment, 'remarks'),
    };
  });
  return { file, source: tag(head, 'source'), remarks: tag(head, 'remarks'), operations };
}

export function modulesBelow(folder: string): Module[] {
  return filesBelow(folder, '.ts').map((file) => parseModule(file, readFileSync(join(ROOT, file), 'utf8')));
}

/** Names differ only in how words are joined: `send_ipc`, `sendIPC` and `sendIpc` are one. */
const plain = (name: string): string => name.replaceAll('_', '').toLowerCase();

interface Place {
  readonly file: string;
  readonly names: readonly string[];
}

/** `l4v A.thy \`x\`, B.thy \`y\`; seL4 c.c \`z\`` as places of l4v and of seL4. */
function places(source: string, whose: 'l4v' | 'seL4'): Place[] {
  const found: Place[] = [];
  let owner = '';
  for (const part of source.split(';').map((text) => text.trim())) {
    owner = /^(l4v|seL4)\b/.exec(part)?.[1] ?? owner;
    if (owner !== whose) continue;
    const rest = part.replace(/^(l4v|seL4)\s+/, '');
    for (const piece of rest.split(/,\s+(?=[\w./{},]+\.(?:thy|c|h|bf)\b)/)) {
      const names = [...piece.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
      const file = piece
        .replace(/`.*$/, '')
        .trim()
        .replace(/^spec\/abstract\/|^src\//, '');
      found.push({ file, names });
    }
  }
  return found;
}

function named(all: readonly Place[], name: string): string[] {
  return all.flatMap(({ file, names }) => names.filter((x) => plain(x) === plain(name)).map((x) => `${file} \`${x}\``));
}

const wholly = (all: readonly Place[]): string[] =>
  all.map(({ file, names }) => [file, names.map((name) => `\`${name}\``).join(', ')].join(' ').trim());

export function renderCorrespondence(): string {
  const impl = modulesBelow('impl/kernel');
  const ofC = impl.flatMap(({ source }) => places(source, 'seL4'));
  const lines = [
    '# What corresponds to what',
    '',
    'Generated from the `@source` and `@remarks` tags of the code by `npm run docs`; do not edit. One row for every operation of the',
    'specification: the constant of l4v (a file of `spec/abstract` unless it says otherwise) and the function of the C kernel (a file of',
    '`src` or `include`) that it follows, and the function of the implementation that bears its name. Names in brackets: the',
    'operation is a part of what these do, and has no name of its own there. Properties have their own page, `properties/README.md`.',
  ];
  for (const folder of OPERATION_FOLDERS) {
    const modules = modulesBelow(folder).filter(({ operations }) => operations.some(({ exported }) => exported));
    if (modules.length === 0) continue;
    lines.push(
      '',
      `## ${folder}`,
      '',
      '| operation | l4v | implementation | C | difference |',
      '|---|---|---|---|---|',
    );
    for (const module of modules) {
      for (const operation of module.operations) if (operation.exported) lines.push(row(module, operation, impl, ofC));
    }
  }
  return `${lines.join('\n')}\n`;
}

function row(module: Module, operation: Operation, impl: readonly Module[], ofC: readonly Place[]): string {
  const tags = [operation.source, module.source].filter((text) => text !== '');
  const find = (whose: 'l4v' | 'seL4', more: readonly Place[]): string => {
    const all = tags.map((text) => places(text, whose));
    const exact = named([...all.flat(), ...more], operation.name);
    if (exact.length > 0) return [...new Set(exact.map((text) => text.replace(/^.*\//, '')))].slice(0, 1).join('');
    const part = wholly(all.find((list) => list.length > 0) ?? []);
    return part.length === 0 ? '' : `(${part.join('; ')})`;
  };
  const here = impl.flatMap(({ file, operations }) =>
    operations
      .filter(({ name }) => plain(name) === plain(operation.name))
      .map(({ name }) => `\`${basename(file, '.ts')}\`: ${name}`),
  );
  const ours = `\`${module.file.replace(/^spec\/\w+\//, '').replace(/\.ts$/, '')}\`: ${operation.name}`;
  const cells = [ours, find('l4v', []), here.join(', '), find('seL4', ofC), operation.remarks];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
