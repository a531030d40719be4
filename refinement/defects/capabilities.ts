/** Defects in finding, copying, moving and relating capabilities. */
import type { Defect } from './defect.ts';
import { edit } from './defect.ts';

const CSPACE = 'impl/kernel/cspace.ts';
const CNODE = 'impl/kernel/cnode.ts';
const CAPS = 'impl/kernel/caps.ts';
const MDB = 'impl/kernel/mdb.ts';

export const CAPABILITY_DEFECTS: readonly Defect[] = [
  {
    name: 'guard-value-ignored',
    subsystem: 'cspace',
    description: 'A pointer passes a CNode whose guard has the right length but another value.',
    side: 'impl',
    edits: [edit(CSPACE, 'fits = fieldLo === guardLo && fieldHi === guardHi;', 'fits = true;')],
    breaks: ['refinement'],
  },
  {
    name: 'guard-high-half-ignored',
    subsystem: 'cspace',
    description: 'Of a guard longer than 32 bits only the low half is compared.',
    side: 'impl',
    edits: [edit(CSPACE, 'fieldLo === guardLo && fieldHi === guardHi', 'fieldLo === guardLo')],
    breaks: ['refinement'],
  },
  {
    name: 'depth-before-guard',
    subsystem: 'cspace',
    description: 'A lookup that fails by its guard as well as by its depth reports the depth.',
    side: 'impl',
    edits: [edit(CSPACE, 'if (!fits) {', 'if (!fits && guardBits + radix <= left) {')],
    breaks: ['refinement'],
  },
  {
    name: 'operation-stops-above-leaf',
    subsystem: 'cspace',
    description: 'A CNode operation whose depth is not used up works on the slot where the lookup ended.',
    side: 'impl',
    edits: [edit(CSPACE, 'if (bitsRemaining === 0) return OK;', 'if (bitsRemaining >= 0) return OK;')],
    breaks: ['refinement'],
  },
  {
    name: 'depth-high-half-ignored',
    subsystem: 'cspace',
    description: 'A depth of 2^32 + n passes for n.',
    side: 'impl',
    edits: [edit(CSPACE, 'depthHi !== 0 || depthLo < 1', 'depthLo < 1')],
    breaks: ['refinement'],
  },

  {
    name: 'copy-ignores-rights',
    subsystem: 'cnode',
    description: 'A copy has all rights of its source, whatever the mask says.',
    side: 'impl',
    edits: [edit(CNODE, 'maskCapRights(CAP_A, argLo[4]!);\n      status', 'status')],
    breaks: ['refinement'],
  },
  {
    name: 'write-without-read',
    subsystem: 'cnode',
    description: 'A frame masked to write only stays readable.',
    side: 'impl',
    edits: [edit(CAPS, 'if ((rights & RIGHT_READ) === 0 || has === 1) return 1;', 'if (has === 1) return 1;')],
    breaks: ['refinement'],
  },
  {
    name: 'badge-twice',
    subsystem: 'cnode',
    description: 'A capability that has a badge can be minted with another one.',
    side: 'impl',
    edits: [edit(CAPS, 'if (preserve || C[at + 2] !== 0 || C[at + 3] !== 0) {', 'if (preserve) {')],
    breaks: ['refinement'],
  },
  {
    name: 'mutate-sets-badge',
    subsystem: 'cnode',
    description: 'Mutating a capability can give it a badge, which makes no child of it.',
    side: 'impl',
    edits: [edit(CNODE, 'updateCapData(CAP_A, true, argLo[4]!', 'updateCapData(CAP_A, false, argLo[4]!')],
    breaks: ['refinement'],
  },
  {
    name: 'guard-longer-than-word',
    subsystem: 'cnode',
    description: 'A guard may be one bit longer than what the radix leaves of a word.',
    side: 'impl',
    edits: [
      edit(CAPS, 'guardBits + fieldAt(at, 22, 31) > WORD_BITS', 'guardBits + fieldAt(at, 22, 31) > WORD_BITS + 1'),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'move-over-capability',
    subsystem: 'cnode',
    description: 'A capability can be put into a slot that is not empty.',
    side: 'impl',
    edits: [
      edit(
        CNODE,
        'let status = ensureEmptySlot(target);\n  if (status !== OK) return status;\n  status = lookup(1, extraCaps[0]!, 2);',
        'let status = lookup(1, extraCaps[0]!, 2);',
      ),
    ],
    breaks: ['refinement', 'no_fail'],
  },
  {
    name: 'save-caller-over-capability',
    subsystem: 'cnode',
    description: 'Saving the caller overwrites what is in the slot.',
    side: 'impl',
    edits: [
      edit(
        CNODE,
        'const status = ensureEmptySlot(target);\n  if (status !== OK) return status;\n  beginPerform();',
        'beginPerform();',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'rotate-pivot-is-source',
    subsystem: 'cnode',
    description: 'A rotation accepts its source as its pivot.',
    side: 'impl',
    edits: [edit(CNODE, 'if (pivot === source || pivot === target)', 'if (pivot === target)')],
    breaks: ['refinement'],
  },
  {
    name: 'cancel-badged-needs-no-rights',
    subsystem: 'cnode',
    description: 'Senders can be cancelled through an endpoint capability that lacks rights.',
    side: 'impl',
    edits: [edit(CNODE, ' || capField(target, 16, 15) !== ALL_RIGHTS) return', ') return')],
    breaks: ['refinement'],
  },

  {
    name: 'first-badged-not-handed-on',
    subsystem: 'derivation',
    description: 'Deleting the first capability of a badge makes the next one a child of another badge.',
    side: 'impl',
    edits: [
      edit(
        MDB,
        'store(next + CTE_MDB_FLAGS, load(next + CTE_MDB_FLAGS) | (load(slot + CTE_MDB_FLAGS) & MDB_FIRST_BADGED));',
        '',
      ),
    ],
    breaks: ['refinement', 'valid_badges'],
  },
  {
    name: 'same-badge-is-child',
    subsystem: 'derivation',
    description: 'A capability with a badge passes for the parent of another original one with the same badge.',
    side: 'impl',
    edits: [
      edit(
        MDB,
        'C[CAP_C + 3] === C[CAP_D + 3] &&\n    (load(child + CTE_MDB_FLAGS) & MDB_FIRST_BADGED) === 0',
        'C[CAP_C + 3] === C[CAP_D + 3]',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'copy-counts-as-original',
    subsystem: 'derivation',
    description: 'A plain copy of an endpoint or notification capability may have children.',
    side: 'impl',
    edits: [
      edit(
        MDB,
        'return capType(source) === type && (W[i + 2] !== C[at + 2] || W[i + 3] !== C[at + 3]);',
        'return capType(source) === type && i >= 0;',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'copied-untyped-not-full',
    subsystem: 'derivation',
    description: 'An untyped that was copied keeps its free memory, which can then be given out twice.',
    resembles: 'untyped-not-marked-used',
    side: 'impl',
    edits: [edit(MDB, 'setUntypedCapAsFull(at, source);\n  storeCap', 'storeCap')],
    breaks: ['refinement'],
  },
  {
    name: 'region-lacks-notifications',
    subsystem: 'derivation',
    description: 'A notification does not count as memory: its untyped seems to have no children.',
    resembles: 'region-lacks-type',
    side: 'impl',
    edits: [edit(CAPS, '    case CAP_NOTIFICATION:\n      return 2 ** NOTIFICATION_BITS;\n', '')],
    breaks: ['refinement', 'no_fail'],
  },
  {
    name: 'same-object-lacks-notifications',
    subsystem: 'derivation',
    description: 'Revoking a notification capability skips the copies that were made of it.',
    resembles: 'same-region-lacks-type',
    side: 'impl',
    edits: [
      edit(
        CAPS,
        'case CAP_NOTIFICATION:\n    case CAP_REPLY:\n    case CAP_REPLY_OBJECT:',
        'case CAP_REPLY:\n    case CAP_REPLY_OBJECT:',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'final-looks-ahead-only',
    subsystem: 'derivation',
    description:
      'A capability counts as the last of its object when the next one in the list is to another, whatever the previous one is.',
    side: 'impl',
    edits: [edit(MDB, 'if (sameObjectAs(CAP_D, CAP_C)) return false;', '')],
    breaks: ['refinement', 'no_fail'],
  },
  {
    name: 'move-loses-predecessor',
    subsystem: 'derivation',
    description: 'After a move the entry before still leads to the old slot.',
    side: 'impl',
    edits: [edit(MDB, 'wipe(source);\n  if (prev !== 0) store(prev + CTE_NEXT, target);', 'wipe(source);')],
    breaks: ['refinement', 'valid_dlist'],
  },
  {
    name: 'swap-of-neighbours',
    subsystem: 'derivation',
    description: 'Swapping two neighbours of the derivation list leaves a slot that leads to itself.',
    side: 'impl',
    edits: [
      edit(
        MDB,
        'const aFlags = load(a + CTE_MDB_FLAGS);',
        'const aFlags = load(a + CTE_MDB_FLAGS);\n  const bNext = load(b + CTE_NEXT);\n  const bPrev = load(b + CTE_PREV);',
      ),
      edit(
        MDB,
        'const bNext = load(b + CTE_NEXT);\n  const bPrev = load(b + CTE_PREV);\n  store(a + CTE_MDB_FLAGS',
        'store(a + CTE_MDB_FLAGS',
      ),
    ],
    breaks: ['refinement', 'valid_dlist'],
  },
  {
    name: 'insert-forgets-back-link',
    subsystem: 'derivation',
    description: 'The entry behind a new one still names its old predecessor.',
    side: 'impl',
    edits: [edit(MDB, 'if (next !== 0) store(next + CTE_PREV, slot);', '')],
    breaks: ['refinement', 'valid_dlist'],
  },
  {
    name: 'derived-frame-stays-mapped',
    subsystem: 'derivation',
    description: 'The copy of a mapped frame counts as mapped, too.',
    side: 'impl',
    edits: [edit(MDB, 'C[at + 1] = C[at + 1]! & ~(1 << 21);', '')],
    breaks: ['refinement'],
  },
  {
    name: 'reply-can-be-copied',
    subsystem: 'derivation',
    description: 'A reply capability can be copied, so that one call is answered twice.',
    side: 'impl',
    edits: [
      edit(
        MDB,
        'case CAP_REPLY:\n    case CAP_ZOMBIE:\n    case CAP_IRQ_CONTROL:',
        'case CAP_ZOMBIE:\n    case CAP_IRQ_CONTROL:',
      ),
    ],
    breaks: ['refinement'],
  },
  {
    name: 'parent-untyped-copied',
    subsystem: 'derivation',
    description: 'An untyped with children can be copied.',
    side: 'impl',
    edits: [edit(MDB, 'return ensureNoChildren(slot);', 'return OK;')],
    breaks: ['refinement'],
  },
  {
    name: 'irq-control-copied',
    subsystem: 'derivation',
    description: 'The capability to control interrupts can be copied.',
    side: 'impl',
    edits: [edit(MDB, 'case CAP_IRQ_CONTROL: case CAP_IO_PORT_CONTROL:', 'case CAP_IO_PORT_CONTROL:')],
    breaks: ['refinement', 'irq_control'],
  },
  {
    name: 'emptied-slot-half-wiped',
    subsystem: 'derivation',
    description: 'A slot that is emptied keeps its place in the derivation list.',
    side: 'impl',
    edits: [edit(MDB, 'word < i + CTE_BYTES / 4; word++', 'word < i + CTE_NEXT / 4; word++')],
    breaks: ['refinement', 'no_fail', 'valid_nullcaps', 'fastpath_equals_slow_path'],
  },
  {
    name: 'copy-at-end-of-list',
    subsystem: 'derivation',
    description: 'A new capability goes to the end of its derivation list instead of behind its source.',
    side: 'impl',
    edits: [
      edit(
        MDB,
        'linkAfter(target, source, flags);',
        `let last = source;
        while (load(last + CTE_NEXT) !== 0) last = load(last + CTE_NEXT);
        linkAfter(target, last, flags);`,
      ),
    ],
    breaks: ['refinement', 'mdb_chunked'],
  },
];
