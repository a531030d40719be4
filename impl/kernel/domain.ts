/**
 * The domain capability: which domain a thread is in, and the schedule of domains.
 *
 * @source seL4 src/object/domain.c; src/kernel/thread.c `setDomain`
 */
import { DOMAIN_SCHEDULE_LENGTH, NUM_DOMAINS } from '#impl-config';
// biome-ignore format: packed
import {
  ILLEGAL_OPERATION, INVALID_ARGUMENT, LABEL_DOMAIN_SCHEDULE_CONFIGURE, LABEL_DOMAIN_SCHEDULE_SET_START, LABEL_DOMAIN_SET_SET, MAX_DURATION_HI,
  RANGE_ERROR, TRUNCATED_MESSAGE,
} from '../abi.ts';
import { load, store } from '../memory/heap.ts';
// biome-ignore format: packed
import {
  CAP_THREAD, DOMAIN_ENTRY_BYTES, KS_CUR_DOMAIN, KS_DOMAIN_INDEX, KS_DOMAIN_SCHEDULE, KS_DOMAIN_START, KS_DOMAIN_TIME_HI, KS_DOMAIN_TIME_LO, TCB_DOMAIN,
} from '../memory/layout.ts';
import { argCount, argExceeds, argHi, argLo } from './arguments.ts';
import { capAddress, capType } from './caps.ts';
import { beginPerform } from './cnode.ts';
import { fpuRelease } from './fpu.ts';
import { OK, fail, failRange, failWith } from './outcome.ts';
import { schedDequeue, schedEnqueue } from './ready-queues.ts';
import { currentThread, isEndMarker, isSchedulable, rescheduleRequired } from './scheduler.ts';
import { extraCapCount, extraCaps } from './transfer.ts';

export function decodeDomain(label: number): number {
  switch (label) {
    case LABEL_DOMAIN_SET_SET:
      return decodeSetDomain();
    case LABEL_DOMAIN_SCHEDULE_CONFIGURE:
      return decodeScheduleConfigure();
    case LABEL_DOMAIN_SCHEDULE_SET_START:
      return decodeScheduleSetStart();
    default:
      return fail(ILLEGAL_OPERATION);
  }
}

function decodeSetDomain(): number {
  if (argCount < 1) return fail(TRUNCATED_MESSAGE);
  if (argExceeds(0, NUM_DOMAINS - 1)) return failWith(INVALID_ARGUMENT, 0);
  if (extraCapCount < 1) return fail(TRUNCATED_MESSAGE);
  const slot = extraCaps[0]!;
  if (capType(slot) !== CAP_THREAD) return failWith(INVALID_ARGUMENT, 1);
  const tcb = capAddress(slot);
  const domain = argLo[0]!;
  beginPerform();
  // A thread of another domain leaves nothing in this one's registers.
  if (domain !== load(KS_CUR_DOMAIN)) fpuRelease(tcb);
  setDomain(tcb, domain);
  return OK;
}

function setDomain(tcb: number, domain: number): void {
  schedDequeue(tcb);
  store(tcb + TCB_DOMAIN, domain);
  if (isSchedulable(tcb)) schedEnqueue(tcb);
  if (tcb === currentThread()) rescheduleRequired();
}

/** Words: index, domain, duration. The last entry cannot be changed: it is where every schedule ends. */
function decodeScheduleConfigure(): number {
  if (argCount < 3) return fail(TRUNCATED_MESSAGE);
  if (argExceeds(0, DOMAIN_SCHEDULE_LENGTH - 2)) return failRange(RANGE_ERROR, 0, DOMAIN_SCHEDULE_LENGTH - 2);
  if (argExceeds(1, NUM_DOMAINS - 1)) return failRange(RANGE_ERROR, 0, NUM_DOMAINS - 1);
  const [index, domain, lo, hi] = [argLo[0]!, argLo[1]!, argLo[2]!, argHi[2]!];
  if (hi > MAX_DURATION_HI) return failWith(INVALID_ARGUMENT, 2);
  const isEmpty = lo === 0 && hi === 0;
  if (isEmpty && domain !== 0) return failWith(INVALID_ARGUMENT, 1);
  if (isEmpty && index === load(KS_DOMAIN_START)) return failWith(INVALID_ARGUMENT, 2);
  beginPerform();
  const entry = KS_DOMAIN_SCHEDULE + index * DOMAIN_ENTRY_BYTES;
  store(entry, domain);
  store(entry + 8, lo);
  store(entry + 12, hi);
  return OK;
}

/** The running slice ends at once, and what comes after the last entry but one is an end marker, so the start is next. */
function decodeScheduleSetStart(): number {
  if (argCount < 1) return fail(TRUNCATED_MESSAGE);
  if (argExceeds(0, DOMAIN_SCHEDULE_LENGTH - 1)) return failRange(RANGE_ERROR, 0, DOMAIN_SCHEDULE_LENGTH - 1);
  const index = argLo[0]!;
  if (isEndMarker(index)) return failWith(INVALID_ARGUMENT, 0);
  beginPerform();
  store(KS_DOMAIN_START, index);
  store(KS_DOMAIN_INDEX, DOMAIN_SCHEDULE_LENGTH - 2);
  store(KS_DOMAIN_TIME_LO, 0);
  store(KS_DOMAIN_TIME_HI, 0);
  rescheduleRequired();
  return OK;
}
