/** Compares what a kernel gave with what the real one did: results of operations, and the state at the end. */
import { ERROR_NAMES } from '../../spec/abi/error-codes.ts';
import { messageInfoFromWord } from '../../spec/abi/message-info.ts';
import { bufferCapWord, bufferMessageWord } from '../../spec/lookup/ipc-buffer.ts';
import { slotOfRootCNode } from './boot.ts';
import type { Course } from './course.ts';
import type { TraceResult } from './trace.ts';

/** Largest length that a message info can say. */
const LENGTH_FIELD_MAX = 127;

/** Compares a result, and returns what was found under the names of its fields. */
export function compareResult(course: Course, thread: number, res: TraceResult): ReadonlyMap<string, string> {
  const { kernel, platform, names, unknown, check, checkWord } = course;
  const { config } = platform;
  const { registers } = config;
  // As it stands in the register: a length that the kernel should have limited must show.
  const info = messageInfoFromWord(kernel.register(thread, registers.msgInfo), LENGTH_FIELD_MAX);
  const error = ERROR_NAMES[Number(info.label)];
  const badge = kernel.register(thread, registers.cap);
  const err = error === undefined ? `label ${info.label}` : `seL4_${error}`;
  if (res.err !== undefined) check('err', res.err, err);
  if (res.label !== undefined) check('label', res.label, info.label);
  if (res.length !== undefined) check('length', res.length, info.length);
  if (res.extraCaps !== undefined) check('extraCaps', res.extraCaps, info.extraCaps);
  if (res.capsUnwrapped !== undefined) check('capsUnwrapped', res.capsUnwrapped, info.capsUnwrapped);
  if (res.badge !== undefined) checkWord('badge', res.badge, badge);
  const buffer = kernel.ipcBuffer(thread);
  const inBuffer = (address: (buffer: number) => number): bigint =>
    buffer === null ? 0n : kernel.loadWord(address(buffer));
  if (res.mrs !== undefined && res.length !== undefined) check('number of message words', res.mrs.length, res.length);
  const words = (res.mrs ?? []).map((word, index) => {
    const register = registers.messageRegisters[index];
    const found =
      register === undefined ? inBuffer((b) => bufferMessageWord(b, index)) : kernel.register(thread, register);
    const symbol = res.mrs_sym?.[String(index)];
    checkWord(`mrs[${index}]`, symbol === undefined ? word : names.address(symbol.replace(/^@/, '')), found);
    return found;
  });
  res.caps_or_badges?.forEach((word, index) => {
    checkWord(
      `caps_or_badges[${index}]`,
      word,
      inBuffer((b) => bufferCapWord(config, b, index)),
    );
  });
  course.received.set(course.threads.name(thread) ?? '', words);
  return new Map<string, string>([
    ...Object.entries({ err, ...info, badge: unknown.valueOf(badge) }).map(
      ([name, value]) => [name, String(value)] as const,
    ),
    ...words.map((word, index) => [`mrs.${index}`, String(unknown.valueOf(word))] as const),
  ]);
}

/** The type of capability in every named slot; state, priority and domain of every thread. */
export function compareEnd(course: Course): void {
  const { script, kernel, platform, names, threads, check, fail } = course;
  const { config } = platform;
  const recorded = Object.keys(script.final_caps);
  for (const name of new Set([...recorded, ...Object.keys(script.names), 'U0', 'U1', 'UD'])) {
    const slot = names.slot(name);
    if (slot === undefined) continue;
    const found = kernel.capType(slotOfRootCNode(config, slot));
    check(`capability in ${name}`, script.final_caps[name] ?? 'empty', found ?? 'empty');
  }
  for (const [name, expected] of Object.entries(script.final_threads)) {
    const slot = names.slot(name);
    const inSlot = slot === undefined ? null : kernel.threadInSlot(slotOfRootCNode(config, slot));
    const worker = Object.keys(script.threads).find((thread) => script.threads[thread]?.tcb === name);
    const thread = inSlot ?? threads.tcb(worker ?? name) ?? fail(`thread ${name}`, expected.state, 'none');
    const found = kernel.thread(thread);
    check(`state of ${name}`, expected.state, found.state);
    check(`priority of ${name}`, expected.prio, found.priority);
    check(`domain of ${name}`, expected.domain, found.domain);
  }
}
