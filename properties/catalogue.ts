/** All properties, in the order in which they are checked and listed: first what others take for granted. */
import {
  FASTPATH_CALL_TAKEN,
  FASTPATH_EQUALS_SLOW_PATH,
  FASTPATH_REPLY_RECV_TAKEN,
  FASTPATH_SIGNAL_TAKEN,
} from './fastpath.ts';
import {
  curVspace,
  equalKernelMappings,
  uniqueTableRefs,
  validAsidPoolCaps,
  validAsidTable,
  validPageTables,
  validTableCaps,
  validVsLookup,
  validVspaceObjs,
} from './invariants/address-spaces.ts';
import {
  capsContained,
  descendantsInc,
  irqRevocable,
  mdbCteAt,
  noMloop,
  untypedInc,
  untypedMdb,
  utRevocable,
  validList,
} from './invariants/derivation.ts';
import {
  classLinks,
  distinctZombies,
  irqControl,
  mdbChain0,
  mdbChunked,
  replyMastersRvkFb,
  utRevocableDesign,
  validBadges,
  validDlist,
  validNullcaps,
} from './invariants/design-mdb.ts';
import { irqsAcknowledged, timerArmed } from './invariants/design-machine.ts';
import { validReleaseQueue, validRepliesDesign, validSchedContextDesign } from './invariants/design-time.ts';
import { tlbConsistent } from './invariants/tlb.ts';
import {
  noZeroObject,
  tcbQueueRelation,
  tcbUnusedZero,
  untypedRangesZero,
  validTcbDesign,
} from './invariants/design-objects.ts';
import {
  ctIdleOrInCurDomain,
  ctNotInQDesign,
  listQueueRelation,
  noOrphans,
  schActWf,
  symHeapSchedPointers,
  validBitmaps,
  validSchedPointers,
} from './invariants/design-queues.ts';
import {
  activeReplyScs,
  faultTcbsValidStates,
  validReplies,
  validReply,
  validSchedContext,
} from './invariants/call-stacks.ts';
import { activeScsValid, rrValidRefills, spValidRefills } from './invariants/refills.ts';
import {
  ctNotInReleaseQ,
  readyOrRelease,
  releasedIpcQueues,
  sortedIpcQueues,
  validReadyQs,
  validReleaseQ,
} from './invariants/release.ts';
import {
  consumedTimeBounded,
  curScChargeable,
  curScReadyAndSufficient,
  curScTcb,
  currentTimeBounded,
  nobodyOverdue,
  timerProgrammed,
} from './invariants/time.ts';
import { curFpuInCurDomain, fpuOfCurrentThread, validCurFpu } from './invariants/fpu.ts';
import { pspaceAligned, pspaceDistinct, validCs, validEp, validNtfn, validTcb } from './invariants/objects.ts';
import {
  curTcb,
  ifLiveThenNonzCap,
  ifUnsafeThenCap,
  onlyIdle,
  symRefs,
  validIdle,
  validIoc,
  zombiesFinal,
} from './invariants/references.ts';
import { replyMasterRevocable, replyMdb, validReplyCaps, validReplyMasters } from './invariants/reply.ts';
import {
  capRefsRespectsDeviceRegion,
  pspaceRespectsDeviceRegion,
  validGlobalRefs,
  validIrqHandlers,
  validIrqNode,
  validIrqStates,
  validMachineState,
} from './invariants/reserved.ts';
import {
  ctInCurDomain,
  ctNotInQ,
  ctRunningOrIdle,
  domainTimeInv,
  schactIsRct,
  validBlocked,
  validDomainList,
  validIdleEtcb,
  validQueues,
  validSchedAction,
} from './invariants/scheduler.ts';
import { validCap, validUntyped } from './invariants/valid-cap.ts';
import type { Invariant, StepProperty } from './property.ts';
import { SECURITY_CHECKS } from './security/checks.ts';
import { TEMPORAL_CHECKS } from './temporal/checks.ts';
import { PAIR_PROPERTIES } from './security/pairs.ts';

export const REFINEMENT: StepProperty = {
  name: 'refinement',
  kind: 'step',
  statement: 'After every event the implementation is in a state that stands for the one the specification reached.',
  l4v: {
    theory: 'proof/refine/X64/Refine.thy',
    constant: 'refinement',
    difference:
      'compared on the states that are reached, not proved for all; to memory as laid out, so with part of C refinement',
  },
  evidence: ['guard-value-ignored'],
};

export const DECODE_CHANGES_NOTHING: StepProperty = {
  name: 'decode_inv_inv',
  kind: 'step',
  statement:
    'Looking up and decoding an invocation changes nothing: a refused one leaves the kernel as it was, but for the answer.',
  l4v: {
    theory: 'proof/invariant-abstract/Syscall_AI.thy',
    constant: 'decode_inv_inv',
    difference: 'in the specification the types say so; of the implementation it is compared',
  },
  evidence: ['written-before-checked'],
};

export const NO_FAIL: StepProperty = {
  name: 'no_fail',
  kind: 'step',
  statement: 'No event makes either side fail an assertion of its own, crash or run for ever.',
  l4v: {
    theory: 'lib/Monads/nondet/Nondet_No_Fail.thy',
    constant: 'no_fail',
    difference: 'of both sides; that an event ends is given a limit of time',
  },
  evidence: ['region-lacks-notifications'],
};

export const NEXT_THREAD_ALLOWED: StepProperty = {
  name: 'next_thread_allowed',
  kind: 'step',
  statement: 'Whom a lazy scheduler takes from the ready queues to run is a ready thread of the highest priority.',
  l4v: {
    theory: 'spec/abstract/Schedule_A.thy',
    constant: 'choose_thread',
    difference: 'the queue has no order here: any member of it may be chosen, and the specification follows',
  },
  evidence: ['lazy-chooses-in-silence'],
  requires: ['lazy'],
};

/** What must be true of every state in which the kernel is left. */
export const INVARIANTS: readonly Invariant[] = [
  pspaceAligned,
  pspaceDistinct,
  validCs,
  validEp,
  validNtfn,
  validTcb,
  validCap,
  validUntyped,
  validPageTables,
  validAsidTable,
  validAsidPoolCaps,
  validVspaceObjs,
  validVsLookup,
  validTableCaps,
  uniqueTableRefs,
  equalKernelMappings,
  curVspace,
  validSchedContext,
  validReply,
  symRefs,
  ifLiveThenNonzCap,
  ifUnsafeThenCap,
  zombiesFinal,
  validIoc,
  onlyIdle,
  validIdle,
  curTcb,
  mdbCteAt,
  noMloop,
  validList,
  untypedMdb,
  untypedInc,
  descendantsInc,
  capsContained,
  utRevocable,
  irqRevocable,
  replyMasterRevocable,
  replyMdb,
  validReplyMasters,
  validReplyCaps,
  validReplies,
  faultTcbsValidStates,
  activeScsValid,
  rrValidRefills,
  spValidRefills,
  activeReplyScs,
  validQueues,
  validReadyQs,
  validReleaseQ,
  readyOrRelease,
  releasedIpcQueues,
  sortedIpcQueues,
  ctNotInQ,
  ctNotInReleaseQ,
  validSchedAction,
  ctInCurDomain,
  validBlocked,
  validIdleEtcb,
  validDomainList,
  validIrqNode,
  validIrqHandlers,
  validIrqStates,
  validCurFpu,
  curFpuInCurDomain,
  fpuOfCurrentThread,
  validGlobalRefs,
  pspaceRespectsDeviceRegion,
  capRefsRespectsDeviceRegion,
  validMachineState,
  domainTimeInv,
  schactIsRct,
  ctRunningOrIdle,
  currentTimeBounded,
  consumedTimeBounded,
  curScTcb,
  curScChargeable,
  curScReadyAndSufficient,
  nobodyOverdue,
  timerProgrammed,
  noZeroObject,
  validNullcaps,
  validDlist,
  mdbChain0,
  mdbChunked,
  validBadges,
  classLinks,
  utRevocableDesign,
  distinctZombies,
  irqControl,
  replyMastersRvkFb,
  validBitmaps,
  listQueueRelation,
  symHeapSchedPointers,
  validSchedPointers,
  ctNotInQDesign,
  schActWf,
  ctIdleOrInCurDomain,
  noOrphans,
  tcbQueueRelation,
  validTcbDesign,
  tcbUnusedZero,
  validSchedContextDesign,
  validRepliesDesign,
  validReleaseQueue,
  untypedRangesZero,
  irqsAcknowledged,
  tlbConsistent,
  timerArmed,
];

export const STEP_PROPERTIES: readonly StepProperty[] = [
  REFINEMENT,
  DECODE_CHANGES_NOTHING,
  NO_FAIL,
  FASTPATH_CALL_TAKEN,
  FASTPATH_REPLY_RECV_TAKEN,
  FASTPATH_SIGNAL_TAKEN,
  FASTPATH_EQUALS_SLOW_PATH,
  NEXT_THREAD_ALLOWED,
  ...TEMPORAL_CHECKS,
  ...SECURITY_CHECKS,
  ...PAIR_PROPERTIES,
];

export const CATALOGUE: readonly (Invariant | StepProperty)[] = [...STEP_PROPERTIES, ...INVARIANTS];
