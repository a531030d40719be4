/** `corres explore` as its users meet it: how it ends, and what it says then. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
const CLI = join(ROOT, 'refinement/cli/corres.mjs');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'corres-explore-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function explore(args: readonly string[], signalAt?: RegExp): Promise<Ended> {
  const child = spawn(process.execPath, [CLI, 'explore', ...args], { cwd: folder });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => {
    err += String(chunk);
    if (signalAt?.test(err) === true && !err.includes('interrupted')) child.kill('SIGINT');
  });
  return new Promise((done) =>
    child.on('close', (code) => {
      done({ code, out, err });
    }),
  );
}

it('ends with 0 when everything was seen, and says so', { timeout: 60_000 }, async () => {
  const { code, out } = await explore(['ipc-two-threads']);
  expect(out).toMatch(/Everything that can happen in ipc-two-threads was seen/);
  expect(out).toMatch(/321 states, 1,722 transitions, depth 8/);
  expect(code).toBe(0);
});

it('says what bounded it, and how much is left', { timeout: 60_000 }, async () => {
  const { code, out } = await explore(['ipc-two-threads', '--depth', '2', '--json']);
  const result = JSON.parse(out) as Record<string, unknown>;
  expect(result).toMatchObject({
    schema: 'corres-explored/1',
    bound: 'depth',
    depth: 2,
    isExhaustive: false,
    violated: null,
  });
  expect(result['queue']).toBe((result['levels'] as readonly number[])[2]);
  expect(code).toBe(0);
});

it.each([
  [['nothing'], 2, /unknown exploration 'nothing'; there are: /],
  [['ipc-two-threads', '--property', 'nonleakage'], 2, /'nonleakage' is not asked in a search like this one/],
  [['ipc-two-threads', '--property', 'nothing'], 2, /unknown property 'nothing'/],
  [['ipc-two-threads', '--resume', 'nothing.bin'], 2, /nothing\.bin: cannot be read/],
  [['ipc-two-threads', '--workers', '0'], 2, /expected a whole number above 0/],
])('%j ends with %i', { timeout: 60_000 }, async (args, code, reason) => {
  const ended = await explore(args);
  expect(ended.err).toMatch(reason);
  expect(ended.code).toBe(code);
});

it('ends with 3 when a property that was asked for never saw its case', { timeout: 60_000 }, async () => {
  const { code, out } = await explore(['ipc-two-threads', '--full', '--property', 'untyped_inc']);
  expect(out).toMatch(/nothing can be said of what was not seen to occur, .*: untyped_inc/);
  expect(code).toBe(3);
});

it('says what it found also when the checkpoint cannot be written', { timeout: 60_000 }, async () => {
  mkdirSync(join(folder, 'taken', 'inside'), { recursive: true });
  const { code, out, err } = await explore(['ipc-two-threads', '--states', '50', '--checkpoint', 'taken']);
  expect(out).toMatch(/bounded by the number of states/);
  expect(err).toMatch(/taken: cannot be written/);
  expect(code).toBe(2);
});

it('keeps where it was when it is interrupted, and goes on from there', { timeout: 120_000 }, async () => {
  const { code, out } = await explore(['two-domains', '--checkpoint', 'kept.bin'], /depth \d/);
  expect(code).toBe(130);
  expect(out).toMatch(/bounded by time or an interruption/);
  expect(existsSync(join(folder, 'kept.bin'))).toBe(true);
  const resumed = await explore(['two-domains', '--resume', 'kept.bin']);
  expect(resumed.out).toMatch(/15,264 states, 53,280 transitions, depth 25/);
  expect(resumed.code).toBe(0);
});

it('refuses a file that it cannot read as an exploration, and names the place', { timeout: 60_000 }, async () => {
  writeFileSync(join(folder, 'mine.yaml'), 'schema: corres-exploration/1\nname: 5\n');
  const { code, err } = await explore(['./mine.yaml']);
  expect(err).toMatch(/mine\.yaml: name/);
  expect(code).toBe(2);
});
