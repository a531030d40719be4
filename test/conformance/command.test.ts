import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ConformResult } from '../../refinement/conform/command.ts';
import { conformExitCode, runConform } from '../../refinement/conform/command.ts';
import { renderConform } from '../../refinement/conform/report.ts';
import { DIST_IMPL, recording } from './recordings.ts';

vi.setConfig({ testTimeout: 60_000 });

let folder: string;
let line: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'conform-files-'));
  line = scriptLine('ipc/nb');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function scriptLine(script: string): string {
  const text = gunzipSync(readFileSync(recording('x86_64', 'nomcs-directed'))).toString('utf8');
  return text.split('\n').find((candidate) => candidate.includes(`"script":"${script}"`)) ?? '';
}

function file(content: string | Buffer): string {
  const path = join(folder, 'recording.jsonl');
  writeFileSync(path, content);
  return path;
}

const run = (path: string, script?: string): Promise<ConformResult> =>
  runConform([path], { sides: ['spec', 'impl'], implFolder: DIST_IMPL, ...(script === undefined ? {} : { script }) });

describe('the outcome', () => {
  it('is 0 when all that was compared agrees, compressed or not', async () => {
    for (const content of [line, gzipSync(line)]) {
      const result = await run(file(content));
      expect(conformExitCode(result)).toBe(0);
      expect(result.files[0]?.totals).toMatchObject([
        { side: 'spec', scriptsDiffering: 0, leftOut: 0 },
        { side: 'impl', scriptsDiffering: 0, leftOut: 0 },
      ]);
    }
  });

  it('is 1 when something differs, and says what', async () => {
    const result = await run(file(line.replace('"err":"seL4_NoError"', '"err":"seL4_RevokeFirst"')));
    expect(conformExitCode(result)).toBe(1);
    const text = renderConform(result, 'default');
    expect(text).toContain('DIFFERENCE in script ipc/nb on spec');
    expect(text).toContain('DIFFERENCE in script ipc/nb on impl');
    expect(text).toContain('at event 0: root[0] op Untyped_Retype');
    expect(text).toMatch(/field +err\n +real kernel +seL4_RevokeFirst\n +spec +seL4_NoError/);
  });

  it('is 3 when nothing was compared', async () => {
    const result = await run(file(line), 'no such script');
    expect(conformExitCode(result)).toBe(3);
    expect(renderConform(result, 'default')).toContain('nothing was compared');
  });
});

describe('a file that cannot be used is named with line and field', () => {
  const bad: readonly (readonly [string, (good: string) => string | Buffer, RegExp])[] = [
    ['nothing in it', () => '', /recording\.jsonl: holds no recorded script/],
    ['a line that is no JSON', (good) => `${good}\n{"schema":`, /recording\.jsonl:2: is not JSON/],
    ['half a gzip file', (good) => gzipSync(good).subarray(0, 200), /recording\.jsonl: is not a complete gzip file/],
    ['another schema', (good) => good.replace('oracle-trace/1', 'other/1'), /recording\.jsonl:1: .*field schema/],
    [
      'a field of the wrong type',
      (good) => good.replace(/"ns":\d+/, '"ns":"soon"'),
      /recording\.jsonl:1: .*field events\.0\.ns/,
    ],
    [
      'a name that is not declared',
      (good) => good.replace('"dest":"U0"', '"dest":"U9"'),
      /recording\.jsonl:1: .*nothing is named U9/,
    ],
    [
      'an unknown kernel',
      (good) => good.replace('"config":"nomcs"', '"config":"smp"'),
      /recording\.jsonl:1: .*unknown configuration smp/,
    ],
    [
      'an unknown platform',
      (good) => good.replace('"paddr":67108864', '"paddr":512'),
      /recording\.jsonl:1: .*lies in no known platform/,
    ],
    [
      'a lost result',
      (good) => good.replace(/"res":\{[^}]*\}/, '"res":null'),
      /recording\.jsonl:1: .*event 0 returned a message that was not recorded/,
    ],
  ];
  it.each(bad)('%s', async (_what, change, message) => {
    await expect(run(file(change(line)))).rejects.toThrow(message);
    await expect(run(file(change(line)))).rejects.toMatchObject({ name: 'InputError' });
  });

  it('a file that is not there', async () => {
    await expect(run(join(folder, 'none.jsonl'))).rejects.toThrow(/none\.jsonl: cannot be read/);
  });
});

describe('the reporters', () => {
  /** A script in which a thread does something that is not modelled. */
  const partly = (): string => scriptLine('irq/pit').replace('"sys":"@SPIN"', '"sys":"@NAP"');

  it('json has a schema with a version', async () => {
    const result = await run(file(partly()));
    const json = JSON.parse(renderConform(result, 'json')) as ConformResult;
    expect(json.schema).toBe('corres-conform/1');
    expect(json.outcome).toBe('agrees');
    expect(json.files[0]?.results[0]).toMatchObject({
      script: 'irq/pit',
      side: 'spec',
      operations: 44,
      compared: 21,
      leftOut: { reason: 'user action @NAP', event: 23, operation: 'B[0] issue @NAP', operations: 23 },
      difference: null,
      phasesTried: 1,
    });
  });

  it('ndjson has a line for each script and side, then the summary', async () => {
    const lines = renderConform(await run(file(line)), 'ndjson')
      .trimEnd()
      .split('\n');
    const records = lines.map((record) => JSON.parse(record) as { type: string; schema: string });
    expect(records.map(({ type }) => type)).toEqual(['script', 'script', 'summary']);
    expect(new Set(records.map(({ schema }) => schema))).toEqual(new Set(['corres-conform/1']));
  });

  it('text says where a script was left and why', async () => {
    const text = renderConform(await run(file(partly())), 'default');
    expect(text).toContain('21 of 44 operations compared, 23 left out in 1 scripts, no difference');
    expect(text).toContain('left out, not modelled: user action @NAP');
    expect(text).toContain('irq/pit from B[0] issue @NAP (event 23) on: 23 operations and the end state (spec, impl)');
  });
});
