/**
 * Defects in the specification. Comparison finds them as well as those of the implementation; but they are here for what comparison cannot
 * show, a mistake made on both sides: each breaks an invariant of the abstract state that has to notice it alone.
 */
import type { Defect } from './defect.ts';
import { edit } from './defect.ts';

const INITIAL = 'spec/state/initial.ts';
const CAP_RULES = 'spec/state/cap-rules.ts';
const CDT = 'spec/state/cdt.ts';
const INSERT = 'spec/perform/cap-insert.ts';
const CNODE = 'spec/perform/cnode.ts';
const UNTYPED = 'spec/perform/untyped.ts';
const DECODE_UNTYPED = 'spec/decode/untyped.ts';
const DELETE = 'spec/perform/delete.ts';
const CANCEL = 'spec/perform/cancel.ts';
const VARIANT = 'spec/perform/variant.ts';
const REPLY_CAP = 'spec/perform/reply-cap.ts';
const DECODE_SPACE = 'spec/decode/tcb-space.ts';
const REPLY = 'spec/perform/reply.ts';
const FAULT = 'spec/perform/fault.ts';
const SCHEDULE = 'spec/schedule/schedule.ts';

type Parts = Pick<Defect, 'name' | 'subsystem' | 'description' | 'edits'>;

/**
 * @param invariant the one that notices it without the implementation beside it
 * @param others that may be looked at before it
 */
function inSpec(invariant: string, parts: Parts, ...others: readonly string[]): Defect {
  return { ...parts, side: 'spec', breaks: ['refinement', 'no_fail', invariant, ...others] };
}

export const SPEC_DEFECTS: readonly Defect[] = [
  inSpec(
    'valid_irq_node',
    {
      name: 'spec-irq-node-of-two-slots',
      subsystem: 'boot',
      description: 'Every interrupt starts with a node of two slots, of which the second is the next node.',
      edits: [edit(INITIAL, "{ _tag: 'CNode', radixBits: 0 }", "{ _tag: 'CNode', radixBits: 1 }")],
    },
    'pspace_aligned',
  ),
  inSpec('valid_irq_states', {
    name: 'spec-nothing-masked',
    subsystem: 'boot',
    description: 'The system starts with the interrupts that nobody uses open.',
    edits: [edit(INITIAL, "irqStates[irq] === 'Inactive'", "irqStates[irq] === 'Timer'")],
  }),
  inSpec('valid_idle_etcb', {
    name: 'spec-idle-thread-in-last-domain',
    subsystem: 'boot',
    description: 'The idle thread belongs to the last domain.',
    edits: [
      edit(
        INITIAL,
        "...newTcb(config), state: { _tag: 'IdleThreadState' }",
        "...newTcb(config), domain: config.domains - 1, state: { _tag: 'IdleThreadState' }",
      ),
    ],
  }),
  inSpec('valid_domain_list', {
    name: 'spec-schedule-without-end',
    subsystem: 'boot',
    description: 'The unused rest of the domain schedule repeats its first entry instead of marking the end.',
    edits: [
      edit(
        INITIAL,
        'return boot.domainSchedule[index] ?? { domain: 0, duration: 0n };',
        'return boot.domainSchedule[index] ?? boot.domainSchedule[0] ?? { domain: 0, duration: 0n };',
      ),
    ],
  }),

  inSpec('valid_cap', {
    name: 'spec-guard-too-long',
    subsystem: 'cnode',
    description: 'A guard may be longer than what the radix leaves of a word.',
    edits: [edit(CAP_RULES, 'if (guardBits + cap.radixBits > config.wordBits) return NULL_CAP;', '')],
  }),
  inSpec('valid_reply_masters', {
    name: 'spec-master-saved-as-caller',
    subsystem: 'cnode',
    description: 'Saving the caller takes the master reply capability out of the thread.',
    edits: [
      edit(CNODE, 'slotAt(s.globals.currentThread, TCB_CALLER)', 'slotAt(s.globals.currentThread, TCB_CALLER - 1)'),
    ],
  }),

  inSpec('valid_ioc', {
    name: 'spec-mark-left-behind',
    subsystem: 'derivation',
    description: 'A slot from which an original capability was moved is still marked as holding one.',
    edits: [edit(CDT, 'setNode(setNode(s, source, undefined), target, moved)', 'setNode(s, target, moved)')],
  }),
  inSpec('irq_revocable', {
    name: 'spec-moved-is-no-original',
    subsystem: 'derivation',
    description: 'A capability that is moved is no original one any more.',
    edits: [
      edit(
        CDT,
        'setNode(setNode(s, source, undefined), target, moved)',
        'setNode(setNode(s, source, undefined), target, { ...moved, original: false })',
      ),
    ],
  }),
  inSpec('mdb_cte_at', {
    name: 'spec-orphaned-children',
    subsystem: 'derivation',
    description: 'Children of a deleted capability still name it as their parent.',
    edits: [edit(CDT, 'for (const child of gone.children) t = setParent(t, child, gone.parent);', '')],
  }),
  inSpec('no_mloop', {
    name: 'spec-copy-derived-from-itself',
    subsystem: 'derivation',
    description: 'The copy of a capability that is derived from nothing counts as its own parent.',
    edits: [
      edit(
        CDT,
        'return setCap(setNode(linked, slot, { parent, children: [], original }), slot, cap);\n}\n\n/** Takes',
        'return setCap(setNode(linked, slot, { parent: parent ?? slot, children: [], original }), slot, cap);\n}\n\n/** Takes',
      ),
    ],
  }),
  inSpec('valid_list', {
    name: 'spec-child-not-listed',
    subsystem: 'derivation',
    description: 'A copy beside its source is missing from the list of their parent.',
    edits: [edit(CDT, 'above.children.toSpliced(at, 0, slot)', 'above.children.toSpliced(at, 0)')],
  }),
  inSpec('descendants_inc', {
    name: 'spec-swap-leaves-the-tree',
    subsystem: 'derivation',
    description: 'Swapping exchanges two capabilities, but not their places in the derivation tree.',
    edits: [edit(CDT, 'return setCap(setCap(t, a, capB), b, capA);', 'return setCap(setCap(s, a, capB), b, capA);')],
  }),
  inSpec('untyped_inc', {
    name: 'spec-copied-untyped-not-full',
    subsystem: 'derivation',
    description: 'An untyped that was copied keeps its free memory.',
    edits: [
      edit(
        INSERT,
        'return isCopy ? setCap(s, source, withFreeIndex(sourceCap, 2 ** sourceCap.sizeBits)) : s;',
        'return s;',
      ),
    ],
  }),

  inSpec('pspace_aligned', {
    name: 'spec-objects-not-aligned',
    subsystem: 'untyped',
    description: 'An object starts where the last one ended, whatever its alignment.',
    edits: [
      edit(
        UNTYPED,
        'const first = Math.ceil((untyped.ref + untyped.freeIndex) / bytes) * bytes;',
        'const first = untyped.ref + untyped.freeIndex;',
      ),
    ],
  }),
  inSpec('pspace_distinct', {
    name: 'spec-last-object-half-counted',
    subsystem: 'untyped',
    description: 'The watermark stays in the middle of the last object made.',
    edits: [
      edit(
        UNTYPED,
        'first + targets.length * bytes - untyped.ref',
        'first + targets.length * bytes - bytes / 2 - untyped.ref',
      ),
    ],
  }),
  inSpec('valid_untyped', {
    name: 'spec-watermark-ignores-alignment',
    subsystem: 'untyped',
    description: 'The watermark goes up by the size of the objects only, not by the gap before them.',
    edits: [
      edit(UNTYPED, 'first + targets.length * bytes - untyped.ref', 'untyped.freeIndex + targets.length * bytes'),
    ],
  }),
  inSpec('valid_cs', {
    name: 'spec-window-beyond-node',
    subsystem: 'untyped',
    description: 'The capabilities to new objects may lie beyond the end of their CNode.',
    edits: [edit(DECODE_UNTYPED, 'if (count > nodeSize - first)', 'if (count > nodeSize - first + 1)')],
  }),
  inSpec('caps_contained', {
    name: 'spec-space-for-one-less',
    subsystem: 'untyped',
    description: 'The last of several objects may lie behind the end of its untyped.',
    edits: [
      edit(
        DECODE_UNTYPED,
        'Math.floor(freeBytes / 2 ** bits) < targets.length',
        'Math.ceil(freeBytes / 2 ** bits) < targets.length',
      ),
    ],
  }),
  inSpec('untyped_mdb', {
    name: 'spec-objects-beside-untyped',
    subsystem: 'untyped',
    description: 'The capability to a new object is a sibling of its untyped instead of a child.',
    edits: [
      edit(UNTYPED, 's = insertChild(s, source, target,', 's = insertSibling(s, source, target,'),
      edit(UNTYPED, 'import { insertChild } from', 'import { insertSibling } from'),
    ],
  }),
  inSpec('ut_revocable', {
    name: 'spec-untyped-no-original',
    subsystem: 'untyped',
    description: 'An untyped made of an untyped is no original capability.',
    edits: [
      edit(
        UNTYPED,
        'capTo(type, ref, userSize, device), true);',
        "capTo(type, ref, userSize, device), type !== 'Untyped');",
      ),
    ],
  }),
  inSpec('pspace_respects_device_region', {
    name: 'spec-anything-in-device-memory',
    subsystem: 'untyped',
    description: 'A device untyped can be made into objects that the kernel writes to.',
    edits: [
      edit(DECODE_UNTYPED, 'if (untyped.device && !isAllowedInDevice(type))', 'if (untyped.device && userSize < 0)'),
    ],
  }),
  inSpec('cap_refs_respects_device_region', {
    name: 'spec-device-forgotten',
    subsystem: 'untyped',
    description: 'A frame made of device memory counts as ordinary memory.',
    edits: [
      edit(UNTYPED, "size: 'Small', device, rights: 'ReadWrite'", "size: 'Small', device: false, rights: 'ReadWrite'"),
    ],
  }),
  inSpec('valid_global_refs', {
    name: 'spec-address-cut-short',
    subsystem: 'untyped',
    description: 'The capability to a new endpoint has lost the lower bits of its address.',
    edits: [
      edit(
        UNTYPED,
        "case 'Endpoint': return { _tag: 'EndpointCap', ref, badge",
        "case 'Endpoint': return { _tag: 'EndpointCap', ref: ref - (ref % 2 ** 16), badge",
      ),
    ],
  }),
  inSpec("no_0_obj'", {
    name: 'spec-object-at-zero',
    subsystem: 'untyped',
    description: 'Objects are placed by the watermark alone, as if every untyped started at address 0.',
    edits: [
      edit(
        UNTYPED,
        'Math.ceil((untyped.ref + untyped.freeIndex) / bytes) * bytes',
        'Math.ceil(untyped.freeIndex / bytes) * bytes',
      ),
    ],
  }),
  inSpec('valid_machine_state', {
    name: 'spec-reset-does-not-clear',
    subsystem: 'untyped',
    description: 'Memory is given out again with its old content.',
    edits: [
      edit(
        UNTYPED,
        't.memory = PMap.set(t.memory, key, undefined);',
        't.memory = PMap.set(t.memory, key, PMap.get(t.memory, key));',
      ),
    ],
  }),

  inSpec('if_unsafe_then_cap', {
    name: 'spec-node-deleted-in-one-go',
    subsystem: 'deletion',
    description: 'The last capability to a CNode goes without the CNode being emptied.',
    edits: [
      edit(
        DELETE,
        "return { state: s, remainder: { _tag: 'Zombie', ref, radixBits, count: 2 ** radixBits }, cleanup: null };",
        'return gone(s);',
      ),
    ],
  }),
  inSpec('zombies_final', {
    name: 'spec-any-node-becomes-zombie',
    subsystem: 'deletion',
    description: 'Deleting one of several capabilities to a CNode empties the CNode.',
    edits: [edit(DELETE, "case 'CNodeCap': { if (!isFinal) return gone(s);", "case 'CNodeCap': {")],
  }),
  inSpec('if_live_then_nonz_cap', {
    name: 'spec-deleted-thread-not-stopped',
    subsystem: 'deletion',
    description: 'A thread whose last capability goes stays in the queues it was in.',
    edits: [edit(DELETE, 'fpuRelease(suspend(unbound, cap.ref), cap.ref)', 'fpuRelease(unbound, cap.ref)')],
  }),

  inSpec('valid_ep', {
    name: 'spec-busy-without-senders',
    subsystem: 'cancel',
    description: 'An endpoint stays one that has senders when the last of them is gone.',
    edits: [
      edit(
        CANCEL,
        "return isNonEmpty(queue) ? { _tag: 'SendEP', queue } : { _tag: 'IdleEP' };",
        "return { _tag: 'SendEP', queue };",
      ),
    ],
  }),
  inSpec('valid_ntfn', {
    name: 'spec-busy-without-waiters',
    subsystem: 'cancel',
    description: 'A notification stays one that is waited for when the last waiting thread is gone.',
    edits: [
      edit(
        CANCEL,
        "return isNonEmpty(queue) ? { _tag: 'WaitingNtfn', queue } : { _tag: 'IdleNtfn' };",
        "return { _tag: 'WaitingNtfn', queue };",
      ),
    ],
  }),
  inSpec('sym_refs', {
    name: 'spec-unbound-on-one-side',
    subsystem: 'cancel',
    description: 'An unbound notification still points at its thread.',
    edits: [edit(CANCEL, 'setBoundTcb(s, boundNotification, null)', 's')],
  }),

  inSpec('valid_tcb', {
    name: 'spec-anything-as-buffer',
    subsystem: 'tcb',
    description: 'Any capability can be installed as the frame of an IPC buffer.',
    edits: [edit(DECODE_SPACE, "if (cap._tag !== 'FrameCap' || cap.device) return left(ILLEGAL);", '')],
  }),
  inSpec('valid_queues', {
    name: 'spec-priority-set-while-queued',
    subsystem: 'tcb',
    description: 'A thread whose priority changes stays in the queue of its old one.',
    edits: [
      edit(
        VARIANT,
        'const t = updateTcb(schedDequeue(s, thread), thread, { priority });',
        'const t = updateTcb(s, thread, { priority });',
      ),
    ],
  }),
  inSpec('reply_master_revocable', {
    name: 'spec-master-no-original',
    subsystem: 'tcb',
    description: 'The master reply capability of a resumed thread is no original one.',
    edits: [edit(REPLY_CAP, 'children: [], original: true }', 'children: [], original: false }')],
  }),

  inSpec('only_idle', {
    name: 'spec-double-fault-idles',
    subsystem: 'fault',
    description: 'A thread that faults without a handler becomes a second idle thread.',
    edits: [
      edit(
        FAULT,
        "return setThreadState(s, thread, { _tag: 'Inactive' });",
        "return setThreadState(s, thread, { _tag: 'IdleThreadState' });",
      ),
    ],
  }),

  inSpec('reply_mdb', {
    name: 'spec-reply-derived-from-nothing',
    subsystem: 'reply',
    description:
      'The capability to answer a caller is derived from its CSpace root instead of its master reply capability.',
    edits: [edit(REPLY_CAP, 'slotAt(sender, TCB_REPLY)', 'slotAt(sender, TCB_REPLY - 2)')],
  }),
  inSpec('valid_reply_caps', {
    name: 'spec-fault-answered-twice',
    subsystem: 'reply',
    description: 'Answering a fault does not use up the reply capability.',
    edits: [edit(REPLY, 'answerFault(deleteReplyCap(s, slot),', 'answerFault(s,')],
  }),

  inSpec('valid_idle', {
    name: 'spec-idle-thread-runs',
    subsystem: 'scheduler',
    description: 'The idle thread becomes a running one when it is chosen.',
    edits: [
      edit(
        SCHEDULE,
        'return setGlobals(setVMRoot(s, idleThread), { currentThread: idleThread });',
        "return setGlobals(setThreadState(setVMRoot(s, idleThread), idleThread, { _tag: 'Running' }), { currentThread: idleThread });",
      ),
    ],
  }),
  inSpec('cur_tcb', {
    name: 'spec-current-thread-is-a-slot',
    subsystem: 'scheduler',
    description: 'After a restart the current thread is named by the address of its second slot.',
    edits: [
      edit(
        SCHEDULE,
        "return setThreadState(restarted, thread, { _tag: 'Running' });",
        "return setGlobals(setThreadState(restarted, thread, { _tag: 'Running' }), { currentThread: thread + 32 });",
      ),
    ],
  }),
  inSpec('valid_sched_action', {
    name: 'spec-activated-thread-stops',
    subsystem: 'scheduler',
    description:
      'A thread that is to issue its system call again is stopped instead, and is the current one all the same.',
    edits: [
      edit(
        SCHEDULE,
        "return setThreadState(restarted, thread, { _tag: 'Running' });",
        "return setGlobals(setThreadState(restarted, thread, { _tag: 'Inactive' }), { schedulerAction: RESUME_CURRENT_THREAD });",
      ),
    ],
  }),
  inSpec('ct_running_or_ct_idle', {
    name: 'spec-activated-thread-not-running',
    subsystem: 'scheduler',
    description: 'A thread that issues its system call again is still marked as about to.',
    edits: [edit(SCHEDULE, "return setThreadState(restarted, thread, { _tag: 'Running' });", 'return restarted;')],
  }),
  inSpec('ct_not_in_q', {
    name: 'spec-current-thread-queued',
    subsystem: 'scheduler',
    description: 'The thread switched to stays in its ready queue.',
    edits: [
      edit(
        SCHEDULE,
        'schedDequeue(lazyFpuRestore(setVMRoot(s, thread), thread), thread)',
        'lazyFpuRestore(setVMRoot(s, thread), thread)',
      ),
    ],
  }),
  inSpec('valid_blocked', {
    name: 'spec-preempted-thread-lost',
    subsystem: 'scheduler',
    description: 'A running thread that must give way is put into no queue.',
    edits: [edit(SCHEDULE, 'stillRuns ? schedEnqueue(s, currentThread) : s', 's')],
  }),
  inSpec('schact_is_rct', {
    name: 'spec-action-not-reset',
    subsystem: 'scheduler',
    description: 'The thread to switch to is still to be switched to when it runs.',
    edits: [
      edit(
        SCHEDULE,
        'return setSchedulerAction(chosen, RESUME_CURRENT_THREAD);',
        "return action._tag === 'SwitchToThread' ? chosen : setSchedulerAction(chosen, RESUME_CURRENT_THREAD);",
      ),
    ],
  }),
  inSpec('schact_is_rct', {
    name: 'spec-choice-left-open',
    subsystem: 'scheduler',
    description: 'The kernel is left with a choice asked for, although it was just made.',
    edits: [
      edit(
        SCHEDULE,
        'return setSchedulerAction(chosen, RESUME_CURRENT_THREAD);',
        "return action._tag === 'ChooseNewThread' ? chosen : setSchedulerAction(chosen, RESUME_CURRENT_THREAD);",
      ),
    ],
  }),

  inSpec('valid_irq_handlers', {
    name: 'spec-handler-of-inactive-interrupt',
    subsystem: 'interrupt',
    description: 'An interrupt that is given away still counts as given to nobody.',
    edits: [edit('spec/perform/irq.ts', "capInsert(setIrqState(s, irq, 'Signal'),", 'capInsert(s,')],
  }),
  inSpec('ct_in_cur_domain', {
    name: 'spec-own-domain-change-runs-on',
    subsystem: 'domain',
    description: 'A thread that leaves its own domain goes on running in the slice of that.',
    edits: [
      edit(
        'spec/perform/domain.ts',
        'return isCurrent(queued, thread) ? rescheduleRequired(queued) : queued;',
        'return queued;',
      ),
    ],
  }),
  inSpec('domain_time_inv', {
    name: 'spec-slice-ends-late',
    subsystem: 'domain',
    description: 'Nobody notices that the slice of a domain has ended.',
    edits: [edit('spec/schedule/interrupt.ts', 'return domainTime === 0n ? rescheduleRequired(t) : t;', 'return t;')],
  }),
  inSpec('valid_cur_fpu', {
    name: 'spec-disabled-owner-keeps-fpu',
    subsystem: 'fpu',
    description: 'A thread that may not use the floating-point unit any more still owns it.',
    edits: [
      edit(
        'spec/perform/tcb.ts',
        'if ((flags & TCB_FLAG_FPU_DISABLED) !== 0) return fpuRelease(s, thread);',
        'if ((flags & TCB_FLAG_FPU_DISABLED) !== 0) return s;',
      ),
    ],
  }),
  inSpec('cur_fpu_in_cur_domain', {
    name: 'spec-fpu-kept-across-domains',
    subsystem: 'fpu',
    description: 'The floating-point registers of a thread of another domain stay in the unit.',
    edits: [edit('spec/schedule/domain.ts', 'switchFpuOwner(s, null)', 's')],
  }),
  inSpec('fpu_of_current_thread', {
    name: 'spec-fpu-not-switched',
    subsystem: 'fpu',
    description: 'The thread switched to finds the floating-point registers of the last one.',
    edits: [
      edit(
        SCHEDULE,
        'schedDequeue(lazyFpuRestore(setVMRoot(s, thread), thread), thread)',
        'schedDequeue(setVMRoot(s, thread), thread)',
      ),
    ],
  }),
];
