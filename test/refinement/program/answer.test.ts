import { describe, expect, it } from 'vitest';
import { answerCoverage } from '../../../refinement/campaign/answer-coverage.ts';
import { count } from '../../../refinement/campaign/counts.ts';
import type { Counts } from '../../../refinement/campaign/counts.ts';
import { UNREACHABLE, answerName, possibleAnswers } from '../../../refinement/program/answer.ts';
import { RISCV64_ARCH, X86_64_ARCH } from '../../../spec/abi/arch.ts';
import { INVOCATIONS, REFUSALS } from '../../../spec/decode/refusals.ts';

const KERNELS = (['classic', 'mcs'] as const).flatMap((variant) =>
  [X86_64_ARCH, RISCV64_ARCH].map((arch) => ({ variant, arch })),
);

describe('the table of possible answers', () => {
  it('has each pair once, and those of an architecture only there', () => {
    for (const kernel of KERNELS) {
      const { arch, variant } = kernel;
      const names = possibleAnswers(kernel).map(answerName);
      expect(new Set(names).size).toBe(names.length);
      expect(names.includes('X86PageGetAddress: NoError')).toBe(arch === X86_64_ARCH);
      expect(names.includes('RISCVPageGetAddress: NoError')).toBe(arch === RISCV64_ARCH);
      expect(names.includes('SchedContextBind: NoError')).toBe(variant === 'mcs');
    }
  });

  it('knows for each invocation which capability it is made on', () => {
    expect(Object.values(INVOCATIONS).flat().sort()).toEqual(Object.keys(REFUSALS).sort());
  });

  it('calls unreachable only what is in it', () => {
    for (const { arch, variant, answer } of UNREACHABLE) {
      const kernels = KERNELS.filter(
        (one) => (arch ?? one.arch.name) === one.arch.name && (variant ?? one.variant) === one.variant,
      );
      for (const of of kernels) expect(possibleAnswers(of).map(answerName)).toContain(answerName(answer));
    }
  });
});

describe('the coverage of answers', () => {
  const seen = (...pairs: readonly (readonly [string, string])[]): Counts => {
    const counts: Counts = new Map();
    for (const [invocation, result] of pairs) count(counts, invocation, result);
    return counts;
  };

  it('tells what was seen, what was not, and what should not have been', () => {
    const found = answerCoverage(['small'], seen(['CNodeCopy', 'NoError'], ['TCBSuspend', 'RangeError']));
    expect(found.seen).toBe(1);
    expect(found.unseen).toHaveLength(found.possible - 1);
    expect(found.unexpected).toEqual([{ invocation: 'TCBSuspend', result: 'RangeError' }]);
  });

  it('excuses an answer only when no architecture that ran can give it', () => {
    const reason = (configs: readonly string[], name: string): string | null | undefined =>
      answerCoverage(configs, seen()).unseen.find((answer) => answerName(answer) === name)?.because;
    expect(reason(['small'], 'IRQIssueIRQHandler: NoError')).toMatch(/I\/O APIC/);
    expect(reason(['small', 'small-riscv64'], 'IRQIssueIRQHandler: NoError')).toBeNull();
    expect(reason(['small-riscv64'], 'IRQIssueIRQHandler: IllegalOperation')).toMatch(/I\/O APIC/);
    expect(reason(['small'], 'CNodeCopy: NoError')).toBeNull();
  });
});
