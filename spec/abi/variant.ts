/**
 * The two kernels that seL4 can be built as, and what of their interface are numbers and names.
 *
 * This is the lowest of the tables of points of difference; `spec/variant.ts` lists them all.
 *
 * @source seL4 libsel4 (generated invocation labels, objecttype.h, syscall.h, faults.h) with and without CONFIG_KERNEL_MCS
 */
import type { Architecture, ObjectType } from './arch.ts';
import { RISCV64_ARCH, X86_64_ARCH } from './arch.ts';
import type { Label } from './labels.ts';
import { LABELS, SYSCALLS } from './labels.ts';
import { MCS_LABELS, MCS_OBJECT_TYPES, MCS_SYSCALLS } from './labels-mcs.ts';
import type { SyscallName, Word } from './words.ts';

/** `classic`: reply capabilities and timer ticks. `mcs`: mixed-criticality scheduling, with reply objects and scheduling contexts. */
export type Variant = 'classic' | 'mcs';

/** What the interface depends on. */
export interface Interface {
  readonly variant: Variant;
  readonly arch: Architecture;
}

interface AbiPoints {
  /** The invocation a label names; undefined for 0 and for numbers past the last. */
  readonly labels: readonly (Label | undefined)[];
  readonly objectTypes: readonly ObjectType[];
  readonly syscalls: Readonly<Partial<Record<SyscallName, number>>>;
  /** Label of the message that tells of a VM fault. */
  readonly vmFaultLabel: Word;
}

/** An architecture's own invocations follow those that all have: there are `added` more of these than in the classic kernel. */
function byNumber(
  general: Readonly<Partial<Record<Label, number>>>,
  arch: Architecture,
  added: number,
): readonly (Label | undefined)[] {
  const names: Label[] = [];
  for (const [name, number] of Object.entries(general)) names[number] = name as Label;
  for (const [name, number] of Object.entries(arch.labels)) names[number + added] = name as Label;
  return names;
}

const ADDED_LABELS = Object.keys(MCS_LABELS).length - Object.keys(LABELS).length;
const GENERAL_TYPES = 5;

const forEveryArch = (
  points: (arch: Architecture) => AbiPoints,
): Readonly<Record<Architecture['name'], AbiPoints>> => ({
  x86_64: points(X86_64_ARCH),
  riscv64: points(RISCV64_ARCH),
});

const ABI: Readonly<Record<Variant, Readonly<Record<Architecture['name'], AbiPoints>>>> = {
  classic: forEveryArch((arch) => ({
    labels: byNumber(LABELS, arch, 0),
    objectTypes: arch.objectTypes,
    syscalls: SYSCALLS,
    vmFaultLabel: 5n,
  })),
  mcs: forEveryArch((arch) => ({
    labels: byNumber(MCS_LABELS, arch, ADDED_LABELS),
    objectTypes: arch.objectTypes.toSpliced(GENERAL_TYPES, 0, ...MCS_OBJECT_TYPES),
    syscalls: MCS_SYSCALLS,
    vmFaultLabel: 6n,
  })),
};

/** The interface of the kernel that is configured. */
export function abi({ variant, arch }: Interface): AbiPoints {
  return ABI[variant][arch.name];
}

/** The number of an invocation in the configured kernel; undefined if it has none such. */
export function labelNumberIn(config: Interface, label: Label): number | undefined {
  const number = abi(config).labels.indexOf(label);
  return number < 0 ? undefined : number;
}

/** The invocation a label names in the configured kernel. */
export function labelName(config: Interface, label: Word): Label | undefined {
  return label < 64n ? abi(config).labels[Number(label)] : undefined;
}
