/** What a search found, for people and for programs. */
import type { Counterexample } from '../counterexample/format.ts';
import type { Action } from '../explore/alphabet.ts';
import type { Answer } from '../explore/explore.ts';
import type { SearchSpec } from '../explore/open.ts';
import type { Share, Visits } from '../explore/share.ts';
import type { SearchResult } from '../explore/search.ts';

export interface KeptFailure extends Counterexample {
  readonly path: string;
  /** Found by the pass over the whole state. */
  readonly isByPass: boolean;
}

export interface ExploredFacts {
  readonly name: string;
  readonly actions: readonly Action[];
  readonly spec: SearchSpec;
  readonly seconds: number;
  readonly result: SearchResult;
  /** Properties that never saw what they are about. */
  readonly unseen: readonly string[];
  readonly answers: readonly Answer[];
  readonly kept: KeptFailure | null;
}

export const count = (number: number): string => number.toLocaleString('en');

const BOUNDS = { depth: 'the depth', states: 'the number of states', time: 'time or an interruption' } as const;

export function exploredAsText(facts: ExploredFacts): string {
  const { spec, seconds, result, unseen } = facts;
  const { distinct, generated, depth, ends, outDegree, collision, bytesPerState } = result;
  return `${[
    ...actionLines(facts),
    '',
    verdict(facts),
    ...facts.answers.map((answer) => answerLine(answer, result.bound !== null || result.failure !== null)),
    `${count(distinct)} states, ${count(generated)} transitions, depth ${depth}, ${count(ends)} without a way on; ${outDegree.min} to ${outDegree.max} states follow one, ${outDegree.mean.toFixed(2)} on average`,
    `${seconds.toFixed(1)} s, ${count(Math.round(generated / seconds))} transitions/s; ${howChecked(spec)}`,
    ...(unseen.length > 0
      ? [
          `nothing can be said of what was not seen to occur, most of which is looked for only in states looked at whole: ${unseen.join(', ')}`,
        ]
      : []),
    `states by 64 bits of each, ${bytesPerState.toFixed(1)} bytes a state; two different ones taken for one: probability below ${collision.toExponential(1)}`,
  ].join('\n')}\n`;
}

function actionLines({ actions, result }: ExploredFacts): readonly string[] {
  const width = Math.max(...actions.map(({ name }) => name.length));
  return actions.map(({ name }, at) => {
    const { taken = 0, first = 0 } = result.actions[at] ?? {};
    return `  ${name.padEnd(width)}  ${count(taken).padStart(10)} times  ${count(first).padStart(9)} new states${taken === 0 ? '  never possible' : ''}`;
  });
}

function verdict({ name, result: { bound, queue }, kept, spec }: ExploredFacts): string {
  if (kept !== null) {
    const shortest =
      kept.isByPass && spec.wholeEvery > 1
        ? `; found by the pass over the whole state at one in ${spec.wholeEvery} states, so that fewer may do`
        : ', and after fewer nothing is';
    return `Violated: ${kept.property} after ${kept.program.length} events${shortest}: ${kept.what}\n  ${kept.path}\n  npx corres replay ${kept.id}`;
  }
  return bound === null
    ? `Everything that can happen in ${name} was seen, and nothing is violated at any step`
    : `Nothing is violated at any step in what was seen of ${name}; bounded by ${BOUNDS[bound]}, ${count(queue)} states to go`;
}

function answerLine({ question, waitingIn, lasso }: Answer, isPart: boolean): string {
  const { name, thread } = question;
  if (lasso !== null)
    return [
      `Violated: ${name}: ${thread} waits for ever`,
      ...steps('  first', lasso.stem),
      ...steps('  and then, again and again,', lasso.circle),
    ].join('\n');
  if (waitingIn === 0) return `${name}: nothing can be said, ${thread} never waits`;
  return `${name}: ${isPart ? 'in what was seen, ' : ''}${thread} waits in ${count(waitingIn)} states, and nowhere for ever while what is promised happens`;
}

const steps = (when: string, names: readonly string[]): readonly string[] => [
  when,
  ...names.map((name) => `    ${name}`),
];

function howChecked({ isSpecAlone, wholeEvery }: SearchSpec): string {
  const whole = wholeEvery === 1 ? 'every state whole' : `one state in ${wholeEvery} whole`;
  return `${isSpecAlone ? 'the specification alone' : 'both sides'}, what changed at every transition, ${whole}`;
}

export function shareText({ reachable, drawn, kept }: Share): string {
  const row = (what: string, { met, elsewhere }: Visits): readonly string[] => [
    `  ${what}${elsewhere === 0 ? '' : `, of whose steps ${count(elsewhere)} led to states that it does not reach`}`,
    ...met.map(
      ({ steps, states }) =>
        `    ${count(steps).padStart(9)} steps  ${count(states).padStart(7)} states  ${((100 * states) / reachable).toFixed(1).padStart(5)} %`,
    ),
  ];
  return [
    '',
    `of the ${count(reachable)} states that the exploration reaches, there were met`,
    ...row('by the programs as they are drawn', drawn),
    ...row('by those of their rows that are events of the exploration, with its arguments', kept),
  ].join('\n');
}

export function exploredAsJson({ name, actions, result, unseen, answers, spec }: ExploredFacts): string {
  const { failure, ...rest } = result;
  const shown = {
    schema: 'corres-explored/1',
    exploration: name,
    ...rest,
    storage: '64 bits of each state',
    isSpecAlone: spec.isSpecAlone,
    isExhaustive: rest.bound === null && failure === null,
    neverExercised: unseen,
    actions: actions.map((action, at) => ({ name: action.name, ...result.actions[at] })),
    liveness: answers.map(({ question, waitingIn, lasso }) => ({ name: question.name, waitingIn, lasso })),
    violated:
      failure === null
        ? null
        : { property: failure.failure.property, what: failure.failure.what, events: failure.program.length },
  };
  return `${JSON.stringify(shown, null, 2)}\n`;
}
