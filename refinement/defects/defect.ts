/**
 * Seeded defects: named changes to the source that are made while a kernel is bundled, so that neither kernel holds a switch for them. A
 * checker that finds none of them shows nothing when it finds none in the kernel as it stands.
 */
import type { RealBug } from './real-bugs.ts';

export interface Edit {
  /** Path relative to the project. */
  readonly file: string;
  /** Occurs exactly once in the file, the edits before this one made; any white space in it stands for any other. */
  readonly find: string;
  readonly replace: string;
}

export interface Defect {
  readonly name: string;
  readonly subsystem: Subsystem;
  /** One sentence: what the defective kernel does wrong. */
  readonly description: string;
  /** A defect that really happened, and that this one is like. */
  readonly resembles?: RealBug;
  /** Which of the two kernels is changed. */
  readonly side: 'impl' | 'spec' | 'both';
  readonly edits: readonly Edit[];
  /** Properties that may be the first to report it; anything else would be a surprise. */
  readonly breaks: readonly string[];
  /** It shows in the shipped systems, to a run alone or to pairs of runs, and only the properties that it `breaks` are asked. */
  readonly inSystems?: 'alone' | 'in pairs';
  /** Configuration of the implementation that shows it; `small` if not given. */
  readonly config?: string;
}

/** In the order in which they are listed. */
export const SUBSYSTEMS = [
  'boot',
  'cspace',
  'cnode',
  'derivation',
  'untyped',
  'deletion',
  'cancel',
  'tcb',
  'scheduler',
  'endpoint',
  'reply',
  'transfer',
  'fault',
  'notification',
  'fastpath',
  'interrupt',
  'domain',
  'fpu',
  'vspace',
  'security',
] as const;
export type Subsystem = (typeof SUBSYSTEMS)[number];

/** A change to one source file: what an edit does, and its place. */
export function edit(file: string, find: string, replace: string): Edit {
  return { file, find, replace };
}

/** The source of one file with the defect in it; as it was, if the defect is elsewhere. Throws if an edit does not fit. */
export function defectiveSource(defect: Pick<Defect, 'name' | 'edits'>, file: string, source: string): string {
  let changed = source;
  for (const one of defect.edits) {
    if (one.file !== file) continue;
    const parts = changed.split(pattern(one.find));
    if (parts.length !== 2) {
      throw new Error(
        `defect ${defect.name}: the text to replace occurs ${String(parts.length - 1)} times in ${file}, not once: ${one.find}`,
      );
    }
    changed = parts.join(one.replace);
  }
  return changed;
}

/** Line breaks are the formatter's business. */
function pattern(text: string): RegExp {
  const words = text.split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(words.join('\\s+'));
}

/** The transform that a bundler applies to every source file. */
export function applyDefect(defect: Defect): (file: string, source: string) => string {
  return (file, source) => defectiveSource(defect, file, source);
}
