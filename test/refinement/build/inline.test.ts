/** A kernel with its small functions inlined does what it did before: on small modules that are easy to get wrong, and on random programs. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dist } from '../../../refinement/build/build.mjs';
import { inlined } from '../../../refinement/build/inline.mjs';
import { generateRow, taste } from '../../../refinement/program/generate.ts';
import { toKernelStep } from '../../../refinement/program/program.ts';
import { hash, random } from '../../../refinement/program/random.ts';
import type { ImplKernel } from '../../../refinement/step/impl-kernel.ts';
import { loadImpl } from '../../../refinement/step/impl-kernel.ts';
import { configNamed, placesOf } from '../../../refinement/step/kernels.ts';
import { makeLockstep } from '../../../refinement/step/lockstep.ts';
import { world } from '../../../refinement/world/world.ts';

/** What every module below can use: memory, and a trace of what happened in which order. */
const PRELUDE = `
const W = [10, 11, 12, 13, 14, 15, 16, 17];
var count = 0;
const trace = [];
function load(address) { return W[address - 4096 >>> 2]; }
function store(address, value) { W[address - 4096 >>> 2] = value; }
function next() { count = count + 1; trace.push(count); return count; }
function at(index) { return 4096 + index * 4; }
`;

/** Each ends with what `run` returns. */
const MODULES: Readonly<Record<string, string>> = {
  'an offset from an object': `
    function field(object) { return load(object + 8); }
    function run() { return field(4096) + field(at(1)); }`,
  'a value read before it is overwritten': `
    function swap(a, b) { const old = load(a); store(a, load(b)); store(b, old); }
    function run() { swap(at(0), at(1)); store(at(2), load(at(3))); return W; }`,
  'an argument that writes, used late': `
    function second(a, b) { return load(at(0)) + b * 0 + a; }
    function run() { return second(1, setFirst()); }
    function setFirst() { store(at(0), 99); return 7; }`,
  'an argument that reads, used after a write': `
    function put(value) { return W[0] = 5, value; }
    function run() { return put(load(at(0))); }`,
  'an argument that writes and is not used': `
    function first(a, b) { return a; }
    function run() { return [first(1, next()), count]; }`,
  'a local function of the same name': `
    function run() { const load = (n) => n * 2; return [load(5), [1, 2].map((at) => at + 1)]; }`,
  'an argument that writes, in a condition': `
    function both(a, b) { return a && b; }
    function run() { const is = both(load(at(0)) === 0, next() > 0); return [is, count, trace]; }`,
  'arguments that write, in order': `
    function minus(a, b) { return b - a; }
    function run() { return [minus(next(), next()), trace]; }`,
  'an argument used twice': `
    function twice(a) { return a + a; }
    function run() { return [twice(next()), count]; }`,
  'constants of all kinds, and what looks like one': `
    const BIG = 2n ** 40n - BigInt(3);
    const LOW = Number(BIG & 0xffn);
    const WORDS = Math.ceil(LOW / 32) * 2 ** 3;
    const CHOSEN = WORDS > 60 ? LOW : -LOW;
    const LENGTH = W.length / 2;
    function run() { return [BIG, LOW, WORDS, CHOSEN, LENGTH, W.length < LENGTH, LENGTH * WORDS, CHOSEN ? WORDS : at(0)]; }`,
  'a variable that the function changes': `
    function bump(by) { count = count + 1; return by; }
    function run() { const was = bump(count); return [was, count]; }`,
  'a parameter that is assigned to': `
    function down(n) { let sum = 0; while (n > 0) { sum += n; n -= 1; } return sum; }
    function run() { let n = 4; const sum = down(n); return [sum, n]; }`,
  'a local of the same name': `
    function twoOf(tcb) { const next = load(tcb); store(tcb + 4, next); return next; }
    function run() { const next = at(0); const got = twoOf(next); return [got, next, W]; }`,
  'a local that hides what the function uses': `
    function shifted(x) { return x + offset(); }
    function offset() { return load(at(5)); }
    function run() { const load = 3, at = 2; return shifted(load + at); }`,
  'returns on the way, out of loops and switches': `
    function find(value) {
      for (let n = 0; n < 8; n++) {
        if (load(at(n)) === value) return n;
        switch (value) {
          case 1:
            return -2;
          case 2:
            break;
          default:
            continue;
        }
        return -3;
      }
      return -1;
    }
    function run() { const a = find(12); let b = find(1); b = find(2) + b; const c = find(50); if (find(15) === 5) return [a, b, c]; return 0; }`,
  'a value assigned to what it is made of': `
    function following(n, step) { if (n === 0) return step; store(at(0), n); return n + step; }
    function run() { let n = 3; n = following(n, n); n = following(n, 1); return [n, W]; }`,
  'a condition that is a call': `
    function isSet(n) { const word = load(at(n)); if (word > 12) return true; return word === 11; }
    function run() { const found = []; for (let n = 0; n < 5; n++) { if (isSet(n)) found.push(n); if (!isSet(n)) found.push(-n); } return found; }`,
  'recursion, of one function and of two': `
    function even(n) { return n === 0 ? true : odd(n - 1); }
    function odd(n) { return n === 0 ? false : even(n - 1); }
    function sum(n) { if (n === 0) return 0; return n + sum(n - 1); }
    function run() { return [even(6), odd(6), sum(5)]; }`,
  'nothing wanted of a function that returns something': `
    function take(n) { if (n > 2) return next(); store(at(n), 0); return 5; }
    function run() { take(3); take(1); take(next()); return [trace, W]; }`,
  'sequences and choices as statements': `
    function mark(n) { store(at(n), 1); }
    function run() { load(at(0)) === 10 ? (mark(0), mark(1)) : mark(2); load(at(3)) === 0 || mark(3); load(at(4)) === 0 && mark(4); return W; }`,
  'constants of the configuration': `
    const IS_BIG = !1, SIZE = 3 * 2, NAMES = [5, SIZE], KIND = 'benno';
    const act = IS_BIG ? grow : shrink;
    function grow(n) { store(at(0), n); }
    function shrink(n) { store(at(0), -n); }
    function run() { if (IS_BIG) return 1; act(NAMES[1]); if (KIND === 'lazy') mark(); return [W, IS_BIG && next(), KIND]; }
    function mark() { store(at(1), 0); }`,
  'numbers at the ends of what 32 bits hold': `
    function index(address) { return address - 4096 >>> 2; }
    function run() { return [index(0), index(4095), index(4294967295), load(0), load(at(9)), load(4294967295)]; }`,
  'an array that is changed': `
    const list = [1, 2, 3];
    function run() { const before = list[1]; list[1] = 7; return [before, list[1]]; }`,
};

type Module = { readonly run: () => unknown };

async function resultOf(source: string): Promise<unknown> {
  const module = (await import(`data:text/javascript,${encodeURIComponent(source)}`)) as Module;
  return module.run();
}

describe('a module', () => {
  it.each(Object.entries(MODULES))('with %s', async (name, source) => {
    const text = `// ${name}\n${PRELUDE}\n${source.replace(/^ {4}/gm, '')}\nexport { run };\n`;
    const changed = inlined(text);
    expect(await resultOf(changed)).toEqual(await resultOf(text));
  });

  it('has no calls left where there need be none', () => {
    const text = inlined(
      `${PRELUDE}\nfunction run(object) { store(object + 8, load(object + 4) + 1); }\nexport { run };\n`,
    );
    expect(text).toContain('W[(object >>> 2) - 1022] = ');
    expect(text).toContain('(W[(object >>> 2) - 1023])');
  });
});

/** Programs, and steps of each. */
const PROGRAMS = 20;
const STEPS = 150;

describe('a kernel', () => {
  it.each(['small', 'small-riscv64', 'small-lazy', 'small-mcs'])('%s leaves the same memory', async (name) => {
    const config = configNamed(name);
    const [plain, fast] = await Promise.all(['impl', 'fast'].map((kind) => loadImpl(join(dist, kind, `${name}.mjs`))));
    if (plain === undefined || fast === undefined) throw new Error('two kernels');
    const both = [plain, fast].map((kernel) => makeLockstep(config, kernel, { invariants: [], fullEvery: 1000 }));
    const memory = ({ words, ramSize }: ImplKernel): Buffer => Buffer.from(words.buffer, 0, ramSize);
    const { boot } = world(config, placesOf(plain), 0);
    let steps = 0;
    for (let run = 0; run < PROGRAMS; run++) {
      const r = random(hash(11, run));
      const style = taste(r, config);
      for (const lockstep of both) expect(lockstep.boot(boot)).toBeNull();
      for (let n = 0; n < STEPS; n++) {
        const { state } = both[0] ?? expect.fail();
        const step = toKernelStep(generateRow(r, style, state) ?? { op: 'Tick', word: 0n }, state);
        if (step === null) continue;
        for (const lockstep of both) expect(lockstep.step(step), `program ${run}, step ${n}`).toBeNull();
        steps++;
        if (!memory(plain).equals(memory(fast))) expect.fail(`program ${run} of seed 11, step ${n}: memory differs`);
      }
    }
    expect(steps).toBeGreaterThan(PROGRAMS * STEPS * 0.3);
  });
});
