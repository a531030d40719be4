/** All source files of a project as one graph of definitions, read when they are asked for. */
import type TypeScript from 'typescript';
import { InputError } from '../../input-error.ts';
import type { Compiler } from './count.ts';
import type { Place, Source } from './source.ts';
import { parseSource } from './source.ts';

/** A definition that was found. */
export interface Definition extends Place {
  readonly source: Source;
  readonly node: TypeScript.Node;
}

export interface SourceProgram {
  readonly ts: Compiler;
  readonly source: (file: string) => Source;
  /** What a name leads to, wherever it was handed on from; null where that is nothing that runs, or a whole module. */
  readonly find: (place: Place) => Definition | null;
  /** The definition that a name stands for in a file. */
  readonly named: (source: Source, name: string) => Definition | null;
}

/** @param read text of a file of the project, or undefined if there is none; @param parsed files that were parsed before, also for other programs */
export function sourceProgram(
  ts: Compiler,
  read: (file: string) => string | undefined,
  config: string,
  parsed = new Map<string, Source>(),
): SourceProgram {
  const sources = new Map<string, Source>();
  const source = (file: string): Source => {
    const known = sources.get(file);
    if (known !== undefined) return known;
    const text = read(file);
    if (text === undefined) throw new InputError(`${file}: is not there`);
    const key = `${config} ${file} ${text}`;
    const parsedNow = parsed.get(key) ?? parseSource(ts, file, text, config);
    parsed.set(key, parsedNow);
    sources.set(file, parsedNow);
    return parsedNow;
  };
  const found = new Map<string, Definition | null>();
  const find = (place: Place): Definition | null => {
    const key = `${place.file} ${place.name}`;
    const known = found.get(key);
    if (known !== undefined) return known;
    const definition = look(place);
    found.set(key, definition);
    return definition;
  };
  const look = ({ file, name }: Place): Definition | null => {
    const from = source(file);
    const node = from.definitions.get(name);
    if (node !== undefined) return { file, name, source: from, node };
    const handedOn = from.reexports.get(name) ?? from.imports.get(name);
    if (handedOn !== undefined) return handedOn.name === '*' ? null : find(handedOn);
    for (const star of from.starExports) {
      const there = find({ file: star, name });
      if (there !== null) return there;
    }
    return null;
  };
  return { ts, source, find, named: (of, name) => find({ file: of.file, name }) };
}
