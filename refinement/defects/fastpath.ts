/**
 * Each condition of the fastpath left out in turn, and each of its writes that the slow path makes as well. Two cannot be
 * left out alone: nothing but an endpoint reads as one with a receiver, and nobody to answer is somebody without an address space.
 */
import type { Defect, Edit } from './defect.ts';
import { edit } from './defect.ts';
import type { RealBug } from './real-bugs.ts';

const FASTPATH = 'impl/kernel/fastpath.ts';

function inFastpath(
  name: string,
  description: string,
  edits: readonly Edit[],
  properties: readonly string[],
  resembles?: RealBug,
): Defect {
  const breaks = ['refinement', 'no_fail', ...properties, 'fastpath_equals_slow_path'];
  const common = { name, subsystem: 'fastpath', description, side: 'impl', edits, breaks } as const;
  return resembles === undefined ? common : { ...common, resembles };
}

const inCall = (name: string, description: string, edits: readonly Edit[], resembles?: RealBug): Defect =>
  inFastpath(name, description, edits, ['fastpath_call_taken'], resembles);
const inReplyRecv = (name: string, description: string, edits: readonly Edit[], resembles?: RealBug): Defect =>
  inFastpath(name, description, edits, ['fastpath_reply_recv_taken'], resembles);
/** What both ask first. */
const inBoth = (name: string, description: string, edits: readonly Edit[]): Defect =>
  inFastpath(name, description, edits, ['fastpath_call_taken', 'fastpath_reply_recv_taken']);

export const FASTPATH_DEFECTS: readonly Defect[] = [
  inBoth(
    'fastpath-takes-any-length',
    'The fastpath takes messages that do not fit the registers, and loses the rest.',
    [edit(FASTPATH, 'return (info & 0x1ff) <= MESSAGE_REGISTERS;', 'return (info & 0x180) === 0;')],
  ),
  inBoth('fastpath-drops-capabilities', 'The fastpath takes messages with extra capabilities, and loses those.', [
    edit(FASTPATH, 'return (info & 0x1ff) <= MESSAGE_REGISTERS;', 'return (info & 0x7f) <= MESSAGE_REGISTERS;'),
  ]),
  inCall('fastpath-call-without-right', 'The fastpath of Call does not ask for the right to send.', [
    edit(FASTPATH, 'cap >>> 27 !== CAP_ENDPOINT || (cap & CAN_SEND) === 0', 'cap >>> 27 !== CAP_ENDPOINT'),
  ]),
  inCall('fastpath-call-into-sender', 'The fastpath of Call takes whoever heads the queue for a receiver.', [
    edit(
      FASTPATH,
      'if (load(endpoint + EP_STATE) !== EP_RECV) return false;',
      'if (load(endpoint + EP_STATE) === EP_IDLE) return false;',
    ),
  ]),
  inCall(
    'fastpath-call-without-vspace',
    'The fastpath of Call runs a receiver without looking at its address space.',
    [edit(FASTPATH, '(receiver);\n  if (root === 0) return false;', '(receiver);')],
    'asid-not-checked',
  ),
  inCall(
    'fastpath-call-jumps-queue',
    'The fastpath of Call runs a receiver although a thread of higher priority is ready.',
    [
      edit(
        FASTPATH,
        'if (priority < load(caller + TCB_PRIORITY) && !isHighestPriority(domain, priority)) return false;',
        '',
      ),
    ],
  ),
  inCall(
    'fastpath-call-without-grant',
    'The fastpath of Call gives a reply capability to answer a caller that may not be answered.',
    [edit(FASTPATH, 'if ((cap & (CAN_GRANT | CAN_GRANT_REPLY)) === 0) return false;', '')],
  ),
  inCall(
    'fastpath-call-across-domains',
    'The fastpath of Call runs a receiver of another domain.',
    [edit(FASTPATH, 'if (load(receiver + TCB_DOMAIN) !== domain) return false;', '')],
    'candidate-elsewhere',
  ),
  inCall(
    'fastpath-endpoint-stays-busy',
    'The fastpath of Call leaves an endpoint without receivers marked as having some.',
    [
      edit(
        FASTPATH,
        'store(endpoint + EP_TAIL, 0);\n    store(endpoint + EP_STATE, EP_IDLE);',
        'store(endpoint + EP_TAIL, 0);',
      ),
    ],
  ),
  inCall(
    'fastpath-next-receiver-linked-back',
    'The fastpath of Call leaves the next receiver linked back to the one that runs.',
    [edit(FASTPATH, 'store(next + TCB_EP_PREV, 0);', '')],
  ),
  inCall(
    'fastpath-reply-always-grants',
    'The fastpath of Call lets every receiver hand over capabilities in its answer.',
    [edit(FASTPATH, 'load(receiver + TCB_BLOCKING_FLAGS) & BLOCKING_CAN_GRANT', 'BLOCKING_CAN_GRANT')],
  ),
  inCall('fastpath-guard-half-compared', 'The fastpath looks at the low half of a guard only.', [
    edit(
      FASTPATH,
      'if (guardLo !== W[i + 2] || guardHi !== W[i + 3]) return 0;',
      'if (guardLo !== W[i + 2]) return 0;',
    ),
  ]),
  inReplyRecv('fastpath-receive-without-right', 'The fastpath of ReplyRecv does not ask for the right to receive.', [
    edit(FASTPATH, 'cap >>> 27 !== CAP_ENDPOINT || (cap & CAN_RECEIVE) === 0', 'cap >>> 27 !== CAP_ENDPOINT'),
  ]),
  inReplyRecv(
    'fastpath-overlooks-signal',
    'The fastpath of ReplyRecv waits although a signal is there for the thread.',
    [edit(FASTPATH, 'if (bound !== 0 && load(bound + NTFN_STATE) === NTFN_ACTIVE) return false;', '')],
  ),
  inReplyRecv('fastpath-waits-among-senders', 'The fastpath of ReplyRecv waits to receive where others wait to send.', [
    edit(FASTPATH, 'if (load(endpoint + EP_STATE) === EP_SEND) return false;', ''),
  ]),
  inReplyRecv('fastpath-answers-fault', 'The fastpath of ReplyRecv answers a fault as if it were a call.', [
    edit(FASTPATH, 'if (load(caller + TCB_FAULT) !== 0) return false;\n  const root', 'const root'),
  ]),
  inReplyRecv(
    'fastpath-answers-without-vspace',
    'The fastpath of ReplyRecv runs a caller without looking at its address space.',
    [edit(FASTPATH, '(caller);\n  if (root === 0) return false;', '(caller);')],
    'asid-not-checked',
  ),
  inReplyRecv(
    'fastpath-answer-jumps-queue',
    'The fastpath of ReplyRecv runs a caller although a thread of higher priority is ready.',
    [edit(FASTPATH, 'if (!isHighestPriority(domain, load(caller + TCB_PRIORITY))) return false;', '')],
  ),
  inReplyRecv(
    'fastpath-answers-across-domains',
    'The fastpath of ReplyRecv runs a caller of another domain.',
    [edit(FASTPATH, 'if (load(caller + TCB_DOMAIN) !== domain) return false;', '')],
    'candidate-elsewhere',
  ),
  inReplyRecv(
    'fastpath-keeps-reply-capability',
    'The fastpath of ReplyRecv leaves the reply capability where it was.',
    [edit(FASTPATH, 'takeReplyCap(reply);', '')],
  ),
  inReplyRecv(
    'fastpath-replier-without-grant',
    'The fastpath of ReplyRecv forgets whether the replier may be handed capabilities.',
    [edit(FASTPATH, '(cap & CAN_GRANT) === 0 ? 0 : BLOCKING_CAN_GRANT', '0')],
  ),
  inReplyRecv(
    'fastpath-keeps-unwrapped',
    'The fastpath hands on the bits that say which capabilities were unwrapped.',
    [edit(FASTPATH, 'info & ~0xe00', 'info')],
  ),
];
