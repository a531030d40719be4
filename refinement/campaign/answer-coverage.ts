/** Which of the answers that decoding can give a campaign has seen. */
import type { Architecture } from '../../spec/abi/arch.ts';
import { CONFIGS } from '../../spec/abi/config.ts';
import type { Answer } from '../program/answer.ts';
import { UNREACHABLE, answerName, possibleAnswers } from '../program/answer.ts';
import type { Counts } from './counts.ts';

export interface AnswerCoverage {
  /** (invocation, result) pairs that the types of the decoding functions allow, on the architectures that ran. */
  readonly possible: number;
  readonly seen: number;
  /** Those that never came. */
  readonly unseen: readonly (Answer & {
    /** Why it cannot come; null when it could have. */
    readonly because: string | null;
  })[];
  /** Seen, but not in the table: a mistake in the table. */
  readonly unexpected: readonly Answer[];
}

export function answerCoverage(configs: readonly string[], answers: Counts): AnswerCoverage {
  const archs = [...new Set(configs.flatMap((name) => CONFIGS[name]?.arch ?? []))];
  const possible = new Map(archs.flatMap(possibleAnswers).map((answer) => [answerName(answer), answer]));
  const isSeen = ({ invocation, result }: Answer): boolean => (answers.get(invocation)?.get(result) ?? 0) > 0;
  const unseen = [...possible.values()].filter((answer) => !isSeen(answer));
  return {
    possible: possible.size,
    seen: possible.size - unseen.length,
    unseen: unseen.map((answer) => ({ ...answer, because: unreachable(answer, archs) })),
    unexpected: [...answers].flatMap(([invocation, of]) =>
      [...of.keys()].map((result) => ({ invocation, result })).filter((answer) => !possible.has(answerName(answer))),
    ),
  };
}

/** Unreachable on every architecture that has it and that ran. */
function unreachable(answer: Answer, archs: readonly Architecture[]): string | null {
  const name = answerName(answer);
  const reasons = archs
    .filter((arch) => possibleAnswers(arch).some((possible) => answerName(possible) === name))
    .map(
      ({ name: arch }) =>
        UNREACHABLE.find(({ arch: of = arch, answer: which }) => of === arch && answerName(which) === name)?.because ??
        null,
    );
  return reasons.includes(null) ? null : (reasons[0] ?? null);
}
