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
  aim(new Uint32Array(kernel.memory.buffer), placesOf(kernel));
  kernel.syscall(kernel.abi.SYSCALL_RECV);
}

/** Where in memory the running thread is named, and what is added to its address for a register's; `reply` is 0 where there is none. */
interface Places {
  readonly current: number;
  readonly cap: number;
  readonly info: number;
  readonly reply: number;
}

function placesOf({ config, layout }: Entry): Places {
  const register = (number: number): number => layout.TCB_CONTEXT + number * 8 - config.RAM_BASE;
  return {
    current: (layout.KS_CUR_THREAD - config.RAM_BASE) >>> 2,
    cap: register(config.REG_CAP),
    info: register(config.REG_MSG_INFO),
    reply: config.MCS ? register(config.REG_REPLY) : 0,
  };
}

/** What the running thread writes before it enters: where to, and how long the message is. Answers overwrite both. */
function aim(words: Uint32Array, { current, cap, info, reply }: Places): void {
  const thread = words[current] ?? 0;
  words[(thread + cap) >>> 2] = ENDPOINT_CPTR;
  words[(thread + info) >>> 2] = MESSAGE_WORDS;
  if (reply !== 0) words[(thread + reply) >>> 2] = REPLY_CPTR;
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

/** Makes ROUND_TRIPS of them from where the client runs, back to there. */
export function roundTrips(kernel: Entry): number {
  const words = new Uint32Array(kernel.memory.buffer);
  const places = placesOf(kernel);
  const { syscall } = kernel;
  const { SYSCALL_CALL, SYSCALL_REPLY_RECV } = kernel.abi;
  for (let n = 0; n < ROUND_TRIPS; n++) {
    aim(words, places);
    syscall(SYSCALL_CALL);
    aim(words, places);
    syscall(SYSCALL_REPLY_RECV);
  }
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
