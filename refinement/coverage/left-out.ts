/** Branches of the specification that no random program can reach, by name and with the reason. They are counted apart. */

export interface LeftOut {
  readonly because: string;
  /** Whole functions, and whole columns of the tables of points of difference, by name. */
  readonly functions?: readonly string[];
  /** By what they say, anywhere or in one file. */
  readonly branches?: readonly { readonly file?: string; readonly text?: RegExp }[];
}

export const LEFT_OUT: readonly LeftOut[] = [
  {
    because: 'an assertion of the specification, which must never fail',
    functions: ['specAssert', 'absurd', 'absent'],
    branches: [{ text: /\b(specAssert|absurd|absent|SpecAssertion)\(/ }],
  },
  {
    because: 'a choice that an implementation may not make',
    branches: [{ file: 'spec/schedule/choices.ts', text: /nextThread/ }],
  },
  {
    because: 'of the MCS kernel, for which there are no random programs',
    // biome-ignore format: packed
    functions: [
      'mcs', 'handleMcsSyscall', 'isRefusedFirst', 'findReply', 'offerNone', 'joinByPriority', 'afterSendMcs', 'isAwaited', 'awaitReplyObject',
      'setPriorityMcs', 'replyFinalise', 'answerThrough',
    ],
    branches: [
      { file: 'spec/decode/sched-context.ts' },
      { file: 'spec/perform/reply-object.ts' },
      { file: 'spec/perform/sched-context.ts' },
      { text: /'(ReplyObjectCap|SchedContextCap|SchedControlCap|SchedContext|Reply)'/ },
      { text: /'(InvokeReplyObject|ConfigureSchedContext|TCBSetTimeoutEndpoint|NBSendRecv|NBSendWait|Wait|NBWait)'/ },
      {
        text: /isFirstPhase|[sS]chedContext\b|faultHandlerCap\b|minSchedContextBits|replyUnlink\(|replyFinalise\(|offerReply\(/,
      },
      { file: 'spec/state/ready-queues.ts', text: /hasTime/ },
      { file: 'spec/decode/tcb.ts', text: /time\._tag/ },
      { file: 'spec/api/syscall.ts', text: /begun/ },
    ],
  },
  {
    because: 'TCB_Configure and its like delete nothing that takes long: that is refused when it is decoded',
    branches: [{ file: 'spec/perform/tcb.ts', text: /E\.isLeft\((deleted|done)\)|sourceStays/ }],
  },
  {
    because: 'a table that cannot be left, read with a value for the compiler to believe it',
    branches: [{ text: /\?\? (0n|false|WORD_MASK|BigInt\(low\)|2 \*\* bits)|^BigInt\(low\)/ }],
  },
];
