/**
 * The specification and the implementation have their numbers written down twice, so that a wrong one cannot hide in both. Here they are
 * compared: the numbers of the interface, and every configuration with the layout of the kernel that is built for it.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as implAbi from '../../impl/abi.ts';
import { dist, implConfigs } from '../../refinement/build/build.mjs';
import { loadImpl } from '../../refinement/step/impl-kernel.ts';
import type { KernelConfig } from '../../spec/abi/config.ts';
import { CONFIGS, X86_64 } from '../../spec/abi/config.ts';
import { ERROR_NAMES, lookupFailureMessage } from '../../spec/abi/error-codes.ts';
import type { PagingLevel } from '../../spec/abi/arch.ts';
import { EXCEPTION_CODE_MASK } from '../../spec/api/kernel.ts';
import { abi } from '../../spec/abi/variant.ts';
import { MAX_DURATION } from '../../spec/decode/domain.ts';
import { makeFaultMessage } from '../../spec/perform/fault-message.ts';
import * as caps from '../../spec/state/caps.ts';
import { TCB_CALLER, TCB_CTABLE, TCB_REPLY, TCB_VTABLE } from '../../spec/state/kernel-state.ts';
import type { Fault } from '../../spec/state/objects.ts';
import { MCS_TCB_FAULT_HANDLER, statePoints } from '../../spec/state/variant.ts';
import {
  CANONICAL_HIGH_START,
  CANONICAL_LOW_END,
  INITIAL_FLAGS,
  sanitiseRegister,
} from '../../spec/state/user-context.ts';
import { A, variedState } from '../helpers/states.ts';

type Numbers = Readonly<Record<string, unknown>>;

/** `LABEL_CNODE_COPY` and `LABEL_CNodeCopy` are the same name, and so are the names with and without the architecture. */
const plain = (name: string): string => name.replaceAll('_', '').toUpperCase().replace('X86', '').replace('RISCV', '');

function prefixed(prefix: string, numbers: Readonly<Record<string, number>>): Numbers {
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [`${prefix}_${name}`, value]));
}

const MISSING = { _tag: 'MissingCapability', bitsLeft: 0 } as const;

/** What the specification says of the kernel that is configured, under the names that `impl/abi.ts` has for it. */
function specAbi(config: KernelConfig): Numbers {
  const { labels, syscalls, objectTypes } = abi(config);
  const s = { ...variedState(), config };
  const faultNumber = (fault: Fault): number => Number(makeFaultMessage(s, A, fault).label);
  const general = labels.flatMap((name, number) =>
    name === undefined || Object.hasOwn(config.arch.labels, name) ? [] : [[name, number] as const],
  );
  const mcsTypes = objectTypes.filter((name) => name === 'SchedContext' || name === 'Reply');
  return {
    ...prefixed('LABEL', Object.fromEntries(general)),
    LABEL_CNODE_LAST: Math.max(labels.indexOf('CNodeRotate'), labels.indexOf('CNodeSaveCaller')),
    LABEL_SCHED_CONTEXT_BIND: labels.indexOf('SchedContextBind'),
    LABEL_SCHED_CONTEXT_UNBIND: labels.indexOf('SchedContextUnbind'),
    LABEL_SCHED_CONTEXT_UNBIND_OBJECT: labels.indexOf('SchedContextUnbindObject'),
    LABEL_SCHED_CONTEXT_CONSUMED: labels.indexOf('SchedContextConsumed'),
    LABEL_SCHED_CONTEXT_YIELD_TO: labels.indexOf('SchedContextYieldTo'),
    ...prefixed('SYSCALL', syscalls),
    ...Object.fromEntries(ERROR_NAMES.map((name, code) => [name, code])),
    ...prefixed('OBJECT', { Untyped: 0, Tcb: 1, Endpoint: 2, Notification: 3, CapTable: 4 }),
    ...prefixed('OBJECT', Object.fromEntries(mcsTypes.map((name) => [name, objectTypes.indexOf(name)]))),
    FAILURE_INVALID_ROOT: Number(lookupFailureMessage({ _tag: 'InvalidRoot' })[0]),
    FAILURE_MISSING_CAPABILITY: Number(lookupFailureMessage(MISSING)[0]),
    FAILURE_DEPTH_MISMATCH: Number(lookupFailureMessage({ _tag: 'DepthMismatch', bitsLeft: 0, bitsFound: 0 })[0]),
    FAILURE_GUARD_MISMATCH: Number(
      lookupFailureMessage({ _tag: 'GuardMismatch', bitsLeft: 0, guard: 0n, guardBits: 0 })[0],
    ),
    FAULT_NONE: 0,
    FAULT_CAP: faultNumber({ _tag: 'CapFault', cptr: 0n, inReceivePhase: false, failure: MISSING }),
    FAULT_UNKNOWN_SYSCALL: faultNumber({ _tag: 'UnknownSyscallException', number: 0n }),
    FAULT_USER_EXCEPTION: faultNumber({ _tag: 'UserException', number: 0n, code: 0 }),
    FAULT_VM: faultNumber({ _tag: 'VMFault', address: 0n, instruction: false, fsr: 0 }),
    RIGHT_WRITE: caps.ALLOW_WRITE,
    RIGHT_READ: caps.ALLOW_READ,
    RIGHT_GRANT: caps.ALLOW_GRANT,
    RIGHT_GRANT_REPLY: caps.ALLOW_GRANT_REPLY,
    ALL_RIGHTS: caps.ALL_RIGHTS,
    EXCEPTION_CODE_MASK,
    MAX_DURATION_HI: Number(MAX_DURATION >> 32n),
    CANONICAL_GAP_START_HI: Number((CANONICAL_LOW_END + 1n) >> 32n),
    CANONICAL_GAP_END_HI: Number(CANONICAL_HIGH_START >> 32n),
  };
}

const LEVELS: Readonly<Record<PagingLevel, number>> = { PageTable: 0, PageDirectory: 1, PDPT: 2, PML4: 3 };

/** What the specification says of an architecture, under the names of `impl/arch/*.ts`. */
function specArch(config: KernelConfig): Numbers {
  const { arch, registers } = config;
  const { labels, objectTypes } = abi(config);
  const archLabels = labels.flatMap((name, number) =>
    name !== undefined && Object.hasOwn(arch.labels, name) ? [[name, number] as const] : [],
  );
  const flags = (value: bigint): number =>
    registers.flags === null ? 0 : Number(sanitiseRegister(config, registers.flags, value));
  return {
    ...prefixed('LABEL', Object.fromEntries(archLabels)),
    ...prefixed('OBJECT', Object.fromEntries(objectTypes.map((name, number) => [name, number]))),
    OBJECT_TYPE_COUNT: objectTypes.length,
    ROOT_LEVEL: LEVELS[arch.vspaceRoot],
    IS_X86: arch.name === 'x86_64',
    PAGING_LEVELS: arch.pagingLevels.length,
    PTE_ADDRESS_SHIFT: arch.name === 'x86_64' ? 12 : 10,
    TABLE_MAP_LABELS: (arch.name === 'x86_64'
      ? ['X86PageTableMap', 'X86PageDirectoryMap', 'X86PDPTMap']
      : ['RISCVPageTableMap']
    ).map((name) => labels.findIndex((label) => label === name)),
    HAS_FLAGS: registers.flags !== null,
    FLAGS_INITIAL: registers.flags === null ? 0 : Number(INITIAL_FLAGS),
    FLAGS_ALWAYS: flags(0n),
    FLAGS_ALLOWED: flags(0xffff_ffff_ffff_ffffn),
    SYSCALL_BYTES: Number(arch.syscallInstructionBytes),
  };
}

/** The specification keeps in functions how users name interrupts. */
function specIrqController({ irqController, irqs }: KernelConfig): Numbers {
  if (irqController._tag === 'PLIC')
    return { IRQ_BY_NUMBER: true, IRQ_NUMBER_MIN: 1, IRQ_NUMBER_MAX: irqs - 1, IRQ_NUMBER_OFFSET: 0 };
  const { userMin, userMax, ioapics, pins } = irqController;
  return {
    NUM_IOAPICS: ioapics,
    NUM_IOAPIC_PINS: pins,
    IRQ_BY_NUMBER: false,
    IRQ_NUMBER_MIN: 0,
    IRQ_NUMBER_MAX: userMax - userMin,
    IRQ_NUMBER_OFFSET: userMin,
  };
}

/** What the specification says of a configuration, under the names of `impl/config/*.ts`. */
function specConfig(config: KernelConfig): Numbers {
  const { registers } = config;
  return {
    NAME: config.name,
    WORD_BITS: config.wordBits,
    RAM_BASE: config.ramBase,
    RAM_SIZE: config.ramSize,
    KERNEL_SIZE: config.kernelSize,
    SLOT_BITS: config.slotBits,
    TCB_BITS: config.tcbBits,
    ENDPOINT_BITS: config.endpointBits,
    NOTIFICATION_BITS: config.notificationBits,
    REPLY_BITS: config.replyBits,
    MIN_SCHED_CONTEXT_BITS: config.minSchedContextBits,
    MCS: config.variant === 'mcs',
    PAGE_BITS: config.frameBits.Small,
    LARGE_PAGE_BITS: config.frameBits.Large,
    HUGE_PAGE_BITS: config.frameBits.Huge,
    PAGE_TABLE_BITS: config.pageTableBits,
    ASID_POOL_BITS: config.asidPoolBits,
    ASID_TABLE_LENGTH: config.asidTableLength,
    NUM_IO_PORTS: config.ioPorts,
    USER_TOP_LO: Number(config.userTop & 0xffff_ffffn),
    USER_TOP_HI: Number(config.userTop >> 32n),
    MIN_UNTYPED_BITS: config.minUntypedBits,
    MAX_UNTYPED_BITS: config.maxUntypedBits,
    NUM_PRIORITIES: config.priorities,
    NUM_DOMAINS: config.domains,
    SCHEDULER: config.scheduler,
    DOMAIN_SCHEDULE_LENGTH: config.domainScheduleLength,
    TIME_SLICE: config.timeSlice,
    TICKS_PER_US: Number(config.ticksPerUs),
    KERNEL_WCET_US: Number(config.kernelWcetUs),
    MAX_PERIOD_US_LO: Number(config.maxPeriodUs & 0xffff_ffffn),
    MAX_PERIOD_US_HI: Number(config.maxPeriodUs >> 32n),
    TIMER_PRECISION: Number(config.timerPrecision),
    BOOT_TIME_SLICE_US: Number(config.bootTimeSliceUs),
    REG_SEND_DEST: config.registers.sendDest,
    MAX_WORK_UNITS: config.maxWorkUnits,
    FAN_OUT_LIMIT: config.fanOutLimit,
    RESET_CHUNK_BITS: config.resetChunkBits,
    NUM_IRQS: config.irqs,
    NUM_IRQ_LINES: config.irqLines,
    TIMER_IRQ: config.timerIrq,
    IRQ_USER_MIN: config.irqController.userMin,
    IRQ_USER_MAX: config.irqController.userMax,
    ...specIrqController(config),
    MSG_MAX_LENGTH: config.msgMaxLength,
    MSG_MAX_EXTRA_CAPS: config.msgMaxExtraCaps,
    IPC_BUFFER_BITS: config.ipcBufferBits,
    REGISTER_COUNT: registers.names.length,
    REG_CAP: registers.cap,
    REG_MSG_INFO: registers.msgInfo,
    REG_REPLY: registers.reply,
    REG_MR: registers.messageRegisters,
    REG_FLAGS: registers.flags ?? -1,
    REG_FAULT_IP: registers.faultIP,
    REG_NEXT_IP: registers.nextIP,
    REG_TLS_BASE: registers.tlsBase,
    CANONICAL_REGISTERS: registers.canonical.reduce((set, register) => set | (1 << register), 0),
    FRAME_REGISTERS: registers.frameRegisters,
    GP_REGISTERS: registers.gpRegisters,
    UNKNOWN_SYSCALL_REGISTERS: registers.unknownSyscallMessage,
    USER_EXCEPTION_REGISTERS: registers.userExceptionMessage,
    TIMEOUT_REGISTERS: registers.timeoutMessage,
  };
}

/** The implementation gives a name to those registers that it has a use for. */
function specRegisters({ registers }: KernelConfig): Numbers {
  return prefixed('REG', Object.fromEntries(registers.names.map((name, index) => [name, index])));
}

/** What an architecture decides by more than a number. */
const ARCH_FUNCTIONS = ['pagingLevel'];

/** Numbers of the implementation that the specification has no word for. */
const IMPL_ONLY = ['BITMAP_WORD_BITS', 'FASTPATH', 'IRQ_REQUESTS'];
/** What the kernel does not have is a number that is none of its kind. */
const isAbsent = (name: string, value: unknown): boolean =>
  value === -1 ? /^(LABEL|OBJECT)_/.test(name) : value === 1 && name.startsWith('SYSCALL_');

/** Everything the implementation says that the specification does not. */
function disagreements(impl: Numbers, spec: Numbers): string[] {
  const known = new Map(Object.entries(spec).map(([name, value]) => [plain(name), value]));
  return Object.entries(impl)
    .filter(([name, value]) => !IMPL_ONLY.includes(name) && !isAbsent(name, value))
    .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(known.get(plain(name))))
    .map(([name, value]) => `${name}: impl ${JSON.stringify(value)}, spec ${JSON.stringify(known.get(plain(name)))}`);
}

/** Names of the specification that the implementation should have, too, and has not. */
function missing(impl: Numbers, spec: Numbers): string[] {
  const known = new Set(Object.keys(impl).map(plain));
  return Object.keys(spec).filter((name) => !known.has(plain(name)));
}

it.each(['x86_64', 'x86_64-mcs', 'riscv64', 'riscv64-mcs'])(
  'the numbers of the interface of %s are the same on both sides',
  async (name) => {
    const { abi: impl } = await loadImpl(join(dist, 'impl', `${name}.mjs`));
    const config = CONFIGS[name];
    if (config === undefined) throw new Error(`no configuration ${name}`);
    expect(disagreements(impl, specAbi(config))).toEqual([]);
  },
);

it('both sides know the same configurations', () => {
  expect(implConfigs().sort()).toEqual(Object.keys(CONFIGS).sort());
});

describe.each(Object.entries(CONFIGS))('configuration %s', (name, config) => {
  it('says the same on both sides', async () => {
    const impl = (await import(`../../impl/config/${name}.ts`)) as Numbers;
    const known = { ...specRegisters(config), ...specArch(config), ...specConfig(config) };
    expect(disagreements(impl, known)).toEqual([]);
    expect(ARCH_FUNCTIONS.filter((name) => typeof impl[name] !== 'function')).toEqual([]);
    expect(missing(impl, specConfig(config))).toEqual([]);
  });

  it('has a layout that fits into the objects', async () => {
    const { layout: L } = await loadImpl(join(dist, 'impl', `${name}.mjs`));
    expect(L.CTE_BYTES).toBe(2 ** config.slotBits);
    expect(L.NTFN_BADGE_HI + 4).toBeLessThanOrEqual(2 ** config.notificationBits);
    expect(L.SCHED_CONTEXT_CORE_BYTES).toBe(config.schedContextCoreBytes);
    expect(L.SCHED_CONTEXT_SPORADIC + 4).toBeLessThanOrEqual(L.SCHED_CONTEXT_CORE_BYTES);
    expect(L.REFILL_BYTES).toBe(config.refillBytes);
    expect(L.REPLY_IS_HEAD + 4).toBeLessThanOrEqual(2 ** config.replyBits);
    expect(L.EP_STATE + 4).toBeLessThanOrEqual(2 ** config.endpointBits);
    expect(L.TCB_CONTEXT + config.registers.names.length * 8).toBe(L.TCB_FPU_LO);
    expect(L.TCB_BYTES).toBeLessThanOrEqual(2 ** config.tcbBits);
    expect(L.TCB_SLOT_COUNT * L.CTE_BYTES).toBeLessThanOrEqual(L.TCB_STATE);
    expect(L.KERNEL_END).toBeLessThanOrEqual(config.ramBase + config.kernelSize);
    expect(L.IDLE_THREAD % 2 ** config.tcbBits).toBe(0);
    const slots = [L.TCB_SLOT_CTABLE, L.TCB_SLOT_VTABLE, L.TCB_SLOT_REPLY, L.TCB_SLOT_CALLER, L.TCB_SLOT_BUFFER];
    expect(slots).toEqual([TCB_CTABLE, TCB_VTABLE, TCB_REPLY, TCB_CALLER, statePoints(config).tcbBuffer]);
    expect(L.TCB_SLOT_FAULT_HANDLER).toBe(MCS_TCB_FAULT_HANDLER);
  });
});

it('a wrong, a new and a missing number are reported', async () => {
  const wrong = { ...implAbi, LABEL_CNODE_COPY: 21, LABEL_NEW: 99 };
  expect(disagreements(wrong, specAbi(X86_64))).toEqual([
    'LABEL_CNODE_COPY: impl 21, spec 20',
    'LABEL_NEW: impl 99, spec undefined',
  ]);
  const { NAME, ...rest } = (await import('../../impl/config/small.ts')) as Numbers;
  expect(NAME).toBe('small');
  expect(missing(rest, { NAME })).toEqual(['NAME']);
});
