/** Defects in handling interrupts, domains and the floating-point unit. */
import type { Defect } from './defect.ts';
import { edit } from './defect.ts';

const IRQ = 'impl/kernel/irq.ts';
const IRQ_STATE = 'impl/kernel/irq-state.ts';
const IRQ_PLATFORM = 'impl/kernel/irq-platform.ts';
const DOMAIN = 'impl/kernel/domain.ts';
const SCHEDULER = 'impl/kernel/scheduler.ts';
const FPU = 'impl/kernel/fpu.ts';

export const MACHINE_DEFECTS: readonly Defect[] = [
  {
    name: 'interrupt-given-twice',
    subsystem: 'interrupt',
    description: 'An interrupt that has a handler can be given to another one.',
    side: 'impl',
    edits: [edit(IRQ, 'if (irqState(irq) !== IRQ_INACTIVE) return fail(REVOKE_FIRST);', '')],
    breaks: ['refinement'],
  },
  {
    name: 'interrupt-range-ignored',
    subsystem: 'interrupt',
    description: 'Any number passes for that of an interrupt.',
    resembles: 'irq-range',
    side: 'impl',
    edits: [
      edit(
        IRQ_PLATFORM,
        'if (argExceeds(word, IRQ_NUMBER_MAX) || argLo[word]! < IRQ_NUMBER_MIN)',
        'if (argLo[word]! < IRQ_NUMBER_MIN)',
      ),
    ],
    breaks: ['refinement', 'no_fail'],
  },
  {
    name: 'interrupt-beyond-table',
    subsystem: 'interrupt',
    description:
      'A line of the interrupt controller that the kernel has no state for signals to the handler of another.',
    resembles: 'irq-beyond-table',
    side: 'impl',
    edits: [edit(IRQ, 'if (irq >= NUM_IRQS) {', 'if (irq >= NUM_IRQS) {\n    signal(irqNode(irq - NUM_IRQS));')],
    breaks: ['refinement'],
  },
  {
    name: 'interrupt-not-masked',
    subsystem: 'interrupt',
    description: 'A line that has signalled is not masked, so that it comes again before its handler has run.',
    resembles: 'irq-not-masked',
    side: 'impl',
    edits: [edit(IRQ, 'maskIrqSignal(irq);', '')],
    breaks: ['refinement'],
  },
  {
    name: 'interrupt-never-acknowledged',
    subsystem: 'interrupt',
    description: 'An interrupt stays in service after it was handled.',
    side: 'impl',
    edits: [edit(IRQ, 'ackInterrupt(irq);\n}', '}')],
    breaks: ['refinement', 'irqs_acknowledged'],
  },

  {
    name: 'handler-needs-no-right',
    subsystem: 'interrupt',
    description: 'A notification that may not be signalled can be set as the handler of an interrupt.',
    side: 'impl',
    edits: [
      edit(
        IRQ,
        'capType(notification) !== CAP_NOTIFICATION || capField(notification, 16, 1) === 0',
        'capType(notification) !== CAP_NOTIFICATION',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'old-handler-kept',
    subsystem: 'interrupt',
    description: 'Setting the notification of an interrupt that has one does not take the old one away first.',
    side: 'impl',
    edits: [edit(IRQ, 'deletingIrqHandler(irq);\n      loadCap', 'loadCap')],
    breaks: ['refinement', 'no_fail'],
  },
  {
    name: 'deleted-handler-keeps-interrupt',
    subsystem: 'interrupt',
    description: 'An interrupt whose last handler capability is gone can never be given away again.',
    side: 'impl',
    edits: [edit(IRQ_STATE, 'setIrqState(irq, IRQ_INACTIVE);', '')],
    breaks: ['refinement'],
  },
  {
    name: 'timer-not-set-again',
    subsystem: 'interrupt',
    description: 'The timer ticks once and never again.',
    side: 'impl',
    edits: [edit(IRQ, 'resetTimer(); break;', 'break;')],
    breaks: ['refinement', 'timer_armed'],
  },

  {
    name: 'domain-out-of-range',
    subsystem: 'domain',
    description: 'A thread can be put into a domain that does not exist.',
    side: 'impl',
    edits: [
      edit(
        DOMAIN,
        'if (argExceeds(0, NUM_DOMAINS - 1)) return failWith(INVALID_ARGUMENT, 0);',
        'if (argExceeds(0, NUM_DOMAINS)) return failWith(INVALID_ARGUMENT, 0);',
      ),
    ],
    breaks: ['refinement', 'no_fail'],
  },
  {
    name: 'domain-set-while-queued',
    subsystem: 'domain',
    description: 'A thread that changes its domain stays in the ready queue of the old one.',
    resembles: 'key-changed-in-queue',
    side: 'impl',
    edits: [edit(DOMAIN, 'schedDequeue(tcb);\n  store(tcb + TCB_DOMAIN, domain);', 'store(tcb + TCB_DOMAIN, domain);')],
    breaks: ['refinement', 'list_queue_relation'],
  },
  {
    name: 'own-domain-change-runs-on',
    subsystem: 'domain',
    description: 'A thread that leaves its own domain goes on running in the slice of that.',
    side: 'impl',
    edits: [edit(DOMAIN, 'if (tcb === currentThread()) rescheduleRequired();', '')],
    breaks: ['refinement', "ct_idle_or_in_cur_domain'"],
  },
  {
    name: 'woken-across-domains',
    subsystem: 'domain',
    description: 'A thread of another domain that is woken runs at once.',
    resembles: 'candidate-elsewhere',
    side: 'impl',
    edits: [
      edit(
        'impl/kernel/thread-state.ts',
        'if (load(tcb + TCB_DOMAIN) !== load(KS_CUR_DOMAIN)) {',
        'if (load(tcb + TCB_DOMAIN) > 255) {',
      ),
    ],
    breaks: ['refinement', "ct_idle_or_in_cur_domain'"],
  },
  {
    name: 'domain-switch-forgets-thread',
    subsystem: 'domain',
    description: 'The thread that ran when the slice of its domain ended is in no queue afterwards.',
    resembles: 'context-not-saved',
    side: 'impl',
    edits: [
      edit(
        SCHEDULER,
        'if (runs) schedEnqueue(current);',
        'if (runs && (load(KS_DOMAIN_TIME_LO) !== 0 || load(KS_DOMAIN_TIME_HI) !== 0)) schedEnqueue(current);',
      ),
    ],
    breaks: ['refinement', 'no_orphans'],
  },
  {
    name: 'schedule-wraps-to-first',
    subsystem: 'domain',
    description: 'The schedule of domains starts over at its first entry instead of at the one set as its start.',
    side: 'impl',
    edits: [edit(SCHEDULER, 'next = load(KS_DOMAIN_START);', 'next = 0;')],
    breaks: ['refinement'],
  },
  {
    name: 'slice-ends-late',
    subsystem: 'domain',
    description: 'A domain runs one tick longer than its slice.',
    side: 'impl',
    edits: [
      edit(
        SCHEDULER,
        'if (lo === 1 && hi === 0) rescheduleRequired();',
        'if (lo === 0 && hi === 0) rescheduleRequired();',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'new-thread-in-first-domain',
    subsystem: 'domain',
    description: 'A new thread belongs to domain 0, whoever made it.',
    side: 'impl',
    edits: [edit('impl/kernel/untyped.ts', 'store(address + TCB_DOMAIN, load(KS_CUR_DOMAIN));', '')],
    breaks: ['refinement'],
  },

  {
    name: 'fpu-not-saved',
    subsystem: 'fpu',
    description: 'The floating-point registers of the last owner are lost when another thread takes the unit.',
    side: 'impl',
    edits: [edit(FPU, 'if (old !== 0) saveFpu(old + TCB_FPU_LO);', '')],
    breaks: ['refinement'],
  },
  {
    name: 'fpu-kept-across-domains',
    subsystem: 'fpu',
    description: 'The floating-point registers of the domain before stay in the machine when the next one runs.',
    resembles: 'fpu-across-domains',
    side: 'impl',
    edits: [edit(SCHEDULER, 'switchFpuOwner(0);\n    nextDomain();', 'nextDomain();')],
    breaks: ['refinement'],
  },
  {
    name: 'fpu-left-on',
    subsystem: 'fpu',
    description: 'A thread that may not use the floating-point unit finds it enabled, with the registers of another.',
    side: 'impl',
    edits: [edit(FPU, '!== 0) disableFpu();\n  else if', '!== 0) enableFpu();\n  else if')],
    breaks: ['refinement'],
  },
  {
    name: 'deleted-owner-keeps-fpu',
    subsystem: 'fpu',
    description: 'The floating-point unit still belongs to a thread that is deleted.',
    side: 'impl',
    edits: [edit(FPU, 'if (load(KS_FPU_OWNER) === tcb) switchFpuOwner(0);', 'if (tcb === 0) switchFpuOwner(0);')],
    breaks: ['refinement'],
  },
];
