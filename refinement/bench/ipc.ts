/** A round trip of a short message: Call by the client, ReplyRecv by the server, with and without fastpath. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ENDPOINT_CPTR, MESSAGE_WORDS, REPLY_CPTR, ipcWorld } from './ipc-world.ts';
import type { Subject } from './subject.ts';
import type { Entry } from './workload.ts';
import { ROOT, kernelModule } from './workload.ts';

export const ROUND_TRIPS = 100_000;

/** Boots the world and lets the server wait, so that the client runs. In the MCS kernel it waits from the beginning. */
export function bootIpc(kernel: Entry): void {
  kernel.boot(ipcWorld(kernel));
  if (kernel.config.MCS) return;
  const words = new Uint32Array(kernel.memory.buffer);
  aim(words, registersOf(kernel, words));
  kernel.syscall(kernel.abi.SYSCALL_RECV);
}

/** Which words of memory are registers of the thread that runs now; `reply` is 0 where there is none. */
interface Registers {
  readonly cap: number;
  readonly info: number;
  readonly reply: number;
}

function registersOf({ config, layout }: Entry, words: Uint32Array): Registers {
  const thread = words[(layout.KS_CUR_THREAD - config.RAM_BASE) / 4] ?? 0;
  const register = (number: number): number => (thread + layout.TCB_CONTEXT + number * 8 - config.RAM_BASE) / 4;
  return {
    cap: register(config.REG_CAP),
    info: register(config.REG_MSG_INFO),
    reply: config.MCS ? register(config.REG_REPLY) : 0,
  };
}

/** What a thread writes before it enters: where to, and how long the message is. Answers overwrite both. */
function aim(words: Uint32Array, { cap, info, reply }: Registers): void {
  words[cap] = ENDPOINT_CPTR;
  words[info] = MESSAGE_WORDS;
  if (reply !== 0) words[reply] = REPLY_CPTR;
}

export type Path = 'fast' | 'slow';

/** A round trip by one of the two paths, and the build that takes it. */
export interface RoundTrip extends Subject {
  readonly path: Path;
  readonly configName: string;
  readonly isMcs: boolean;
}

function roundTrip(path: Path, configName: string): RoundTrip {
  const isMcs = configName.startsWith('x86_64-mcs');
  return {
    path,
    isMcs,
    configName,
    name: `ipc-${path}${isMcs ? '-mcs' : ''}`,
    unit: 'round trip',
    configuration: `${configName}, Call and ReplyRecv, ${MESSAGE_WORDS} message words, two levels of CNodes${isMcs ? ', the server on lent time' : ''}`,
    prepare: async () => {
      const kernel = await kernelModule(configName);
      bootIpc(kernel);
      return () => roundTrips(kernel);
    },
  };
}

/** Makes ROUND_TRIPS of them from where the client runs, back to there. A thread knows its own registers: so they are looked up once. */
export function roundTrips(kernel: Entry): number {
  const words = new Uint32Array(kernel.memory.buffer);
  const { syscall } = kernel;
  const { SYSCALL_CALL, SYSCALL_REPLY_RECV } = kernel.abi;
  const client = registersOf(kernel, words);
  aim(words, client);
  syscall(SYSCALL_CALL);
  const server = registersOf(kernel, words);
  aim(words, server);
  syscall(SYSCALL_REPLY_RECV);
  for (let n = 1; n < ROUND_TRIPS; n++) {
    aim(words, client);
    syscall(SYSCALL_CALL);
    aim(words, server);
    syscall(SYSCALL_REPLY_RECV);
  }
  if (registersOf(kernel, words).cap !== client.cap) throw new Error('a round trip ends where it began');
  return ROUND_TRIPS;
}

/** Without a build that leaves the fastpath out there is one path only, and nothing to tell apart. */
export function ipcSubjects(): readonly RoundTrip[] {
  const hasTwo = existsSync(join(ROOT, 'dist/impl/x86_64-slow.mjs'));
  if (!hasTwo) return [roundTrip('slow', 'x86_64')];
  return [
    ...[roundTrip('fast', 'x86_64'), roundTrip('slow', 'x86_64-slow')],
    ...[roundTrip('fast', 'x86_64-mcs'), roundTrip('slow', 'x86_64-mcs-slow')],
  ];
}
