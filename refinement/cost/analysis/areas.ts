/** What an area of the kernel costs to check beside what it cost to prove: whether one foretells the other. */
import { median } from 'simple-statistics';
import type { Defect, Subsystem } from '../../defects/defect.ts';
import type { Measurement } from '../../defects/table.ts';
import { hash } from '../../program/random.ts';
import type { Cell } from '../measure/cell.ts';
import type { ModuleRow } from '../mined/rows.ts';
import { areaSize } from '../proofs/areas.ts';
import type { Closure } from '../size/closure.ts';
import { totalSize } from '../size/closure.ts';
import type { Point } from '../statistics/fit.ts';
import type { RankCorrelation } from '../statistics/rank.ts';
import { rankCorrelation } from '../statistics/rank.ts';
import { saturation } from './saturation.ts';

/** An area by what it is called in each world. */
interface Area {
  readonly name: string;
  /** Theories of l4v, without `Arch` and ending. */
  readonly theories: readonly string[];
  readonly subsystems: readonly Subsystem[];
  /** Operations by name, or families of them: `TCB_`, `IRQ`. */
  readonly operations: readonly string[];
  /** Files of both kernels end in `/` and one of these and `.ts`. */
  readonly files: readonly string[];
}

// biome-ignore format: packed
const AREAS: readonly Area[] = [
  { name: 'capability spaces', theories: ['CSpace', 'CSpaceInv', 'CSpacePre', 'CSpaceInvPre', 'CSpace_I', 'CSpace1', 'CNodeInv'], subsystems: ['cspace', 'cnode', 'derivation'],
    operations: ['CNode_Copy', 'CNode_Mint', 'CNode_Move', 'CNode_Mutate', 'CNode_Rotate', 'CNode_SaveCaller'], files: ['cspace', 'cnode', 'derive', 'cdt', 'mdb', 'cap-insert', 'cap-rules', 'caps'] },
  { name: 'deletion', theories: ['Finalise'], subsystems: ['deletion'], operations: ['CNode_Delete', 'CNode_Revoke'], files: ['delete'] },
  { name: 'cancelling', theories: ['IpcCancel'], subsystems: ['cancel'], operations: ['CNode_CancelBadgedSends', 'TCB_Suspend'], files: ['cancel'] },
  { name: 'untyped memory', theories: ['Untyped', 'Retype', 'Detype'], subsystems: ['untyped'], operations: ['Untyped_'], files: ['untyped'] },
  { name: 'messages', theories: ['Ipc'], subsystems: ['endpoint', 'transfer', 'reply', 'notification'],
    operations: ['Call', 'Send', 'NBSend', 'Recv', 'NBRecv', 'Reply', 'ReplyRecv', 'SendReply', 'Signal', 'Wait', 'Poll'], files: ['endpoint', 'transfer', 'reply', 'reply-cap', 'notification', 'message'] },
  { name: 'threads', theories: ['Tcb', 'TcbAcc'], subsystems: ['tcb'], operations: ['TCB_'], files: ['tcb', 'tcb-space', 'thread-state', 'user-context'] },
  { name: 'system calls and faults', theories: ['Syscall'], subsystems: ['fault'], operations: ['UnknownSyscall', 'UserException', 'VMFault', 'Invoke'], files: ['syscall', 'fault', 'fault-message', 'kernel', 'entry'] },
  { name: 'interrupts', theories: ['Interrupt'], subsystems: ['interrupt'], operations: ['IRQ', 'Interrupt'], files: ['irq', 'interrupt', 'irq-controller', 'irq-state', 'irq-platform'] },
  { name: 'scheduling', theories: ['Schedule'], subsystems: ['scheduler', 'domain'], operations: ['Yield', 'Tick', 'DomainSet_'], files: ['schedule', 'scheduler', 'domain', 'ready-queues', 'domain-schedule'] },
  { name: 'address spaces', theories: ['VSpace', 'VSpacePre', 'Acc', 'VSpaceLookup'], subsystems: ['vspace'],
    operations: ['PDPT_', 'PageDirectory_', 'PageTable_', 'Page_', 'ASID'], files: ['vspace', 'vspace-decode', 'vspace-perform', 'vspace-x86-64', 'vspace-riscv64', 'vspace-root', 'page-table', 'translate'] },
];

export interface AreaRow {
  readonly area: string;
  /** Lines of l4v for RISC-V, without blanks and comments. */
  readonly proof: number;
  readonly specification: number;
  /** Statements of both of our kernels. */
  readonly statements: number;
  /** Steps until most of what the area's operations can result in had been seen, in the middle of the seeds that saw it; null if none did. */
  readonly saturation: number | null;
  readonly pairs: number;
  /** Steps to find a seeded defect of the area, in the middle. */
  readonly detection: number | null;
  readonly defects: number;
}

/** What of ours is held against lines of proof. */
export const OURS = ['statements', 'saturation', 'pairs', 'detection', 'specification'] as const;
export type Ours = (typeof OURS)[number];

export interface AreaStudy {
  readonly rows: readonly AreaRow[];
  readonly correlations: readonly { readonly ours: Ours; readonly correlation: RankCorrelation | null }[];
}

export interface AreaData {
  readonly modules: readonly ModuleRow[];
  readonly closures: readonly Closure[];
  /** Of one kernel. */
  readonly cells: readonly Cell[];
  readonly defects: readonly Defect[];
  readonly measured: readonly Measurement[];
}

export function areaStudy(data: AreaData, seed: number): AreaStudy {
  const rows = AREAS.map((area) => areaRow(area, data));
  return {
    rows,
    correlations: OURS.map((ours, at) => ({
      ours,
      correlation: rankCorrelation(
        rows.flatMap((row): readonly Point[] => {
          const value = row[ours];
          return value === null ? [] : [[value, row.proof]];
        }),
        hash(seed, at),
      ),
    })),
  };
}

function areaRow(area: Area, { modules, closures, cells, defects, measured }: AreaData): AreaRow {
  const { specification, proof } = areaSize(modules, area.name, area.theories);
  const isMine = (operation: string): boolean =>
    area.operations.some((name) => operation === name || (isFamily(name) && operation.startsWith(name)));
  const bySeed = cells.map((cell) => {
    const mine = cell.outcomes.filter(({ operation }) => isMine(operation));
    return saturation(
      mine.map(({ first }) => first),
      mine.map(({ times }) => times),
      cell.steps,
    );
  });
  const saturated = bySeed.flatMap(({ steps }) => steps ?? []);
  const ofArea = defects.filter(({ subsystem }) => area.subsystems.includes(subsystem));
  const taken = ofArea.flatMap(({ name }) => {
    const steps = measured.find((one) => one.name === name)?.steps.filter((step) => step !== null) ?? [];
    return steps.length === 0 ? [] : [median(steps)];
  });
  const files = closures.flatMap((closure) =>
    [...closure.values()].filter(({ file }) => area.files.some((name) => file.endsWith(`/${name}.ts`))),
  );
  return {
    area: area.name,
    proof,
    specification,
    statements: totalSize(files).statements,
    saturation: saturated.length === 0 ? null : median(saturated),
    pairs: Math.max(0, ...bySeed.map(({ seen }) => seen)),
    detection: taken.length === 0 ? null : median(taken),
    defects: ofArea.length,
  };
}

const isFamily = (name: string): boolean => name.endsWith('_') || name === 'IRQ' || name === 'ASID';
