/** `corres check`: known failures first, then random programs; a failure is shrunk and kept. */
import type { Counterexample } from '../counterexample/format.ts';
import { encodeCounterexample, testCaseOf } from '../counterexample/format.ts';
import { builtSources, makeCounterexample } from './make-counterexample.ts';
import type { Store } from '../counterexample/store.ts';
import { discard, failureFiles, readCounterexample, retire, save } from '../counterexample/store.ts';
import { placeName } from '../system/setting.ts';
import { InputError } from '../input-error.ts';
import type { CampaignResult, Found, Part, Pool, Progress } from './campaign.ts';
import { runCampaign } from './campaign.ts';
import { answerCoverage } from './answer-coverage.ts';
import { countRows } from './counts.ts';
import type { Checks } from './checker.ts';
import type { CheckResult, ViolationResult } from './result.ts';
import { modeOf, propertyResults } from './result.ts';

export interface CheckOptions {
  readonly seed: number;
  readonly parts: readonly Part[];
  readonly checks: Checks;
  readonly timeMs?: number | undefined;
  /** The end of the time is the planned end, and not a run cut short. */
  readonly timeIsBudget: boolean;
  readonly store: Store;
  readonly reproduce: string;
  readonly interrupt: { readonly isInterrupted: () => boolean; readonly happened: Promise<'interrupted'> };
  readonly onProgress: (progress: Progress, failures: number) => void;
  readonly say: (text: string) => void;
}

export async function check(pool: Pool, options: CheckOptions): Promise<CheckResult> {
  const start = performance.now();
  const { known, mended } = await replayKnown(pool, options);
  const campaign = await runCampaign(pool, {
    ...options,
    isInterrupted: options.interrupt.isInterrupted,
    onProgress: (progress, found) => {
      options.onProgress(progress, known.length + (found ? 1 : 0));
    },
  });
  const fresh = campaign.found === null ? null : await keep(pool, campaign.found, options);
  const violations = fresh === null || known.some(({ id }) => id === fresh.id) ? known : [...known, fresh];
  return summarise(options, campaign, violations, mended, pool.threads, (performance.now() - start) / 1000);
}

/** Every counterexample found here before is run again; one that no longer fails is set aside. */
async function replayKnown(
  pool: Pool,
  { store, checks, parts, interrupt, say }: CheckOptions,
): Promise<{ readonly known: readonly ViolationResult[]; readonly mended: readonly string[] }> {
  const known: ViolationResult[] = [];
  const mended: string[] = [];
  for (const file of failureFiles(store)) {
    if (interrupt.isInterrupted()) break;
    let counterexample: Counterexample;
    try {
      counterexample = readCounterexample(file);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      say(`corres: not replayed: ${error.message}`);
      continue;
    }
    const { config, property, setting } = counterexample;
    const part = parts.find(
      (candidate) => placeName(candidate.config, candidate.setting) === placeName(config, setting),
    );
    if (part === undefined || (checks.properties !== null && !checks.properties.includes(property))) continue;
    const task = {
      config,
      bundle: part.bundle,
      setting: counterexample.setting,
      ...checks,
      testCase: testCaseOf(counterexample),
    };
    const { failure } = await pool.replay({ kind: 'replay', ...task });
    if (failure?.property === property) known.push(violation(counterexample, file, true));
    else {
      retire(store, file);
      mended.push(counterexample.id);
    }
  }
  return { known, mended };
}

/** Writes the failure down before it is shrunk, which takes time: whoever ends the process then has lost nothing. */
async function keep(pool: Pool, found: Found, options: CheckOptions): Promise<ViolationResult> {
  const { part, testCase, failure } = found;
  options.say(
    `${failure.property} fails in run ${found.run} after ${testCase.program.length} steps: ${failure.what}; shrinking`,
  );
  const { config, bundle, setting } = part;
  const { seed, checks, store } = options;
  const asFound = makeCounterexample(found, null, seed);
  const first = saved(asFound, options);
  const shrinking = pool.shrink({ kind: 'shrink', config, bundle, setting, ...checks, seed, rows: part.rows, found });
  shrinking.catch(() => undefined);
  const ended = await Promise.race([shrinking, options.interrupt.happened]);
  const best = ended === 'interrupted' ? asFound : makeCounterexample(found, ended, seed);
  const file = ended === 'interrupted' ? first : saved(best, options);
  if (file === null) options.say(encodeCounterexample(best));
  else if (best.id !== asFound.id) discard(store, asFound.id);
  if (setting?.pairs !== true || ended === 'interrupted') return violation(best, file, false);
  const capacity = await pool.capacity({
    kind: 'capacity',
    config,
    bundle,
    setting,
    ...checks,
    testCase: testCaseOf(best),
  });
  return { ...violation(best, file, false), capacity };
}

/** Path of the file; null when the system does not let it be written, which is said. */
function saved(counterexample: Counterexample, { store, say }: CheckOptions): string | null {
  try {
    return save(store, counterexample);
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    say(`corres: ${counterexample.id} cannot be kept: ${error.message}`);
    return null;
  }
}

function violation(counterexample: Counterexample, file: string | null, known: boolean): ViolationResult {
  const { id, property, what, config, setting, program, original, shrinking } = counterexample;
  return {
    id,
    property,
    what,
    config: placeName(config, setting),
    file,
    rows: program.length,
    originalRows: original?.length ?? program.length,
    executions: shrinking.executions,
    minimal: shrinking.certificate !== null,
    known,
  };
}

function summarise(
  { checks, seed, parts, reproduce, interrupt, timeIsBudget }: CheckOptions,
  campaign: CampaignResult,
  violations: readonly ViolationResult[],
  mended: readonly string[],
  workers: number,
  seconds: number,
): CheckResult {
  const { progress, stopped } = campaign;
  const properties = propertyResults(checks, campaign, new Set(violations.map(({ property }) => property)));
  const ran = progress.runs > 0 ? (checks.properties ?? []) : [];
  const missing = ran.filter((name) => !properties.some((property) => property.name === name));
  const isInSystems = parts.every(({ setting }) => setting !== undefined);
  const unseen = properties.filter(({ status }) => status === 'vacuous');
  // A system need not have everything that a kernel can do: invariants of what it does not have see nothing, and are named.
  const excused = isInSystems ? unseen.filter(({ kind }) => kind !== 'step').map(({ name }) => name) : [];
  const vacuous = unseen.map(({ name }) => name).filter((name) => !excused.includes(name));
  const outcomes = countRows(progress.outcomes).map(([operation, outcome, times]) => ({
    operation,
    outcome,
    count: times,
  }));
  outcomes.sort((a, b) => (a.operation === b.operation ? b.count - a.count : a.operation < b.operation ? -1 : 1));
  const end = ending(
    violations,
    missing,
    vacuous,
    excused,
    stopped === 'time' && !timeIsBudget,
    interrupt.isInterrupted(),
  );
  return {
    schema: 'corres-check/1',
    ...end,
    seed,
    runs: progress.runs,
    steps: progress.steps,
    stepsOf: Object.fromEntries(progress.stepsOf),
    systems: [...progress.systems].map(([name, counts]) => ({ name, ...counts })),
    mode: modeOf(checks),
    exhaustive: false,
    seconds,
    cpuSeconds: progress.cpuMs / 1000,
    stepsPerSecond: progress.steps / seconds,
    workers,
    properties,
    coverage: {
      operations: progress.outcomes.size,
      pairs: outcomes.length,
      effectiveSteps: progress.effective,
      outcomes,
      cases: countRows(progress.decided).map(([property, name, times]) => ({ property, case: name, count: times })),
      answers: answerCoverage([...progress.stepsOf.keys()], progress.answers),
    },
    violations,
    mended,
    sources: builtSources(),
    reproduce,
  };
}

function ending(
  violations: readonly ViolationResult[],
  missing: readonly string[],
  vacuous: readonly string[],
  excused: readonly string[],
  isCutShort: boolean,
  isInterrupted: boolean,
): Pick<CheckResult, 'verdict' | 'exitCode' | 'reason'> {
  const broken = `${violations.map(({ property }) => property).join(', ')} violated`;
  if (isInterrupted) {
    const reason = violations.length > 0 ? `interrupted; ${broken}` : 'interrupted before the end';
    return { verdict: violations.length > 0 ? 'violated' : 'incomplete', exitCode: 130, reason };
  }
  if (violations.length > 0) return { verdict: 'violated', exitCode: 1, reason: broken };
  if (missing.length > 0) {
    return { verdict: 'incomplete', exitCode: 3, reason: `not about the kernels that ran: ${missing.join(', ')}` };
  }
  if (vacuous.length > 0) {
    const reason = `${vacuous.length} properties never saw their interesting case: ${vacuous.join(', ')}`;
    return { verdict: 'incomplete', exitCode: 3, reason };
  }
  if (isCutShort)
    return { verdict: 'incomplete', exitCode: 3, reason: 'the time was over before all programs had run' };
  if (excused.length > 0) {
    const reason = `what could be checked held in every step made; the systems have nothing that these are about: ${excused.join(', ')}`;
    return { verdict: 'holds', exitCode: 0, reason };
  }
  return { verdict: 'holds', exitCode: 0, reason: 'every property held in every step made' };
}
