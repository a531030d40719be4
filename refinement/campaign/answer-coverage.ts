/** Which of the answers that decoding can give a campaign has seen. */
import { CONFIGS } from '../../spec/abi/config.ts';
import type { Interface } from '../../spec/abi/variant.ts';
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
  const kernels = [
    ...new Map(
      configs.flatMap((name) => CONFIGS[name] ?? []).map((one) => [`${one.variant} ${one.arch.name}`, one]),
    ).values(),
  ];
  const possible = new Map(kernels.flatMap(possibleAnswers).map((answer) => [answerName(answer), answer]));
  const isSeen = ({ invocation, result }: Answer): boolean => (answers.get(invocation)?.get(result) ?? 0) > 0;
  const unseen = [...possible.values()].filter((answer) => !isSeen(answer));
  return {
    possible: possible.size,
    seen: possible.size - unseen.length,
    unseen: unseen.map((answer) => ({ ...answer, because: unreachable(answer, kernels) })),
    unexpected: [...answers].flatMap(([invocation, of]) =>
      [...of.keys()].map((result) => ({ invocation, result })).filter((answer) => !possible.has(answerName(answer))),
    ),
  };
}

/** Unreachable in every kernel that has it and that ran. */
function unreachable(answer: Answer, kernels: readonly Interface[]): string | null {
  const name = answerName(answer);
  const reasons = kernels
    .filter((kernel) => possibleAnswers(kernel).some((possible) => answerName(possible) === name))
    .map(({ variant, arch }) => {
      const known = UNREACHABLE.find(
        (one) =>
          (one.arch ?? arch.name) === arch.name &&
          (one.variant ?? variant) === variant &&
          answerName(one.answer) === name,
      );
      return known?.because ?? null;
    });
  return reasons.includes(null) ? null : (reasons[0] ?? null);
}
