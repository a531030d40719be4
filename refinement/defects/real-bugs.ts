/** Defects that happened in released or reviewed kernels, as far as a seeded one resembles them. In our own words. */
export const REAL_BUGS = {
  'rights-encode-table': {
    what: 'Mapping a frame with no effective rights made an entry that leads to a page table.',
    source: 'seL4 038d1fcd6, release 12.0.0, 2020',
  },
  'space-compared-with-itself': {
    what: 'The check that a frame is mapped again in the same address space compared the space with itself.',
    source: 'seL4 9a58a37d6, 2020',
  },
  'waiting-drops-caller': {
    what: 'Waiting on a notification threw away the reply capability of a caller not yet answered.',
    source: 'seL4 f15959a73, SELFOUR-220, 2015',
  },
  'answer-overwritten': {
    what: 'Invocations that answer with data had their message info overwritten by the empty success reply.',
    source: 'seL4 4ce6cbe9e and 90dafb2e7, PR 243 and 846, 2022',
  },
  'stale-lookup-failure': {
    what: 'Fault messages carried the details of an earlier failed lookup.',
    source: 'seL4 c119df035, issue 864, 2026',
  },
  'fault-flag-kept': {
    what: 'Cancelling an IPC cleared the fault in one blocking state only.',
    source: 'seL4 12be24951, 2019',
  },
  'no-preemption-on-priority': {
    what: "Raising another thread's priority did not preempt the running thread.",
    source: 'seL4 a0ec03582, SELFOUR-707, 2016',
  },
  'stale-restart-pc': {
    what: 'A thread suspended before it ran again repeated its system call when resumed.',
    source: 'seL4 7c1a70533, SELFOUR-1198, 2018',
  },
  'deleted-candidate': {
    what: 'The thread chosen to run next could be deleted before the scheduler looked at it.',
    source: 'seL4 9ccdc857e, 2019',
  },
  'key-changed-in-queue': {
    what: 'The key that orders a queue was changed while the thread was in the queue.',
    source: 'Zephyr issue 69935, 2024',
  },
  'candidate-elsewhere': {
    what: 'The first rewrite of switching directly lost the test that the thread belongs to this scheduler at all.',
    source: 'seL4 6b6b96552, SELFOUR-242, 2016',
  },
  'region-lacks-type': {
    what: 'One object type was not counted as memory, so that its untyped could be given out again over live objects.',
    source: 'seL4 57a909f61 (VCPUs), advisory in 14.0.0, 2024; 382dc2d60 on Arm, 2016',
  },
  'untyped-not-marked-used': {
    what: 'An object was made without marking its untyped as used.',
    source: 'seL4 ff2d59182 (ASID pools), 2015',
  },
  'same-region-lacks-type': {
    what: 'Revoking skipped the copies of one object type that the region test did not know.',
    source: 'seL4 bbd85aefd (PDPT) and c28f18c65 (IOPortControl), 2018',
  },
  'context-not-saved': {
    what: 'The switch to another domain forgot the thread that was running.',
    source: 'seLe4n PR 528 and 880, 2026',
  },
  'irq-range': {
    what: 'The range check of interrupt numbers always passed.',
    source: 'seL4 5455856dc, 2019',
  },
  'irq-beyond-table': {
    what: 'An interrupt number beyond the table of handlers was looked up in it.',
    source: 'seL4 06bd6e006 and 939678374, SELFOUR-420, 2016',
  },
  'fpu-across-domains': {
    what: 'The floating-point state of one domain was saved, and could be seen, in the next one.',
    source: 'seL4 f1517d51d and 35ec2554b, RFC-18, 2024',
  },
  'registers-share-slot': {
    what: 'Two user registers shared one place in the saved context.',
    source: 'seL4 b9522d87b, 2018',
  },
  'irq-not-masked': {
    what: 'The last interrupt could not be masked.',
    source: 'seL4 3db39fd7b, issue 1350, 2024-2025',
  },
  'asid-not-checked': {
    what: 'The IPC fastpath installed an address space without checking that it is still valid.',
    source: 'seL4 ebcfcb701, PR 1762, 2022-2026',
  },
} as const;

export type RealBug = keyof typeof REAL_BUGS;
