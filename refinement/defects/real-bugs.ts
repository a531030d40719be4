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
  'refill-ready-early': {
    what: 'A refill counted as ready one worst-case kernel time early.',
    source: 'seL4 521f7e3c1, PR 968, 2023',
  },
  'refill-beyond-last': {
    what: 'The test whether refills overlap read one that was not there.',
    source: 'seL4 3153e9923, 2020',
  },
  'refills-overlap': {
    what: 'Refills that overlap were kept as separate ones.',
    source: 'seL4 b7fbaae03 and 21b51e612, PR 256, 311, 312, 2020',
  },
  'overrun-forgiven': {
    what: 'Usage beyond the head refill was charged to nobody.',
    source: 'seL4 263a2b95b, PR 357, 2021',
  },
  'full-buffer-is-no-budget': {
    what: 'A full list of refills was treated as an exhausted budget.',
    source: 'seL4 e2ca0b611, 2021',
  },
  'period-drifts': {
    what: 'Each activation of a periodic thread drifted by the overhead of the interrupt.',
    source: 'seL4 4a7d08def, issue 844, PR 849, 2022',
  },
  'budget-added-without-limit': {
    what: 'Transferring budget could turn a finite one into an infinite one.',
    source: 'Composite issue 205, PR 209, 2016',
  },
  'least-budget-in-microseconds': {
    what: 'The lower bound of budgets was checked in microseconds and used in ticks.',
    source: 'seL4 7e798a15b, PR 153 and 217, 2019',
  },
  'period-not-limited': {
    what: 'Periods had no upper bound, so that release times overflowed.',
    source: 'seL4 c06a6c9a9, issue 656, release 12.0.0, 2019',
  },
  'timeout-in-round-robin': {
    what: 'A timeout fault was raised for a round-robin thread.',
    source: 'seL4 4bd328f81, PR 221, 2020',
  },
  'domain-time-billed-late': {
    what: "A domain's time was billed after the next thread had been chosen.",
    source: 'seL4 fa4f1baeb, 02ddcd110 and 036ffc189, issues 226 and 297, 2020',
  },
  'deleted-context-charged': {
    what: 'After a preempted revoke the kernel billed a thread or context that it had just deleted.',
    source: 'seL4 acdf0be5e, b33d4680f and 0647a84c3, 2019',
  },
  'time-of-deleted-context': {
    what: 'Time consumed by a thread that destroyed its own context was billed to the next one.',
    source: 'seL4 bbd3f5ab1, 2021',
  },
  'donor-stays-in-release-queue': {
    what: 'A server whose donated context was taken back stayed in the release queue.',
    source: 'seL4 2326dc7b9, PR 339, 2020',
  },
  'returned-context-runs-on': {
    what: "Returning a notification's context did not make the running thread give way.",
    source: 'seL4 cc4b86d09, 2020',
  },
  'returns-what-never-was': {
    what: 'A context that never was compared equal to one that is not there.',
    source: 'seL4 6a9e860e4, PR 329, 2020',
  },
  'server-keeps-lent-context': {
    what: "A passive server kept the notification's context when it went back to its endpoint.",
    source: 'seL4 09d42ac0e, PR 157, 2020',
  },
  'taken-signal-lends-nothing': {
    what: 'Completing an active notification did not donate its context.',
    source: 'seL4 a132a1228, PR 157, 2019',
  },
  'signalled-without-time-runs': {
    what: 'A signal switched to a thread before checking that it has usable time.',
    source: 'seL4 61b886664, 2019',
  },
  'unreleased-context-bound': {
    what: 'A context without available refill could be bound to a blocked thread.',
    source: 'seL4 8df3c4cd0, PR 172 and 313, 2019',
  },
  'queued-without-budget': {
    what: 'YieldTo and SetPriority put threads without budget into the ready queue.',
    source: 'seL4 9dffbd016, f1113460b and 3a1218b34, 2019',
  },
  'yield-answer-to-the-running': {
    what: "Completing YieldTo wrote one thread's registers and another thread's buffer.",
    source: 'seL4 90dafb2e7, issues 1433 and 1471, PR 1435, 2025',
  },
  'faulter-restarted': {
    what: 'Deleting an endpoint restarted threads that waited to send a fault to it.',
    source: 'seL4 395df9396 and 225d74f6a, 2019',
  },
  'time-rolled-back': {
    what: 'The kernel forgot that time had passed after it had worked out refills from it.',
    source: 'seL4 96798066f and c25e5445f, 2017 and 2019',
  },
  'signal-fastpath-charges-nobody': {
    what: 'A draft of a fastpath for signals switched to a thread with another scheduling context, and charged nobody.',
    source: 'seL4 PR 322 and 793, 2021',
  },
} as const;

export type RealBug = keyof typeof REAL_BUGS;
