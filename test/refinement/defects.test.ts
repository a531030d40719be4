/** Every seeded defect still fits the source it was written for, and names what exists. */
import { transform } from 'esbuild';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../properties/catalogue.ts';
import { DEFECTS } from '../../refinement/defects/catalogue.ts';
import type { Defect } from '../../refinement/defects/defect.ts';
import { SUBSYSTEMS, applyDefect, edit } from '../../refinement/defects/defect.ts';

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

describe('seeded defects', () => {
  it.each(DEFECTS.map((defect) => [defect.name, defect] as const))(
    '%s changes what it says, into something that still is a program',
    async (_, defect) => {
      const change = applyDefect(defect);
      const files = new Set(defect.edits.map(({ file }) => file));
      expect(files.size).toBeGreaterThan(0);
      for (const file of files) {
        expect(file).toMatch(defect.side === 'both' ? /^(spec|impl)\// : new RegExp(`^${defect.side}/`));
        const source = read(file);
        const changed = change(file, source);
        expect(changed).not.toBe(source);
        await expect(transform(changed, { loader: 'ts' })).resolves.toBeDefined();
      }
      expect(change('impl/kernel/nowhere.ts', 'as it was')).toBe('as it was');
    },
  );

  it('refuses an edit whose text does not occur, or occurs twice', () => {
    const defect: Defect = {
      name: 'of-a-test',
      subsystem: 'cspace',
      description: 'Nothing.',
      side: 'impl',
      edits: [edit('impl/abi.ts', 'twice', 'once')],
      breaks: ['refinement'],
    };
    expect(() => applyDefect(defect)('impl/abi.ts', 'nothing')).toThrow(
      'defect of-a-test: the text to replace occurs 0 times in impl/abi.ts',
    );
    expect(() => applyDefect(defect)('impl/abi.ts', 'twice twice')).toThrow('occurs 2 times');
    expect(applyDefect(defect)('impl/abi.ts', 'twice')).toBe('once');
  });

  it('have names of their own, one sentence each, and break properties that exist', () => {
    expect(new Set(DEFECTS.map(({ name }) => name)).size).toBe(DEFECTS.length);
    const properties = new Set(CATALOGUE.map(({ name }) => name));
    for (const { name, description, breaks } of DEFECTS) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(description).toMatch(/^[A-Z].*\.$/);
      expect(breaks.length).toBeGreaterThan(0);
      for (const property of breaks) expect(properties).toContain(property);
    }
  });

  it('cover every subsystem, in order', () => {
    expect([...new Set(DEFECTS.map(({ subsystem }) => subsystem))]).toEqual(SUBSYSTEMS);
  });
});
