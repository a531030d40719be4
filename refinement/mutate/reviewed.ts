/**
 * Mutants that change nothing that anybody could notice: each looked at by a person, with the reason. One reason often holds for several
 * places of a file. Those of the MCS kernel's own files are in `reviewed-mcs.ts`, those of address spaces in `reviewed-vspace.ts`.
 */
export interface Reviewed {
  readonly file: string;
  readonly because: string;
  /** Original, replacement, and which one of those with the same texts; the first if absent. Line breaks count as spaces. */
  readonly mutants: readonly (readonly [original: string, replacement: string, nth?: number])[];
}

export const REVIEWED: readonly Reviewed[] = [
  {
    file: 'impl/kernel/answer.ts',
    because: 'one word fits the registers, so no buffer is looked at',
    mutants: [['true', 'false']],
  },
  {
    file: 'impl/kernel/arguments.ts',
    because: 'no invocation reads an argument that far out',
    mutants: [
      ['MSG_MAX_LENGTH + 1', 'MSG_MAX_LENGTH - 1'],
      ['MSG_MAX_LENGTH + 1', 'MSG_MAX_LENGTH - 1', 1],
    ],
  },
  {
    file: 'impl/kernel/boot.ts',
    because: 'a half that is not there is stored as 0',
    mutants: [['{ lo: 0, hi: 0 }', '{}']],
  },
  {
    file: 'impl/kernel/boot.ts',
    because: 'untypeds that anything was made of at boot are below 4 GiB: 0 either way, modulo 2^32',
    mutants: [['cap.freeIndex / 2 ** 32', 'cap.freeIndex * 2 ** 32']],
  },
  {
    file: 'impl/kernel/boot.ts',
    because: 'only scheduling contexts have refills, and one without room for any is unconfigured whatever is in it',
    mutants: [
      ["type === 'SchedContext' && refillMax > 0", "type === 'SchedContext' || refillMax > 0"],
      ["type === 'SchedContext'", 'true'],
      ['refillMax > 0', 'true'],
      ['refillMax > 0', 'refillMax >= 0'],
    ],
  },
  {
    file: 'impl/kernel/cancel.ts',
    because:
      'goes on in the next case, which does the same: endpoints and notifications keep head and state in the same places',
    mutants: [
      [
        'case STATE_BLOCKED_ON_RECEIVE: { const endpoint = load(tcb + TCB_BLOCKING_OBJECT); queueRemove(endpoint, tcb); if (load(endpoint + EP_HEAD) === 0) store(endpoint + EP_STATE, EP_IDLE); withdrawOffer(tcb); setThreadState(tcb, STATE_INACTIVE); break; }',
        'case STATE_BLOCKED_ON_RECEIVE:',
      ],
      [
        '{ const endpoint = load(tcb + TCB_BLOCKING_OBJECT); queueRemove(endpoint, tcb); if (load(endpoint + EP_HEAD) === 0) store(endpoint + EP_STATE, EP_IDLE); withdrawOffer(tcb); setThreadState(tcb, STATE_INACTIVE); break; }',
        '{}',
      ],
    ],
  },
  {
    file: 'impl/kernel/cancel.ts',
    because: 'a load or store through address 0 is outside all memory and does nothing here',
    mutants: [['notification === 0', 'false']],
  },
  {
    file: 'impl/kernel/cancel.ts',
    because: 'an empty slot has nothing to finalise and no neighbours to unlink from',
    mutants: [['capType(slot) === CAP_NULL', 'false']],
  },
  {
    file: 'impl/kernel/caps.ts',
    because: 'what is understated stays within the untyped too, and only that and whether it is 0 is asked',
    mutants: [
      ['case CAP_REPLY_OBJECT: return 2 ** REPLY_BITS;', 'case CAP_REPLY_OBJECT:'],
      ['case CAP_SCHED_CONTEXT: return 2 ** fieldAt(at, 17, 63);', 'case CAP_SCHED_CONTEXT:'],
    ],
  },
  {
    file: 'impl/kernel/caps.ts',
    because: 'capabilities to one pool agree in what is compared then',
    mutants: [['case CAP_ASID_POOL: return sameAddress(a, b);', 'case CAP_ASID_POOL:']],
  },
  {
    file: 'impl/kernel/caps.ts',
    because: 'all memory of every configuration ends below 4 GiB, so the high half is 0',
    mutants: [
      ['address < TWO_32', 'true'],
      ['address < TWO_32', 'false'],
      ['address < TWO_32', 'address <= TWO_32'],
      ['address < TWO_32', 'address >= TWO_32'],
      ['C[at]! + (C[at + 1]! & 0xffff) * TWO_32', 'C[at]! - (C[at + 1]! & 0xffff) * TWO_32'],
      ['(C[at + 1]! & 0xffff) * TWO_32', '(C[at + 1]! & 0xffff) / TWO_32'],
      ['W[i]! + (W[i + 1]! & 0xffff) * TWO_32', 'W[i]! - (W[i + 1]! & 0xffff) * TWO_32'],
      ['(W[i + 1]! & 0xffff) * TWO_32', '(W[i + 1]! & 0xffff) / TWO_32'],
      ['C[at + 2]! + C[at + 3]! * TWO_32', 'C[at + 2]! - C[at + 3]! * TWO_32'],
      ['C[at + 3]! * TWO_32', 'C[at + 3]! / TWO_32'],
      ['value / TWO_32', 'value * TWO_32'],
      ['((C[a + 1]! ^ C[b + 1]!) & 0xffff) === 0', 'true'],
    ],
  },
  {
    file: 'impl/kernel/caps.ts',
    because: 'the next case is of the same size',
    mutants: [
      ['case CAP_NOTIFICATION: return 2 ** NOTIFICATION_BITS;', 'case CAP_NOTIFICATION:'],
      ['case CAP_PAGING: return 2 ** PAGE_TABLE_BITS;', 'case CAP_PAGING:'],
    ],
  },
  {
    file: 'impl/kernel/caps.ts',
    because: 'what stands for no memory has address 0, which is below every untyped',
    mutants: [['bytes === 0', 'false']],
  },
  {
    file: 'impl/kernel/caps.ts',
    because: 'an object that begins within an untyped ends within it',
    mutants: [
      ['inner + bytes <= start + capBytes(a)', 'true'],
      ['inner + bytes', 'inner - bytes'],
    ],
  },
  {
    file: 'impl/kernel/caps.ts',
    because: 'capabilities to one CNode agree in its size',
    mutants: [['fieldAt(a, 22, 31) === fieldAt(b, 22, 31)', 'true']],
  },
  {
    file: 'impl/kernel/caps.ts',
    because: 'a mask of 32 ones changes nothing',
    mutants: [['guardBits >= 32', 'guardBits > 32']],
  },
  {
    file: 'impl/kernel/caps.ts',
    because: 'the mask for no bits of the high half is 0, and so is one with a negative exponent',
    mutants: [
      ['guardBits > 32', 'true'],
      ['guardBits > 32', 'guardBits >= 32'],
    ],
  },
  {
    file: 'impl/kernel/caps.ts',
    because: 'what is understated stays within the untyped too, and only that and whether it is 0 is asked',
    mutants: [
      ['case CAP_THREAD: return 2 ** TCB_BITS;', 'case CAP_THREAD:'],
      ['case CAP_FRAME: return powerOf2(frameBits(fieldAt(at, 16, 3)));', 'case CAP_FRAME:'],
    ],
  },
  {
    file: 'impl/kernel/caps.ts',
    because: 'capabilities to one frame or paging structure agree in its size and level',
    mutants: [['fieldAt(a, 16, 3) === fieldAt(b, 16, 3)', 'true']],
  },
  {
    file: 'impl/kernel/caps.ts',
    because: 'what is not returned counts as false',
    mutants: [['default: return false;', 'default:']],
  },
  {
    file: 'impl/kernel/cnode.ts',
    because: 'an empty slot that is moved to an empty one leaves both empty',
    mutants: [['capType(caller) !== CAP_NULL', 'true']],
  },
  {
    file: 'impl/kernel/cspace.ts',
    because: 'shifts count modulo 32',
    mutants: [
      ['low - 32', 'low + 32'],
      ['count - 32', 'count + 32'],
    ],
  },
  {
    file: 'impl/kernel/cspace.ts',
    because: 'a guard of no bits is 0, and so are no bits of the pointer',
    mutants: [
      ['guardBits > 0', 'true'],
      ['guardBits > 0', 'guardBits >= 0'],
    ],
  },
  {
    file: 'impl/kernel/delete.ts',
    because: 'it is set before it is read',
    mutants: [
      ['-1', '+1'],
      ['false', 'true'],
    ],
  },
  {
    file: 'impl/kernel/delete.ts',
    because: 'a null capability counts 0, which is removable for that',
    mutants: [['typeAt(CAP_A) === CAP_NULL', 'false']],
  },
  {
    file: 'impl/kernel/delete.ts',
    because: 'an empty slot has nothing to finalise, and is removable',
    mutants: [['capType(slot) === CAP_NULL', 'false']],
  },
  {
    file: 'impl/kernel/delete.ts',
    because: "interrupt 0 is never one of the users'",
    mutants: [['irq >= 0', 'irq > 0']],
  },
  {
    file: 'impl/kernel/delete.ts',
    because: 'a load or store through address 0 is outside all memory and does nothing here: it is no child',
    mutants: [['next === 0', 'false']],
  },
  {
    file: 'impl/kernel/delete.ts',
    because: 'it is set before it is read',
    mutants: [['-1', '+1', 1]],
  },
  {
    file: 'impl/kernel/delete.ts',
    because: 'as a range of ports, 1 is an empty one',
    mutants: [
      ['-1', '+1', 3],
      ['-1', '+1', 5],
    ],
  },
  {
    file: 'impl/kernel/endpoint.ts',
    because: 'a load or store through address 0 is outside all memory and does nothing here: it is not active',
    mutants: [['bound !== 0', 'true']],
  },
  {
    file: 'impl/kernel/endpoint.ts',
    because: 'a load through address 0 is outside all memory: it is not the context of the thread',
    mutants: [['bound !== 0', 'true', 1]],
  },
  {
    file: 'impl/kernel/fastpath.ts',
    because:
      'the slot holds a reply capability or none, and then a load through address 0 finds no thread without a fault',
    mutants: [['load(reply + CTE_META) >>> 27 !== CAP_REPLY', 'false']],
  },
  {
    file: 'impl/kernel/fastpath.ts',
    because: 'what is not returned counts as false',
    mutants: [['default: return false;', 'default:']],
  },
  {
    file: 'impl/kernel/fastpath.ts',
    because: 'a load or store through address 0 is outside all memory and does nothing here: it is no endpoint',
    mutants: [
      ['slot === 0', 'false'],
      ['slot === 0', 'false', 1],
    ],
  },
  {
    file: 'impl/kernel/fastpath.ts',
    because: 'a load or store through address 0 is outside all memory and does nothing here: it is not active',
    mutants: [['bound !== 0', 'true']],
  },
  {
    file: 'impl/kernel/fastpath.ts',
    because: 'shifts count modulo 32',
    mutants: [
      ['guardBits - 32', 'guardBits + 32'],
      ['guardBits - 32', 'guardBits + 32', 1],
    ],
  },
  {
    file: 'impl/kernel/fastpath.ts',
    because: 'beyond the last bit only a CNode is followed, and a CNode is no endpoint either',
    mutants: [['bits < WORD_BITS', 'bits <= WORD_BITS']],
  },
  {
    file: 'impl/kernel/fpu.ts',
    because: 'a load or store through address 0 is outside all memory and does nothing here',
    mutants: [['old !== 0', 'true']],
  },
  {
    file: 'impl/kernel/irq.ts',
    because:
      'a node holds a notification capability that may send, or none, and then a store through address 0 does nothing here',
    mutants: [
      ['capType(node) !== CAP_NOTIFICATION || capField(node, 16, 1) === 0', 'false'],
      [
        'capType(node) !== CAP_NOTIFICATION || capField(node, 16, 1) === 0',
        'capType(node) !== CAP_NOTIFICATION && capField(node, 16, 1) === 0',
      ],
      ['capType(node) !== CAP_NOTIFICATION', 'false'],
      ['capField(node, 16, 1) === 0', 'false'],
    ],
  },
  {
    file: 'impl/kernel/irq-platform.ts',
    because: 'the first part has found what is asked for',
    mutants: [['requestNamed(label)?.limits', 'requestNamed(label).limits']],
  },
  {
    file: 'impl/kernel/mdb.ts',
    because: 'a load or store through address 0 is outside all memory and does nothing here',
    mutants: [
      ['next !== 0', 'true'],
      ['prev !== 0', 'true'],
      ['next !== 0', 'true', 1],
      ['prev !== 0', 'true', 1],
      ['next !== 0', 'true', 2],
      ['aPrev !== 0', 'true'],
      ['aNext !== 0', 'true'],
      ['bPrev !== 0', 'true'],
      ['bNext !== 0', 'true'],
      ['prev !== 0', 'true', 2],
      ['next !== 0', 'true', 3],
    ],
  },
  {
    file: 'impl/kernel/mdb.ts',
    because: 'a load or store through address 0 is outside all memory and does nothing here: it is not the same object',
    mutants: [['next === 0', 'false']],
  },
  {
    file: 'impl/kernel/mdb.ts',
    because: 'a capability to an endpoint or notification is inserted only as made from another one to it',
    mutants: [['capType(source) === type', 'true']],
  },
  {
    file: 'impl/kernel/mdb.ts',
    because: 'what is not returned counts as false',
    mutants: [['default: return false;', 'default:']],
  },
  {
    file: 'impl/kernel/mdb.ts',
    because: 'what is inserted has the type of what it is made from, but for handlers, which are no untypeds',
    mutants: [
      [
        'typeAt(at) !== CAP_UNTYPED || capType(source) !== CAP_UNTYPED',
        'typeAt(at) !== CAP_UNTYPED && capType(source) !== CAP_UNTYPED',
      ],
      ['typeAt(at) !== CAP_UNTYPED', 'false'],
      ['capType(source) !== CAP_UNTYPED', 'false'],
    ],
  },
  {
    file: 'impl/kernel/mdb.ts',
    because: 'an untyped is inserted only as a copy of the one it is made from',
    mutants: [
      ['addressAt(CAP_D) !== addressAt(at) || fieldAt(CAP_D, 17, 63) !== fieldAt(at, 17, 63)', 'false'],
      [
        'addressAt(CAP_D) !== addressAt(at) || fieldAt(CAP_D, 17, 63) !== fieldAt(at, 17, 63)',
        'addressAt(CAP_D) !== addressAt(at) && fieldAt(CAP_D, 17, 63) !== fieldAt(at, 17, 63)',
      ],
      ['addressAt(CAP_D) !== addressAt(at)', 'false'],
      ['fieldAt(CAP_D, 17, 63) !== fieldAt(at, 17, 63)', 'false'],
    ],
  },
  {
    file: 'impl/kernel/message.ts',
    because: 'at the limit both are the same number',
    mutants: [['length > MSG_MAX_LENGTH', 'length >= MSG_MAX_LENGTH']],
  },
  {
    file: 'impl/kernel/message.ts',
    because: 'the loop over the rest does nothing then',
    mutants: [['length <= MESSAGE_REGISTERS', 'length < MESSAGE_REGISTERS']],
  },
  {
    file: 'impl/kernel/message.ts',
    because:
      'without flags the register has number -1: the word before the registers, which holds 0, gets the 0 of no flags',
    mutants: [['HAS_FLAGS', 'true']],
  },
  {
    file: 'impl/kernel/notification.ts',
    because: 'a load or store through address 0 is outside all memory and does nothing here: it is not active',
    mutants: [['bound !== 0', 'true']],
  },
  {
    file: 'impl/kernel/ready-queues.ts',
    because: 'ready queues of Benno hold nobody who is not ready',
    mutants: [["SCHEDULER === 'lazy'", 'true']],
  },
  {
    file: 'impl/kernel/reply-cap.ts',
    because: 'an empty slot has no neighbours to unlink from',
    mutants: [['capType(slot) !== CAP_NULL', 'true']],
  },
  {
    file: 'impl/kernel/reply-cap.ts',
    because: 'a load or store through address 0 is outside all memory and does nothing here: it is no child',
    mutants: [['reply !== 0', 'true']],
  },
  {
    file: 'impl/kernel/reply-cap.ts',
    because: "right behind a thread's master capability there is its reply capability or nothing that is one",
    mutants: [
      ['reply !== 0 && isMdbParentOf(master, reply)', 'true'],
      ['reply !== 0 && isMdbParentOf(master, reply)', 'reply !== 0 || isMdbParentOf(master, reply)'],
    ],
  },
  {
    file: 'impl/kernel/reply-cap.ts',
    because: 'a master capability made again is the same',
    mutants: [['capType(master) !== CAP_NULL', 'false']],
  },
  {
    file: 'impl/kernel/scheduler.ts',
    because: 'a candidate at least as important as the running thread is the most important',
    mutants: [['current === IDLE_THREAD || priority < currentPriority', 'true']],
  },
  {
    file: 'impl/kernel/scheduler.ts',
    because: 'the idle thread has priority 0, and nobody below it',
    mutants: [['current === IDLE_THREAD', 'false']],
  },
  {
    file: 'impl/kernel/scheduler.ts',
    because: 'under Benno nobody reads the choice, and the running thread is in no queue',
    mutants: [
      ["SCHEDULER === 'lazy'", 'true'],
      ["SCHEDULER === 'lazy'", 'true', 1],
    ],
  },
  {
    file: 'impl/kernel/scheduler.ts',
    because: 'every configuration has several domains',
    mutants: [
      ['NUM_DOMAINS > 1', 'true'],
      ['NUM_DOMAINS > 1', 'NUM_DOMAINS >= 1'],
    ],
  },
  {
    file: 'impl/kernel/scheduler.ts',
    because: 'while the idle thread runs nobody is ready, so that any candidate is the most important',
    mutants: [['current === IDLE_THREAD', 'current !== IDLE_THREAD']],
  },
  {
    file: 'impl/kernel/scheduler.ts',
    because: 'a candidate as important as the running thread is among the most important',
    mutants: [['priority < currentPriority', 'priority <= currentPriority']],
  },
  {
    file: 'impl/kernel/scheduler.ts',
    because: 'a candidate that is the most important comes first from its queue, too',
    mutants: [
      [
        'check && !isHighestPriority(load(KS_CUR_DOMAIN), priority)',
        'check || !isHighestPriority(load(KS_CUR_DOMAIN), priority)',
      ],
    ],
  },
  {
    file: 'impl/kernel/scheduler.ts',
    because: 'a candidate above the running thread has its queue to itself, and one below is not the most important',
    mutants: [['priority === currentPriority', 'true']],
  },
  {
    file: 'impl/kernel/scheduler.ts',
    because: 'the last entry of the schedule is always an end marker, so its end is never met',
    mutants: [
      ['next >= DOMAIN_SCHEDULE_LENGTH', 'false'],
      ['next >= DOMAIN_SCHEDULE_LENGTH', 'next > DOMAIN_SCHEDULE_LENGTH'],
    ],
  },
  {
    file: 'impl/kernel/scheduler.ts',
    because: 'an entry without duration is always of domain 0',
    mutants: [['load(entry) === 0', 'true']],
  },
  {
    file: 'impl/kernel/scheduler.ts',
    because:
      'in the classic kernel no thread has a scheduling context or has yielded to one, and no timer is to be programmed',
    mutants: [
      ['TIME_IS_BUDGETED', 'true', 1],
      ['TIME_IS_BUDGETED', 'true', 2],
    ],
  },
  {
    file: 'impl/kernel/syscall.ts',
    because: 'sizes of untypeds that somebody asks too much of are below 4 GiB here',
    mutants: [['errorWord / 2 ** 32', 'errorWord * 2 ** 32']],
  },
  {
    file: 'impl/kernel/syscall.ts',
    because: 'what is not returned counts as false',
    mutants: [['default: return false;', 'default:']],
  },
  {
    file: 'impl/kernel/syscall.ts',
    because: 'no user can name the slot of a master capability',
    mutants: [['capField(slot, 16, 1) === 1', 'false']],
  },
  {
    file: 'impl/kernel/syscall.ts',
    because: 'a load or store through address 0 is outside all memory and does nothing here',
    mutants: [['user !== 0', 'true']],
  },
  {
    file: 'impl/kernel/syscall.ts',
    because: 'this is the classic kernel, where nobody offers a reply object',
    mutants: [['true', 'false', 8]],
  },
  {
    file: 'impl/kernel/tcb.ts',
    because: 'nobody has a capability to the idle thread',
    mutants: [['load(tcb + TCB_STATE) === STATE_IDLE', 'false']],
  },
  {
    file: 'impl/kernel/tcb-space.ts',
    because: 'an empty slot is neither of the types that are asked for next',
    mutants: [['type === CAP_NULL', 'false']],
  },
  {
    file: 'impl/kernel/thread-state.ts',
    because:
      'what a thread is blocked on and with is 0 while it is not blocked, and is set after the state of one that is',
    mutants: [
      [
        'old >= STATE_BLOCKED_ON_RECEIVE && state < STATE_BLOCKED_ON_RECEIVE',
        'old >= STATE_BLOCKED_ON_RECEIVE || state < STATE_BLOCKED_ON_RECEIVE',
      ],
      ['old >= STATE_BLOCKED_ON_RECEIVE', 'true'],
      ['state < STATE_BLOCKED_ON_RECEIVE', 'true'],
      ['state < STATE_BLOCKED_ON_RECEIVE', 'state <= STATE_BLOCKED_ON_RECEIVE'],
      ['old <= STATE_BLOCKED_ON_SEND', 'true'],
    ],
  },
  {
    file: 'impl/kernel/thread-state.ts',
    because: 'threads 0 and 1 are outside all memory: queueing them does nothing here',
    mutants: [
      ['action !== ACTION_RESUME && action !== ACTION_CHOOSE', 'true'],
      ['action !== ACTION_RESUME && action !== ACTION_CHOOSE', 'action !== ACTION_RESUME || action !== ACTION_CHOOSE'],
      ['action !== ACTION_RESUME', 'true'],
      ['action !== ACTION_CHOOSE', 'true'],
    ],
  },
  {
    file: 'impl/kernel/transfer.ts',
    because: 'the loop over none transfers nothing; looking up the slot for it leaves nothing behind',
    mutants: [['extraCapCount === 0', 'false']],
  },
  {
    file: 'impl/kernel/transfer.ts',
    because: 'no capability to an endpoint has address 0',
    mutants: [['endpoint !== 0', 'true']],
  },
  {
    file: 'impl/kernel/untyped.ts',
    because: 'there is no chunk to clear then',
    mutants: [['used === 0', 'false']],
  },
  {
    file: 'impl/kernel/untyped.ts',
    because: 'one chunk is cleared at once either way',
    mutants: [['bits < RESET_CHUNK_BITS', 'bits <= RESET_CHUNK_BITS']],
  },
  {
    file: 'impl/kernel/variant.ts',
    because: 'it returns at its end as well',
    mutants: [['{ return; }', '{}']],
  },
  {
    file: 'impl/kernel/vspace-perform.ts',
    because: 'all memory of every configuration ends below 4 GiB, so the high half is 0',
    mutants: [['address / 2 ** 32', 'address * 2 ** 32']],
  },
  {
    file: 'impl/kernel/cspace.ts',
    because: 'a mask of no bits leaves 0 as well',
    mutants: [['count <= 32', 'count < 32']],
  },
  {
    file: 'impl/kernel/cspace.ts',
    because: 'a guard has less than 64 bits',
    mutants: [
      ['count < 64', 'count <= 64'],
      ['count < 64', 'true'],
    ],
  },
  {
    file: 'impl/kernel/delete.ts',
    because: 'a frame that is not mapped has identifier 0, which leads nowhere',
    mutants: [['capField(slot, 21, 1) === 1', 'true']],
  },
  {
    file: 'impl/kernel/fault-message.ts',
    because: 'the word after is written next',
    mutants: [['n < registers.length', 'n <= registers.length']],
  },
  {
    file: 'impl/kernel/message.ts',
    because: "the slot of the buffer holds a frame that is no device's, or nothing, which gives no rights",
    mutants: [
      ['capType(slot) !== CAP_FRAME || capField(slot, 18, 1) === 1', 'false'],
      [
        'capType(slot) !== CAP_FRAME || capField(slot, 18, 1) === 1',
        'capType(slot) !== CAP_FRAME && capField(slot, 18, 1) === 1',
      ],
      ['capType(slot) !== CAP_FRAME', 'false'],
      ['capField(slot, 18, 1) === 1', 'false'],
    ],
  },
  {
    file: 'impl/kernel/syscall.ts',
    because: 'goes on in the next case, which does the same with so small a number',
    mutants: [
      [
        'case INVALID_CAPABILITY: length = setMessageWord(thread, buffer, 0, errorWord, 0); break;',
        'case INVALID_CAPABILITY:',
      ],
    ],
  },
  {
    file: 'impl/kernel/tcb-space.ts',
    because:
      'no deletion of what is in a thread is a long one that could be interrupted: where it would be, it was refused',
    mutants: [
      ['status === OK', 'true'],
      ['status !== OK', 'false', 3],
      ['status !== OK', 'false', 8],
      ['status !== OK', 'false', 9],
      ['status !== OK', 'false', 10],
      ['status === OK', 'true', 1],
    ],
  },
  {
    file: 'impl/kernel/tcb-space.ts',
    because: 'the slot of the address space holds a paging structure or nothing, which is never long to delete',
    mutants: [
      ['isLongDeletion(tcb + TCB_SLOT_VTABLE * CTE_BYTES)', 'false'],
      ['TCB_SLOT_VTABLE * CTE_BYTES', 'TCB_SLOT_VTABLE / CTE_BYTES'],
    ],
  },
  {
    file: 'impl/kernel/tcb-space.ts',
    because: 'the deletion before took nothing but what was in the slot',
    mutants: [['!sameObjectAs(CAP_C, CAP_D)', 'false']],
  },
  {
    file: 'impl/kernel/tcb-space.ts',
    because: 'the place after it is filled before it is read',
    mutants: [['n < 4', 'n <= 4', 1]],
  },
  {
    file: 'impl/kernel/tcb-space.ts',
    because: 'what the message says of a paging structure is ignored, and anything else is refused',
    mutants: [['word + 1', 'word - 1']],
  },
  {
    file: 'impl/kernel/tcb.ts',
    because: 'with less than two words the limit is below 0, which any count exceeds',
    mutants: [['argCount < 2', 'false', 2]],
  },
  {
    file: 'impl/kernel/tcb.ts',
    because: 'no register has that number, so that a word is stored where it was read',
    mutants: [
      ['n < FRAME_REGISTERS.length', 'n <= FRAME_REGISTERS.length', 1],
      ['n < GP_REGISTERS.length', 'n <= GP_REGISTERS.length'],
    ],
  },
  {
    file: 'impl/kernel/caps.ts',
    because: 'it is never copied nor made of anything, so that whatever comes behind it in its list was made of it',
    mutants: [
      ['typeAt(b) === CAP_IRQ_CONTROL || typeAt(b) === CAP_IRQ_HANDLER', 'true'],
      ['typeAt(b) === CAP_IRQ_CONTROL', 'false'],
      ['typeAt(b) === CAP_IRQ_CONTROL', 'typeAt(b) !== CAP_IRQ_CONTROL'],
      ['typeAt(b) === CAP_IO_PORT_CONTROL || typeAt(b) === CAP_IO_PORT', 'true'],
      ['typeAt(b) === CAP_IO_PORT_CONTROL', 'false'],
      ['typeAt(b) === CAP_IO_PORT_CONTROL', 'typeAt(b) !== CAP_IO_PORT_CONTROL'],
    ],
  },
  {
    file: 'impl/kernel/entry.ts',
    because: 'under Benno nobody reads the choice',
    mutants: [["SCHEDULER === 'lazy'", 'true']],
  },
  {
    file: 'impl/kernel/fault.ts',
    because: 'whoever is told of the fault stops the thread as well, in a state that takes the place of this one',
    mutants: [['handler === 0', 'true']],
  },
  {
    file: 'impl/kernel/tcb-space.ts',
    because: 'only what has a badge could lose by it, and that is refused in any case',
    mutants: [['false', 'true']],
  },
  {
    file: 'impl/kernel/thread-state.ts',
    because: 'a fault of the kind that has a guard is stored with it',
    mutants: [['i + (TCB_FAULT_GUARD_HI - TCB_FAULT) / 4 + 1', 'i + (TCB_FAULT_GUARD_HI - TCB_FAULT) / 4 - 1']],
  },
];
