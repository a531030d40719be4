/** What a processor that was not told to forget a page does, as `conform` follows it: in a recording with operations put in. */
import { gunzipSync } from 'node:zlib';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runConform } from '../../refinement/conform/command.ts';
import { DIST_IMPL, differences, recording } from './recordings.ts';

const folder = mkdtempSync(join(tmpdir(), 'conform-stale-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface RecordedEvent {
  i?: number | undefined;
  ns: number;
  ns0: number;
  op: { method?: string; sys: string; args?: unknown; raw?: { mrs: number[] } };
  res: object;
}

/** The scenario that maps a large page, stores in it and loads from it; more operations come after that. */
async function withInserted(insert: (map: RecordedEvent, store: RecordedEvent) => readonly RecordedEvent[]) {
  const line = gunzipSync(readFileSync(recording('sel4test-x86_64', 'nomcs')))
    .toString()
    .split('\n')
    .find((text) => text.includes('"script":"sel4test/FRAMEEXPORTS0001-large"'));
  const script = JSON.parse(line ?? '') as { events: RecordedEvent[] };
  const at = script.events.findIndex(({ op }) => op.sys === '@STORE');
  const map = script.events.findLast(({ op }, index) => index < at && op.method === 'X86_Page_Map');
  const store = script.events[at];
  if (map === undefined || store === undefined) throw new Error('the scenario maps nothing or stores nothing');
  const { ns } = store;
  const inserted = insert(map, store).map((event) => ({ ...event, i: undefined, ns, ns0: ns }));
  script.events.splice(at + 1, 0, ...inserted);
  const path = join(folder, 'recording.jsonl');
  writeFileSync(path, `${JSON.stringify(script)}\n`);
  return runConform([path], { sides: ['spec', 'impl'], implFolder: DIST_IMPL });
}

/** The page is mapped again, with other rights. */
const mapped = (map: RecordedEvent, rights: number): RecordedEvent => {
  const mrs = (map.op.raw?.mrs ?? []).map((word, index) => (index === 1 ? rights : word));
  return { ...map, op: { ...map.op, raw: { ...map.op.raw, mrs } } };
};
const unmapped = (map: RecordedEvent): RecordedEvent => ({
  ...map,
  op: {
    ...map.op,
    method: 'X86_Page_Unmap',
    raw: { ...map.op.raw, label: 40, length: 0, extraCaps: 0, mrs: [] } as never,
  },
});
const READ_ONLY = 2;
const READ_WRITE = 3;

it('a store goes on by a mapping that was writable', async () => {
  const result = await withInserted((map, store) => [mapped(map, READ_ONLY), store, mapped(map, READ_WRITE)]);
  expect(differences(result)).toEqual([]);
  expect(result.files[0]?.results.map(({ side, staleUses }) => [side, staleUses])).toEqual([
    ['spec', 1],
    ['impl', 1],
  ]);
});

it('it does not go on by one that was flushed', async () => {
  const result = await withInserted((map, store) => [unmapped(map), mapped(map, READ_ONLY), store]);
  expect(differences(result)).toHaveLength(2);
});
