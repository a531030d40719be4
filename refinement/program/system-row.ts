/** Rows for the threads of a system: what a component does depends on whether it is trusted. */
import { labelNumber } from '../../spec/abi/labels.ts';
import type { KernelState } from '../../spec/state/kernel-state.ts';
import { object } from '../../spec/state/kernel-state.ts';
import type { CompiledSystem } from '../system/compile.ts';
import type { Taste } from './generate.ts';
import { generateRow } from './generate.ts';
import type { Row } from './program.ts';
import type { Random } from './random.ts';
import { cptrOf, surroundings } from './surroundings.ts';

/** What those do who keep to their trade. */
const ORDINARY = new Set<Row['op']>([
  'Call',
  'Send',
  'NBSend',
  'Recv',
  'NBRecv',
  'ReplyRecv',
  'Reply',
  'Yield',
  'Signal',
  'Wait',
  'Poll',
  'Load',
  'Store',
  'Tick',
  'Interrupt',
  'UseFpu',
  'IRQHandler_Ack',
]);
/** How often a capability to something shared is deleted: the last one takes more with it than the others. */
const DELETION_RATE = 0.02;
/** The same where nobody keeps copies, so that there is a last one. */
const LAST_DELETION_RATE = 0.08;

export interface SystemStyle {
  readonly system: CompiledSystem;
  readonly taste: Taste;
  /** Everybody but the attacker keeps to ordinary communication. */
  readonly onlyAttackerIsHostile: boolean;
}

export function systemStyle(r: Random, system: CompiledSystem, taste: Taste): SystemStyle {
  return { system, taste, onlyAttackerIsHostile: system.attacker !== null && r.chance(0.5) };
}

/** Null when nothing but time can pass. */
export function systemRow(
  r: Random,
  { system, taste, onlyAttackerIsHostile }: SystemStyle,
  s: KernelState,
): Row | null {
  const { attacker, labelling } = system;
  const isTrusted = onlyAttackerIsHostile && labelling.labelOf(s.globals.currentThread) !== attacker;
  if (!isTrusted && r.chance(labelling.silc === null ? LAST_DELETION_RATE : DELETION_RATE)) {
    const deletion = deletionOfShared(r, system, s);
    if (deletion !== null) return deletion;
  }
  let row = generateRow(r, taste, s);
  for (let attempt = 0; isTrusted && row !== null && !ORDINARY.has(row.op); attempt++) {
    if (attempt === 6) return { op: 'Tick', word: 0n };
    row = generateRow(r, taste, s);
  }
  return row;
}

function isWaitedFor(s: KernelState, ref: number): boolean {
  const found = object(s, ref);
  if (found?._tag === 'Notification') return found.state._tag === 'WaitingNtfn' || found.boundTcb !== null;
  return found?._tag === 'SendEP' || found?._tag === 'RecvEP';
}

/** Null when the running thread has no capability to what is not its own. What somebody waits for comes first. */
export function deletionOfShared(r: Random, { labelling, world }: CompiledSystem, s: KernelState): Row | null {
  const { currentThread, idleThread } = s.globals;
  const { cnode = 0 } = world.slots;
  const number = labelNumber(s.config.arch, 'CNodeDelete');
  if (currentThread === idleThread || number === undefined) return null;
  const own = labelling.labelOf(currentThread);
  const shared = surroundings(s, 0).byTarget.any.filter(
    ({ cap, bitsLeft }) => bitsLeft === 0 && 'ref' in cap && labelling.labelOf(cap.ref) !== own,
  );
  if (shared.length === 0) return null;
  const waitedFor = shared.filter(({ cap }) => 'ref' in cap && isWaitedFor(s, cap.ref));
  const candidates = waitedFor.length > 0 && r.chance(0.8) ? waitedFor : shared;
  return {
    op: 'CNode_Delete',
    syscall: 'Call',
    cap: BigInt(cnode),
    label: BigInt(number),
    words: [cptrOf(r.pick(candidates)), BigInt(s.config.wordBits)],
    caps: [],
    receive: null,
    irqCountdown: null,
    irq: null,
  };
}
