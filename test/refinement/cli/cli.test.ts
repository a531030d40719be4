/** The command line as its users meet it: what it prints where, and how it ends. */
import { spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
const CLI = join(ROOT, 'refinement/cli/corres.mjs');
const REGRESSIONS = join(ROOT, 'test/regressions');

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'corres-cli-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the command line in a folder of its own. `during` sees its error output as it comes. */
function corres(
  args: readonly string[],
  during?: (kill: (signal: NodeJS.Signals) => void, err: string) => void,
): Promise<Ended> {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, env: { ...process.env, NO_COLOR: '1' } });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => {
    err += String(chunk);
    during?.((signal) => child.kill(signal), err);
  });
  return new Promise((done) =>
    child.on('close', (code) => {
      done({ code, out, err });
    }),
  );
}

const example = (): string => {
  return join(REGRESSIONS, 'refinement-06accf32.json');
};

describe('corres', { timeout: 60_000 }, () => {
  it('check holds, says what it did, and how to do it again', async () => {
    const { code, out } = await corres([
      'check',
      '--steps',
      '3000',
      '--config',
      'small',
      '--property',
      'refinement',
      '--workers',
      '1',
    ]);
    expect(out).toContain('No violation found: every property held in every step made');
    expect(out).toContain('random, not exhaustive; seed 1');
    expect(out).toContain('again: npx corres check --seed 1 --steps 3000 --config small --property refinement');
    expect(out).toMatch(/refinement +│ step +│ held/);
    expect(code).toBe(0);
  });

  it('check does not call a property that saw nothing a pass', async () => {
    const { code, out } = await corres([
      'check',
      '--seed',
      '5',
      '--steps',
      '1',
      '--property',
      'distinct_zombies',
      '--config',
      'small',
      '--workers',
      '1',
    ]);
    expect(out).toContain('Incomplete: 1 properties never saw their interesting case: distinct_zombies');
    expect(code).toBe(3);
  });

  it.each(['json', 'ndjson', 'junit'])('check prints a result that a machine can read: %s', async (reporter) => {
    const { code, out } = await corres([
      'check',
      '--steps',
      '500',
      '--config',
      'small',
      '--property',
      'refinement',
      '--workers',
      '1',
      '--reporter',
      reporter,
    ]);
    expect(code).toBe(0);
    if (reporter === 'junit') expect(out).toContain('<testcase classname="corres.step" name="refinement"/>');
    else {
      const last = reporter === 'json' ? out : (out.trim().split('\n').at(-1) ?? '');
      expect(JSON.parse(last)).toMatchObject({ schema: 'corres-check/1', verdict: 'holds', seed: 1 });
    }
  });

  it.each([
    [['check', '--sed', '3'], "unknown option '--sed'"],
    [['check', '--seed', 'x'], "argument 'x' is invalid. expected a whole number"],
    [['check', '--steps', '0'], 'expected a whole number above 0'],
    [['check', '--time', 'soon'], 'expected a time, as 30s or 5m'],
    [['check', '--config', 'tiny'], "unknown configuration 'tiny'; there are: small"],
    [['check', '--property', 'peace'], "unknown property 'peace'; 'corres list properties' names them"],
    [['chekc'], "unknown command 'chekc'"],
    [['list', 'kernels'], 'Allowed choices are properties, operations, configs'],
    [['replay', 'nothing'], "no counterexample 'nothing'"],
    [['explain', './missing.json'], "no counterexample './missing.json'"],
  ])('%j is refused with exit code 2 and the reason', async (args, reason) => {
    const { code, out, err } = await corres(args);
    expect(err).toContain(reason);
    expect(out).toBe('');
    expect(code).toBe(2);
  });

  it('a damaged counterexample is refused with its name and what is wrong', async () => {
    writeFileSync(join(folder, 'cut.json'), readFileSync(example(), 'utf8').slice(0, 300));
    writeFileSync(join(folder, 'other.json'), '{"schema": "somebody-elses/1"}');
    const cut = await corres(['replay', 'cut.json']);
    expect(cut).toMatchObject({ code: 2, out: '' });
    expect(cut.err).toContain('cut.json: is not JSON');
    writeFileSync(join(folder, 'unknown.json'), readFileSync(example(), 'utf8').replace('"small"', '"sparc"'));
    const unknown = await corres(['replay', './unknown.json']);
    expect(unknown).toMatchObject({ code: 2, out: '' });
    expect(unknown.err).toContain('sparc');
    const other = await corres(['explain', 'other.json']);
    expect(other).toMatchObject({ code: 2, out: '' });
    expect(other.err).toContain('other.json: is not a counterexample of schema corres-counterexample/1');
  });

  it('replay and explain say that a mended counterexample holds', async () => {
    const replayed = await corres(['replay', example()]);
    expect(replayed.out).toContain('this does not fail on the sources as they are');
    expect(replayed.out).toMatch(/^ {2}1 {2}root: /m);
    expect(replayed.code).toBe(0);
    const explained = await corres(['explain', example()]);
    expect(explained.out).toContain('holds on the sources as they are');
    const one = await corres(['replay', example(), '--step', '1']);
    expect(one.out).not.toMatch(/^ {2}2 {2}/m);
    expect(one.out).toContain('NextIP');
  });

  it('check replays what it knows, and sets aside what is mended', async () => {
    const failures = join(folder, '.corres/failures');
    mkdirSync(failures, { recursive: true });
    cpSync(example(), join(failures, 'mended-one.json'));
    writeFileSync(join(failures, 'broken.json'), 'no JSON');
    const { code, out, err } = await corres([
      'check',
      '--steps',
      '500',
      '--config',
      'small',
      '--workers',
      '1',
      '--property',
      'refinement',
    ]);
    expect(err).toContain('not replayed: ');
    expect(err).toContain('broken.json: is not JSON');
    expect(out).toContain('no longer fails; its file was moved to .corres/mended/');
    expect(existsSync(join(folder, '.corres/mended/mended-one.json'))).toBe(true);
    expect(existsSync(join(failures, 'broken.json'))).toBe(true);
    expect(code).toBe(0);
  });

  it('promote writes a regression file, once, and only into the project', async () => {
    expect(await corres(['promote', example()])).toMatchObject({ code: 2 });
    mkdirSync(join(folder, 'test'));
    const { code, out } = await corres(['promote', example()]);
    expect(code).toBe(0);
    const [path = ''] = out.split('\n');
    expect(readFileSync(join(folder, path), 'utf8')).toBe(readFileSync(example(), 'utf8'));
    const twice = await corres(['promote', example()]);
    expect(twice.code).toBe(2);
    expect(twice.err).toContain('is there already');
  });

  it('an interrupted check ends in order, with what it knows', async () => {
    let isSent = false;
    const { code, out, err } = await corres(
      ['check', '--config', 'small', '--workers', '1', '--reporter', 'json'],
      (kill, seen) => {
        if (!isSent && seen.includes('steps/s')) {
          isSent = true;
          kill('SIGINT');
        }
      },
    );
    expect(err).toContain('interrupted, saving what was found');
    const result = JSON.parse(out) as { readonly verdict: string; readonly steps: number };
    expect(result.verdict).toBe('incomplete');
    expect(result.steps).toBeGreaterThan(0);
    expect(code).toBe(130);
  });

  it('a killed check loses nothing, and the next one begins as if it had not been', async () => {
    const failures = join(folder, '.corres/failures');
    mkdirSync(failures, { recursive: true });
    cpSync(example(), join(failures, 'kept.json'));
    writeFileSync(join(failures, 'half.json.123.tmp'), '{"schema":');
    let isSent = false;
    const killed = await corres(['check', '--config', 'small', '--workers', '1'], (kill, seen) => {
      if (!isSent && seen.includes('steps/s')) {
        isSent = true;
        kill('SIGKILL');
      }
    });
    expect(killed).toMatchObject({ code: null, out: '' });
    // Replaying comes first, so what is mended was set aside, whole, before the end came.
    expect(readFileSync(join(folder, '.corres/mended/kept.json'), 'utf8')).toBe(readFileSync(example(), 'utf8'));
    const next = await corres([
      'check',
      '--steps',
      '500',
      '--config',
      'small',
      '--workers',
      '1',
      '--property',
      'refinement',
    ]);
    expect(next.err).toBe('');
    expect(next.code).toBe(0);
  });

  it('names the folder that it may not write', async () => {
    if (process.getuid?.() === 0) {
      // Root may write everywhere; a file in the place of the folder stops root, too.
      writeFileSync(join(folder, '.corres'), '');
    } else chmodSync(folder, 0o555);
    const { code, err } = await corres(['shrink', example()]);
    expect(code).toBe(2);
    expect(err).toMatch(/^corres: /);
    chmodSync(folder, 0o755);
  });

  it('list names properties, operations and configurations', async () => {
    const properties = await corres(['list', 'properties', '--json']);
    expect((JSON.parse(properties.out) as unknown[]).length).toBeGreaterThan(60);
    expect((await corres(['list', 'operations'])).out).toMatch(/^CNode_Mint /m);
    expect((await corres(['list', 'configs'])).out).toMatch(/^x86_64 /m);
    expect((await corres(['list', 'systems'])).out).toMatch(/^separation-kernel /m);
  });

  it('what a system amounts to is a policy that covers it', async () => {
    const derived = await corres(['policy', 'derive', 'compositor']);
    expect(derived.code).toBe(0);
    expect(derived.out).toMatch(/^# browser sees .*; it can learn from what is done by compositor$/m);
    writeFileSync(join(folder, 'least.yaml'), derived.out);
    const covered = await corres(['policy', 'check', 'compositor', '--policy', 'least.yaml']);
    expect(covered).toMatchObject({
      code: 0,
      out: expect.stringContaining('covered: the policy allows each of') as string,
    });
  });

  it('the capability that exceeds a policy is named', async () => {
    const { code, out } = await corres(['policy', 'check', 'wrong-partitions']);
    expect(code).toBe(1);
    expect(out).toContain('debuggee: blue has Control over red by ThreadCap');
  });

  it('says where a system uses IPC as is advised against, for people and for machines', async () => {
    expect(await corres(['lint', 'client-server'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('no warnings: client-server uses IPC as advised') as string,
    });
    const { code, out } = await corres(['lint', 'guest-drivers']);
    expect(code).toBe(1);
    expect(out).toMatch(/^guest-drivers\.yaml:48: one-way: guest's console_out \(capabilities\.12\.rights\)$/m);
    expect(out).toContain('\n2 warnings about guest-drivers\n');
    const json = await corres(['lint', 'guest-drivers', '--json']);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({
      schema: 'corres-lint/1',
      system: 'guest-drivers',
      file: 'guest-drivers.yaml',
      warnings: [
        { rule: 'one-way', component: 'guest', capability: 'console_out', path: 'capabilities.12.rights', line: 48 },
        { rule: 'one-way', component: 'console', line: 49 },
      ],
    });
  });

  it("checks a system of the user's, and keeps what it found with the system in it", async () => {
    const { code, out } = await corres(['check', '--system', 'wrong-partitions', '--steps', '3000']);
    expect(code).toBe(1);
    expect(out).toMatch(/✗ (integrity|pas_refined|nonleakage) on systems, wrong-partitions/);
    const id = /corres explain (\S+)/.exec(out)?.[1] ?? '';
    expect((await corres(['replay', id])).out).toContain('on systems, wrong-partitions');
  });

  it('shows the channel of a lifted assumption, what it tells, and both runs', async () => {
    const { code, out } = await corres([
      'check',
      '--system',
      'separation-kernel',
      '--without',
      'domain-sep',
      '--steps',
      '20000',
    ]);
    expect(code).toBe(1);
    expect(out).toMatch(/tells at least \d\.\d\d bits per run \(95 % interval/);
    const id = /corres explain (\S+)/.exec(out)?.[1] ?? '';
    expect((await corres(['replay', id])).out).toMatch(/ \| /);
  });

  it.each([
    [['check', '--system', 'nowhere'], /^corres: unknown system 'nowhere'; there are: /],
    [['check', '--system', './nowhere.yaml'], /^corres: \.\/nowhere\.yaml: cannot be read/],
    [['check', '--without', 'luck'], /^corres: unknown assumption 'luck'; there are: silc, domain-sep/],
    [['policy', 'check', 'vehicle', '--policy', 'none.yaml'], /^corres: none\.yaml: cannot be read/],
    [['lint', 'nowhere'], /^corres: unknown system 'nowhere'; there are: /],
    [['lint', './nowhere.yaml'], /^corres: \.\/nowhere\.yaml: cannot be read/],
    [['check', '--config', 'small', '--property', 'nonleakage'], /^corres: there is nothing to check/],
  ])('refuses %j', async (args, error) => {
    const { code, err } = await corres(args);
    expect(code).toBe(2);
    expect(err).toMatch(error);
  });

  it('lint refuses what is no system, and names the place', async () => {
    const text = readFileSync(join(ROOT, 'refinement/system/shipped/client-server.yaml'), 'utf8');
    writeFileSync(
      join(folder, 'a.yaml'),
      text.replace('{ type: endpoint }', '{ type: endpoint, messages: { words: -1 } }'),
    );
    expect(await corres(['lint', './a.yaml'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('./a.yaml: objects.requests.messages.words is -1') as string,
    });
    writeFileSync(join(folder, 'b.yaml'), text.replace('object: done', 'object: gone'));
    expect(await corres(['lint', './b.yaml'])).toMatchObject({
      code: 2,
      err: expect.stringContaining("there is no object or thread 'gone'") as string,
    });
  });

  it('refuses pairs of a system that does not meet what confidentiality assumes', async () => {
    const text = readFileSync(join(ROOT, 'refinement/system/shipped/separation-kernel.yaml'), 'utf8');
    writeFileSync(join(folder, 'open.yaml'), text.replace('attacker: blue', 'attacker: blue\nsilc: false'));
    const { code, err } = await corres(['check', '--system', './open.yaml']);
    expect(code).toBe(2);
    expect(err).toContain('no copy of its NotificationCap is kept; --without silc lifts that');
  });
});
