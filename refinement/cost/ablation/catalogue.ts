/** The features that kernels can do without, and the kernels that differ in more. */
import { edit } from '../../defects/defect.ts';
import type { Edit } from '../../defects/defect.ts';
import type { Feature } from './feature.ts';

const ILLEGAL = 'return left(ILLEGAL);';
const NOTHING = 'return right({ state: s, words: [] });';

/** Decoding refuses the capability on both sides, as one that has no invocations. */
function refused(spec: readonly (readonly [string, string])[], impl: readonly string[]): readonly Edit[] {
  return [
    ...spec.map(([find, replace]) => edit('spec/decode/decode.ts', find, replace)),
    ...impl.map((find) => edit('impl/kernel/syscall.ts', find, '')),
  ];
}

const performsNothing = (find: string): Edit => edit('spec/perform/invocation.ts', find, NOTHING);

const FASTPATH: Feature = {
  name: 'fastpath',
  effect: 'Every system call takes the slow path. The specification knows nothing of the fastpath.',
  level: 'configuration',
  edits: ['small', 'small-mcs'].map((config) =>
    edit(
      `impl/config/${config}.ts`,
      'export const FASTPATH: boolean = true;',
      'export const FASTPATH: boolean = false;',
    ),
  ),
  operations: [],
};

const BOUND_NOTIFICATIONS: Feature = {
  name: 'bound-notifications',
  effect: 'A notification is bound to no thread; one that waits for a message does not get signals.',
  level: 'code',
  edits: [
    edit(
      'spec/decode/tcb.ts',
      `case 'TCBBindNotification': return decodeBindNotification(s, target, request);
       case 'TCBUnbindNotification': return decodeUnbindNotification(s, target);`,
      '',
    ),
    edit(
      'spec/perform/tcb.ts',
      `const { notification } = invocation;
       return answer(notification === null ? unbindNotification(s, target) : bindNotification(s, target, notification));`,
      'return answer(s);',
    ),
    edit(
      'spec/perform/notification.ts',
      `if (boundTcb !== null && threadState(s, boundTcb)._tag === 'BlockedOnReceive') {
         return wake(cancelIpc(s, boundTcb), boundTcb, ref, badge);
       }`,
      '',
    ),
    edit(
      'spec/perform/endpoint.ts',
      `const bound = getTcb(start, thread).boundNotification;
       if (bound !== null && getNotification(start, bound).state._tag === 'ActiveNtfn')
         return completeSignal(start, bound, thread);
       const s = bound !== null && blocking ? performPoints(start).giveBack(start, thread, bound) : start;`,
      'const s = start;',
    ),
    edit('spec/api/syscall.ts', '|| (boundTcb !== null && boundTcb !== thread)', ''),
    edit(
      'impl/kernel/tcb.ts',
      `case LABEL_TCB_BIND_NOTIFICATION: return decodeBind(tcb);
       case LABEL_TCB_UNBIND_NOTIFICATION:
         if (load(tcb + TCB_BOUND_NOTIFICATION) === 0) return fail(ILLEGAL_OPERATION);
         beginPerform();
         unbindNotification(tcb);
         return OK;`,
      '',
    ),
    edit(
      'impl/kernel/notification.ts',
      `const bound = load(notification + NTFN_BOUND_TCB);
       if (bound !== 0 && load(bound + TCB_STATE) === STATE_BLOCKED_ON_RECEIVE) {
         cancelIpc(bound);
         wake(bound, notification, badgeLo, badgeHi);
       } else {`,
      '{',
    ),
    edit(
      'impl/kernel/endpoint.ts',
      `const bound = load(thread + TCB_BOUND_NOTIFICATION);
       if (bound !== 0 && load(bound + NTFN_STATE) === NTFN_ACTIVE) {
         completeSignal(bound, thread);
         return;
       }
       if (bound !== 0 && blocking) giveBack(thread, bound);`,
      '',
    ),
    edit(
      'impl/kernel/syscall.ts',
      `const bound = load(capAddress(slot) + NTFN_BOUND_TCB);
       if (bound === 0 || bound === thread) {
         receiveSignal(thread, capAddress(slot), blocking);
         return;
       }`,
      'receiveSignal(thread, capAddress(slot), blocking); return;',
    ),
    ...['fastpath', 'fastpath-mcs'].map((file) =>
      edit(
        `impl/kernel/${file}.ts`,
        `const bound = load(replier + TCB_BOUND_NOTIFICATION);
         if (bound !== 0 && load(bound + NTFN_STATE) === NTFN_ACTIVE) return false;`,
        '',
      ),
    ),
    // Nor is any bound in the beginning.
    edit(
      'refinement/world/time.ts',
      "passive: { B: 'receives', C: 'is bound' }",
      "passive: { B: 'receives', C: 'waits' }",
    ),
    edit(
      'refinement/world/time.ts',
      "passive: { B: 'is bound', C: 'receives' }",
      "passive: { B: 'waits', C: 'receives' }",
    ),
  ],
  operations: ['TCB_BindNotification', 'TCB_UnbindNotification'],
};

const CAP_TRANSFER: Feature = {
  name: 'cap-transfer',
  effect: 'Messages carry words and no capabilities, whatever the endpoint capability allows.',
  level: 'code',
  edits: [
    edit(
      'spec/perform/transfer.ts',
      'const caps = transfer.canGrant ? grantedCaps(s, sender, sendBuffer, info) : [];',
      '',
    ),
    edit(
      'spec/perform/transfer.ts',
      'const moved = transferCaps(copied.state, caps, transfer.endpoint, receiver, receiveBuffer);',
      'const moved = { state: copied.state, extraCaps: 0, capsUnwrapped: 0 };',
    ),
    edit(
      'impl/kernel/transfer.ts',
      `if (canGrant) lookupExtraCaps(sender, fromBuffer, info);
       else extraCapCount = 0;`,
      '',
    ),
    edit(
      'impl/kernel/transfer.ts',
      'const caps = toBuffer === 0 || extraCapCount === 0 ? 0 : transferCaps(endpoint, receiver, toBuffer);',
      'const caps = 0;',
    ),
  ],
  operations: [],
};

const DOMAINS: Feature = {
  name: 'domains',
  effect: 'All threads are in one domain, whose time does not end; worlds have no other.',
  level: 'code',
  edits: [
    edit(
      'refinement/world/world.ts',
      'domainSchedule: [ { domain: 0, duration: 3n }, { domain: 1, duration: 2n }, ], domainOf: { B: 1 },',
      'domainSchedule: ONE_DOMAIN.domainSchedule, domainOf: {},',
    ),
    edit(
      'refinement/world/world.ts',
      `domainSchedule: [ { domain: 0, duration: 1n }, { domain: 1, duration: 2n }, { domain: 0, duration: 2n }, ],
       domainOf: { A: 1, C: 1 },`,
      'domainSchedule: ONE_DOMAIN.domainSchedule, domainOf: {},',
    ),
    ...refused(
      [
        [
          `const domain = decodeDomainInvocation(s, request);
           return E.isLeft(domain) ? domain : right({ _tag: 'InvokeDomain', domain: domain.right });`,
          ILLEGAL,
        ],
      ],
      ['case CAP_DOMAIN: return decodeDomain(label);'],
    ),
    performsNothing('return done(invokeDomain(s, invocation.domain));'),
  ],
  // In the MCS kernel even the only domain comes to the end of its time, and begins it again.
  classicEdits: [
    edit('spec/schedule/schedule.ts', 's.globals.domainTime === 0n ? nextDomain(prepareNextDomain(s)) : s', 's'),
    edit(
      'impl/kernel/scheduler.ts',
      `if (load(KS_DOMAIN_TIME_LO) === 0 && load(KS_DOMAIN_TIME_HI) === 0) {
         // What one domain left in the machine is taken away before another runs.
         switchFpuOwner(0);
         nextDomain();
       }`,
      '',
    ),
  ],
  operations: ['DomainSet_Set', 'DomainSet_ScheduleConfigure', 'DomainSet_ScheduleSetStart'],
};

const ADDRESS_SPACES: Feature = {
  name: 'address-spaces',
  effect:
    'Nothing is mapped or unmapped but by deleting; what the system began with stays mapped. No identifier of an address space is handed out.',
  level: 'code',
  edits: [
    ...refused(
      [
        ['return vspaceInvocation(decodeFrameInvocation(s, cap, request));', ILLEGAL],
        ['return vspaceInvocation(decodePagingInvocation(s, cap, request));', ILLEGAL],
        ['return vspaceInvocation(decodeASIDControlInvocation(s, request));', ILLEGAL],
        ['return vspaceInvocation(decodeASIDPoolInvocation(s, cap, request));', ILLEGAL],
      ],
      [
        'case CAP_FRAME: return decodeFrame(slot, label, isCall);',
        'case CAP_PAGING: return decodePageTable(slot, label);',
        'case CAP_ASID_CONTROL: return decodeAsidControl(label);',
        'case CAP_ASID_POOL: return decodeAsidPool(slot, label);',
      ],
    ),
    performsNothing('return right(invokeVSpace(s, invocation.vspace));'),
  ],
  // biome-ignore format: packed
  operations: [
    'PDPT_Map', 'PDPT_Unmap', 'PageDirectory_Map', 'PageDirectory_Unmap', 'PageTable_Map', 'PageTable_Unmap', 'Page_Map', 'Page_Unmap',
    'Page_GetAddress', 'ASIDControl_MakePool', 'ASIDPool_Assign',
  ],
};

const PREEMPTION_POINTS: Feature = {
  name: 'preemption-points',
  effect: 'Long operations go on to their end, whoever interrupts.',
  level: 'code',
  edits: [
    edit(
      'spec/perform/outcome.ts',
      `const workUnits = s.globals.workUnits + 1;
       if (workUnits < s.config.maxWorkUnits) return right(setGlobals(s, { workUnits }));
       const looked = statePoints(s.config).timeRunsOut(s);
       const polled = pollInterrupt(looked.state.globals.machine);
       const state = setGlobals(looked.state, { workUnits: 0, machine: polled });
       return polled.pendingIrq === null && !looked.over ? right(state) : left({ _tag: 'Preempted', state });`,
      'return right(s);',
    ),
    edit(
      'impl/kernel/preemption.ts',
      `const done = load(KS_WORK_UNITS) + 1;
       if (done < MAX_WORK_UNITS) {
         store(KS_WORK_UNITS, done);
         return OK;
       }
       store(KS_WORK_UNITS, 0);
       if (TIME_IS_BUDGETED) {
         passLook();
         updateTimestamp();
       }
       // Each look is one, whatever the other says.
       const isInterrupted = isIrqPending();
       return isInterrupted || (TIME_IS_BUDGETED && !hasBudgetLeft()) ? PREEMPTED : OK;`,
      'return OK;',
    ),
  ],
  operations: [],
};

/** Of the MCS kernel, nothing can happen in the classic one; but it could be called, and so it would count. */
export const CLASSIC_EDITS: readonly Edit[] = [
  ...refused(
    [
      [
        `const control = decodeSchedControlInvocation(s, request);
         return E.isLeft(control) ? control : right({ _tag: 'ConfigureSchedContext', control: control.right });`,
        ILLEGAL,
      ],
      [
        `const context = decodeSchedContextInvocation(s, cap.ref, request);
         return E.isLeft(context) ? context : right({ _tag: 'InvokeSchedContext', context: context.right });`,
        ILLEGAL,
      ],
    ],
    [
      'case CAP_SCHED_CONTROL: return decodeSchedControl(label);',
      'case CAP_SCHED_CONTEXT: return decodeSchedContext(slot, label, isCall);',
      'case CAP_REPLY_OBJECT: beginPerform(); answerThrough(thread, capAddress(slot), capField(slot, 17, 1) === 1); return OK;',
    ],
  ),
  performsNothing('return done(configureSchedContext(s, invocation.control));'),
  performsNothing('return invokeSchedContext(s, invocation.context);'),
  performsNothing('return done(answerThrough(s, thread, invocation.cap.ref, invocation.cap.canGrant));'),
];

const MCS: Feature = {
  name: 'mcs',
  effect: 'The MCS kernel: threads run on scheduling contexts, and are answered through reply objects.',
  level: 'kernel',
  edits: [],
  operations: [],
  config: 'small-mcs',
};

const LAZY: Feature = {
  name: 'lazy',
  effect:
    'Lazy scheduling: a thread that blocks stays in its ready queue until the scheduler meets it. There is no fastpath with it.',
  level: 'kernel',
  edits: [],
  operations: [],
  config: 'small-lazy',
};

const IRQ_HANDLERS: Feature = {
  name: 'irq-handlers',
  effect: 'Nobody is given an interrupt, or answers or gives up one that it has from the beginning.',
  level: 'code',
  edits: [
    ...refused(
      [
        [
          `const control = decodeIrqControlInvocation(s, request);
           return E.isLeft(control) ? control : right({ _tag: 'InvokeIRQControl', control: control.right });`,
          ILLEGAL,
        ],
        [
          `const handler = decodeIrqHandlerInvocation(s, cap, request);
           return E.isLeft(handler) ? handler : right({ _tag: 'InvokeIRQHandler', handler: handler.right });`,
          ILLEGAL,
        ],
      ],
      [
        'case CAP_IRQ_CONTROL: return decodeIrqControl(slot, label);',
        'case CAP_IRQ_HANDLER: return decodeIrqHandler(slot, label);',
      ],
    ),
    performsNothing('return done(invokeIrqControl(s, invocation.control));'),
    performsNothing('return done(invokeIrqHandler(s, invocation.handler));'),
  ],
  // biome-ignore format: packed
  operations: [
    'IRQControl_Get', 'IRQControl_GetIOAPIC', 'IRQControl_GetMSI', 'IRQControl_GetTrigger', 'IRQHandler_Ack', 'IRQHandler_SetNotification',
    'IRQHandler_Clear',
  ],
};

const IO_PORTS: Feature = {
  name: 'io-ports',
  effect: 'Nobody is given I/O ports, or uses them.',
  level: 'code',
  edits: [
    ...refused(
      [
        [
          `const ports = decodeIOPortControlInvocation(s, request);
           return E.isLeft(ports) ? ports : right({ _tag: 'InvokeIOPort', ioPort: ports.right });`,
          ILLEGAL,
        ],
        [
          `const ports = decodeIOPortInvocation(s, cap, request);
           return E.isLeft(ports) ? ports : right({ _tag: 'InvokeIOPort', ioPort: ports.right });`,
          ILLEGAL,
        ],
      ],
      [
        'case CAP_IO_PORT_CONTROL: return decodeIoPortControl(slot, label);',
        'case CAP_IO_PORT: return decodeIoPort(slot, label, isCall);',
      ],
    ),
    performsNothing('return right(invokeIOPort(s, invocation.ioPort));'),
  ],
  // biome-ignore format: packed
  operations: [
    'IOPortControl_Issue', 'IOPort_In8', 'IOPort_In16', 'IOPort_In32', 'IOPort_Out8', 'IOPort_Out16', 'IOPort_Out32',
  ],
};

/** One invocation that neither side knows. */
function withoutInvocation(
  name: string,
  effect: string,
  operations: readonly string[],
  edits: readonly Edit[],
): Feature {
  return { name, effect, level: 'code', edits, operations };
}

const REGISTER_ACCESS = withoutInvocation(
  'register-access',
  'Nobody reads, writes or copies the registers of another thread.',
  ['TCB_ReadRegisters', 'TCB_WriteRegisters', 'TCB_CopyRegisters'],
  [
    edit(
      'spec/decode/tcb.ts',
      `case 'TCBReadRegisters': return decodeReadRegisters(s, target, request);
       case 'TCBWriteRegisters': return decodeWriteRegisters(s, target, request);
       case 'TCBCopyRegisters': return decodeCopyRegisters(target, request);`,
      '',
    ),
    edit(
      'spec/perform/tcb.ts',
      `case 'ReadRegisters': return readRegisters(s, target, invocation.suspend, invocation.count);
       case 'WriteRegisters': return answer(writeRegisters(s, target, invocation.values, invocation.resume));
       case 'CopyRegisters': return answer(copyRegisters(s, invocation));`,
      "case 'ReadRegisters': case 'WriteRegisters': case 'CopyRegisters': return answer(s);",
    ),
    edit(
      'impl/kernel/tcb.ts',
      `case LABEL_TCB_READ_REGISTERS: return readRegisters(tcb, isCall);
       case LABEL_TCB_WRITE_REGISTERS: return writeRegisters(tcb);
       case LABEL_TCB_COPY_REGISTERS: return copyRegisters(tcb);`,
      '',
    ),
  ],
);

const BADGED_CANCEL = withoutInvocation(
  'cancel-badged-sends',
  'What waits to send with a badge cannot be cancelled by it. Revoking still does so.',
  ['CNode_CancelBadgedSends'],
  [
    edit(
      'spec/decode/cnode.ts',
      "case 'CNodeCancelBadgedSends': return decodeCancelBadgedSends(s, slot);",
      "case 'CNodeCancelBadgedSends': return left(ILLEGAL);",
    ),
    edit(
      'spec/perform/cnode.ts',
      `const { ref, badge } = invocation.endpoint;
       return right(badge === 0n ? s : cancelBadgedSends(s, ref, badge));`,
      'return right(s);',
    ),
    edit(
      'impl/kernel/cnode.ts',
      `if (capType(target) !== CAP_ENDPOINT || capField(target, 16, 15) !== ALL_RIGHTS) return fail(ILLEGAL_OPERATION);
       const lo = load(target + CTE_WORD_LO);
       const hi = load(target + CTE_WORD_HI);
       beginPerform();
       if (lo !== 0 || hi !== 0) cancelBadgedSends(capAddress(target), lo, hi);
       return OK;`,
      'return fail(ILLEGAL_OPERATION);',
    ),
  ],
);

const ROTATE = withoutInvocation(
  'rotate',
  'No two capabilities are moved at once.',
  ['CNode_Rotate'],
  [
    edit(
      'spec/decode/cnode.ts',
      "case 'CNodeRotate': return decodeRotate(s, slot, request);",
      "case 'CNodeRotate': return left(ILLEGAL);",
    ),
    edit(
      'spec/perform/cnode.ts',
      `const { source, sourceCap, pivot, pivotCap, target } = invocation;
       if (source === target) return right(swapSlots(s, source, sourceCap, pivot, pivotCap));
       return right(moveSlot(moveSlot(s, pivot, target, pivotCap), source, pivot, sourceCap));`,
      'return right(s);',
    ),
    edit('impl/kernel/cnode.ts', 'return rotate(target);', 'return fail(ILLEGAL_OPERATION);'),
  ],
);

/** Those whose pairs are measured, too: the ones that seL4's designers argue about. */
export const PAIRED: readonly Feature[] = [
  FASTPATH,
  BOUND_NOTIFICATIONS,
  CAP_TRANSFER,
  DOMAINS,
  ADDRESS_SPACES,
  PREEMPTION_POINTS,
];

/** Put in and not left out. */
export const KERNELS: readonly Feature[] = [MCS, LAZY];

/** Measured by themselves only. */
export const SINGLE: readonly Feature[] = [IRQ_HANDLERS, IO_PORTS, REGISTER_ACCESS, BADGED_CANCEL, ROTATE];

export const FEATURES: readonly Feature[] = [...PAIRED, ...KERNELS, ...SINGLE];

export function featureNamed(name: string): Feature | undefined {
  return FEATURES.find((feature) => feature.name === name);
}
