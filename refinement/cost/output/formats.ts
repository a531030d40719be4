/** Tables as files: CSV, Parquet, JSON, and the schema of the JSON. */
import { stringify } from 'csv-stringify/sync';
import type { CostStudy } from '../study.ts';
import type { Table, Value } from './table.ts';

/** With a header; what is not known is empty. */
export function asCsv({ columns, rows }: Table): string {
  return stringify(
    rows.map((row) => row.map((value) => (typeof value === 'boolean' ? String(value) : value))),
    { header: true, columns: columns.map(({ name }) => name) },
  );
}

/** The library is loaded when it is asked for. */
export async function asParquet({ columns, rows }: Table): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const types = { string: 'STRING', number: 'DOUBLE', boolean: 'BOOLEAN' } as const;
  const columnData = columns.map(({ name, type }, at) => ({
    name,
    type: types[type],
    nullable: true,
    data: rows.map((row) => row[at] ?? null),
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

/** Every table as a list of records. */
export function asJson({ schema, plan, sources, failures }: CostStudy, tables: readonly Table[]): string {
  const records = tables.map(({ name, columns, rows }): [string, unknown] => [
    name,
    rows.map((row) => Object.fromEntries(columns.map((column, at): [string, Value] => [column.name, row[at] ?? null]))),
  ]);
  return `${JSON.stringify({ schema, plan, sources, failures, tables: Object.fromEntries(records) }, null, 1)}\n`;
}

/** JSON Schema (2020-12) of `asJson`. */
export function jsonSchema(tables: readonly Table[]): string {
  const text = { type: 'string' };
  const whole = { type: 'integer' };
  const list = (items: unknown): unknown => ({ type: 'array', items });
  const record = (properties: Readonly<Record<string, unknown>>, description?: string): unknown => ({
    type: 'object',
    ...(description === undefined ? {} : { description }),
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  });
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'corres-cost/1',
    description: 'A study of what checking costs, as `corres cost measure` writes it.',
    ...(record({
      schema: { const: 'corres-cost/1' },
      plan: record({
        kernels: list(text),
        seeds: list(whole),
        steps: whole,
        rows: whole,
        fullEvery: whole,
        properties: { anyOf: [{ type: 'null' }, list(text)] },
      }),
      sources: record({ spec: text, impl: text }),
      failures: list(record({ kernel: text, seed: whole, property: text, what: text })),
      tables: record(
        Object.fromEntries(
          tables.map(({ name, about, columns }) => [
            name,
            list(
              record(
                Object.fromEntries(
                  columns.map((column) => [
                    column.name,
                    { type: column.type === 'boolean' ? 'boolean' : [column.type, 'null'], description: column.about },
                  ]),
                ),
                about,
              ),
            ),
          ]),
        ),
      ),
    }) as object),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
