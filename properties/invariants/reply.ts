/** Reply capabilities: one master a thread, kept in its own slot, and at most one that can be used, while the thread waits. */
import { TCB_REPLY, slotAt, slotKey, object } from '../../spec/state/kernel-state.ts';
import * as PMap from '../../spec/state/pmap.ts';
import type { ObjRef } from '../../spec/state/refs.ts';
import type { StateInvariant } from '../property.ts';
import { INVARIANTS_AI, atSlot, countCaps, hex, l4v, perCap, whole } from './check.ts';
import { surveyOf } from './survey.ts';

export const replyMasterRevocable: StateInvariant = {
  name: 'reply_master_revocable',
  kind: 'state',
  statement: 'Master reply capabilities are original.',
  l4v: l4v(INVARIANTS_AI, 'reply_master_revocable'),
  evidence: ['spec-master-no-original'],
  requires: ['classic'],
  ...perCap((_, slot, cap, node, out) => {
    if (cap._tag === 'ReplyCap' && cap.master && node?.original !== true)
      out.push({
        where: atSlot(slot),
        because: 'a master reply capability that is not original',
      });
  }),
  exercised: (s) => countCaps(s, (cap) => cap._tag === 'ReplyCap' && cap.master),
};

export const replyMdb: StateInvariant = {
  name: 'reply_mdb',
  kind: 'state',
  statement:
    'A master reply capability is derived from nothing and only reply capabilities of its thread are derived from it; every other reply capability is derived directly from its master.',
  l4v: l4v(INVARIANTS_AI, 'reply_mdb'),
  evidence: ['spec-reply-derived-from-nothing'],
  requires: ['classic'],
  ...perCap((s, slot, cap, node, out) => {
    if (cap._tag !== 'ReplyCap' || node === undefined) return;
    const where = atSlot(slot);
    if (!cap.master) {
      const above = node.parent === null ? undefined : PMap.get(s.caps, slotKey(node.parent));
      if (above?._tag !== 'ReplyCap' || !above.master || above.ref !== cap.ref) {
        out.push({
          where,
          because: `the reply capability of ${hex(cap.ref)} is not derived from its master`,
        });
      }
      if (node.children.length > 0)
        out.push({
          where,
          because: 'something is derived from a one-shot reply capability',
        });
      return;
    }
    if (node.parent !== null)
      out.push({
        where,
        because: `a master reply capability derived from ${atSlot(node.parent)}`,
      });
    for (const child of node.children) {
      const below = PMap.get(s.caps, slotKey(child));
      if (below?._tag !== 'ReplyCap' || below.master || below.ref !== cap.ref) {
        out.push({
          where,
          because: `${atSlot(child)} is derived from a master reply capability, but is no reply of its thread`,
        });
      }
    }
  }),
  exercised: (s) => countCaps(s, (cap) => cap._tag === 'ReplyCap' && !cap.master),
};

export const validReplyMasters: StateInvariant = {
  name: 'valid_reply_masters',
  kind: 'state',
  statement: "A thread's master reply capability lies nowhere but in the thread's own reply slot.",
  l4v: l4v(INVARIANTS_AI, 'valid_reply_masters'),
  evidence: ['spec-master-saved-as-caller'],
  requires: ['classic'],
  ...perCap((_, slot, cap, _node, out) => {
    if (cap._tag === 'ReplyCap' && cap.master && slot !== slotAt(cap.ref, TCB_REPLY)) {
      out.push({
        where: atSlot(slot),
        because: `the master reply capability of ${hex(cap.ref)} outside its slot`,
      });
    }
  }),
  exercised: (s) => countCaps(s, (cap) => cap._tag === 'ReplyCap' && cap.master),
};

export const validReplyCaps: StateInvariant = {
  name: 'valid_reply_caps',
  kind: 'state',
  statement: 'A thread that can be replied to waits for a reply, and only one capability can be used for it.',
  l4v: l4v(
    INVARIANTS_AI,
    'valid_reply_caps',
    'not the converse: a thread whose reply capability was deleted waits for ever',
  ),
  evidence: ['spec-fault-answered-twice'],
  requires: ['classic'],
  ...whole((s, out) => {
    const seen = new Set<ObjRef>();
    for (const { slot, cap } of surveyOf(s).replies) {
      if (cap._tag !== 'ReplyCap' || cap.master) continue;
      const target = object(s, cap.ref);
      if (target?._tag === 'Tcb' && target.state._tag !== 'BlockedOnReply') {
        out.push({
          where: atSlot(slot),
          because: `a reply capability of ${hex(cap.ref)}, which is ${target.state._tag}`,
        });
      }
      if (seen.has(cap.ref))
        out.push({
          where: atSlot(slot),
          because: `a second reply capability of ${hex(cap.ref)}`,
        });
      seen.add(cap.ref);
    }
  }),
  exercised: (s) => countCaps(s, (cap) => cap._tag === 'ReplyCap' && !cap.master),
};
