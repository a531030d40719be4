/** What changed from one abstract state to the next, a line each, in names. */
import type { Cap } from '../../spec/state/caps.ts';
import { NULL_CAP } from '../../spec/state/caps.ts';
import type { Globals, KernelState } from '../../spec/state/kernel-state.ts';
import type { KernelObject, SchedContext, Tcb } from '../../spec/state/objects.ts';
import * as PMap from '../../spec/state/pmap.ts';
import { renderCap } from '../relation/cap.ts';
import type { Names } from './names.ts';

/** `withRegisters`: also what moved in user registers and memory. */
export function stateDiff(
  before: KernelState,
  after: KernelState,
  names: Names,
  withRegisters: boolean,
): readonly string[] {
  const lines: string[] = [];
  const { globals: was } = before;
  const { globals: is } = after;
  if (was !== is) lines.push(...globalsDiff(was, is, names));
  PMap.diff(before.queues, after.queues, (key, a = [], b = []) => {
    const { priorities } = after.config;
    const queue = (list: readonly number[]): string => `[${list.map(names.object).join(' ')}]`;
    lines.push(
      `ready queue, domain ${Math.floor(key / priorities)} priority ${key % priorities}: ${queue(a)} -> ${queue(b)}`,
    );
  });
  PMap.diff(before.heap, after.heap, (key, a, b) => {
    const name = names.object(key * 16);
    if (a === undefined || b === undefined) lines.push(a === undefined ? `${name}: made` : `${name}: gone`);
    else lines.push(...objectDiff(name, a, b, names, after, withRegisters));
  });
  PMap.diff(before.caps, after.caps, (key, a, b) => {
    lines.push(`slot ${names.slot(key * 32)}: ${capText(a, names)} -> ${capText(b, names)}`);
  });
  PMap.diff(before.cdt, after.cdt, (key, a, b) => {
    if (b === undefined) return;
    const slot = names.slot(key * 32);
    if (a?.parent !== b.parent)
      lines.push(`slot ${slot}: derived from ${b.parent === null ? 'none' : names.slot(b.parent)}`);
    if (a !== undefined && a.original !== b.original)
      lines.push(`slot ${slot}: ${b.original ? 'now original' : 'no longer original'}`);
  });
  if (withRegisters) {
    PMap.diff(before.memory, after.memory, (key, a = 0n, b = 0n) => {
      lines.push(`memory 0x${(key * 8).toString(16)}: 0x${a.toString(16)} -> 0x${b.toString(16)}`);
    });
  }
  return lines;
}

function capText(cap: Cap | undefined, names: Names): string {
  return names.text(renderCap(cap ?? NULL_CAP));
}

function globalsDiff(was: Globals, is: Globals, names: Names): readonly string[] {
  const lines: string[] = [];
  for (const field of Object.keys(is) as (keyof Globals)[]) {
    if (field === 'machine' || field === 'time' || was[field] === is[field]) continue;
    const text = (globals: Globals): string => {
      const value = globals[field];
      if (field === 'currentThread') return names.object(globals.currentThread);
      return names.text(renderValue(value));
    };
    if (text(was) !== text(is)) lines.push(`${field}: ${text(was)} -> ${text(is)}`);
  }
  return [...lines, ...fieldsDiff('time', was.time, is.time, names), ...deadlineDiff(was, is)];
}

function deadlineDiff({ machine: was }: Globals, { machine: is }: Globals): readonly string[] {
  return was.deadline === is.deadline ? [] : [`deadline: ${was.deadline} -> ${is.deadline}`];
}

/** Ticks are numbers, and no addresses. */
const TICKS: readonly string[] = ['now', 'consumed', 'period', 'budget', 'time', 'amount'];

/** What changed of a record, a line for each field. */
function fieldsDiff<T extends object>(name: string, was: T, is: T, names: Names): readonly string[] {
  return (Object.keys(is) as (keyof T & string)[]).flatMap((field) => {
    if (was[field] === is[field]) return [];
    const text = (value: unknown): string =>
      TICKS.includes(field)
        ? String(value)
        : field === 'refills'
          ? renderRefills(value)
          : names.text(renderValue(value));
    const [a, b] = [text(was[field]), text(is[field])];
    return a === b ? [] : [`${name}: ${field} ${a} -> ${b}`];
  });
}

function renderRefills(refills: unknown): string {
  return `[${(refills as SchedContext['refills']).map(({ time, amount }) => `${amount} at ${time}`).join(', ')}]`;
}

function objectDiff(
  name: string,
  was: KernelObject,
  is: KernelObject,
  names: Names,
  { config }: KernelState,
  withRegisters: boolean,
): readonly string[] {
  if (was._tag === 'SchedContext' && is._tag === 'SchedContext') return fieldsDiff(name, was, is, names);
  if (was._tag !== 'Tcb' || is._tag !== 'Tcb')
    return [`${name}: ${names.text(renderValue(was))} -> ${names.text(renderValue(is))}`];
  const lines: string[] = [];
  for (const field of Object.keys(is) as (keyof Tcb)[]) {
    if (field === 'context') {
      if (!withRegisters) continue;
      is.context.forEach((value, index) => {
        const old = was.context[index] ?? 0n;
        if (old !== value)
          lines.push(
            `${name}: ${config.registers.names[index] ?? index} 0x${old.toString(16)} -> 0x${value.toString(16)}`,
          );
      });
    } else if (was[field] !== is[field]) {
      const [a, b] = [names.text(renderValue(was[field])), names.text(renderValue(is[field]))];
      if (a !== b) lines.push(`${name}: ${field} ${a} -> ${b}`);
    }
  }
  return lines;
}

/** `BlockedOnSend endpoint=0x12000 badge=0x7 isCall`. */
function renderValue(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'bigint') return `0x${value.toString(16)}`;
  if (typeof value === 'number') return value >= 0x1_0000 ? `0x${value.toString(16)}` : String(value);
  if (Array.isArray(value)) return `[${value.map(renderValue).join(' ')}]`;
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return value === true ? 'true' : 'false';
  const { _tag, ...fields } = value as Record<string, unknown> & { readonly _tag?: string };
  const parts = Object.entries(fields).flatMap(([name, field]) =>
    field === false ? [] : field === true ? [name] : [`${name}=${renderValue(field)}`],
  );
  return [...(_tag === undefined ? [] : [_tag]), ...parts].join(' ');
}
