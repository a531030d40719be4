/** What may be invoked at all. */
import { describe, expect, it } from 'vitest';
import type { Cap } from '../../../spec/state/caps.ts';
import type { Call } from '../../helpers/decoding.ts';
import { accepted, itRefuses } from '../../helpers/decoding.ts';
import { A, EP, FRAME, NTFN, root, slots, variedState, withCap, withDerived } from '../../helpers/states.ts';

const state = variedState();
const put = (cap: Cap) => ({ on: root(30), state: withCap(root(30), cap) });
const endpoint = (rights: number): Cap => ({ _tag: 'EndpointCap', ref: EP, badge: 4n, rights });
const notification = (rights: number): Cap => ({ _tag: 'NotificationCap', ref: NTFN, badge: 4n, rights });

describe('an invocation', () => {
  const call: Call = { state, on: slots.ep, label: 'UntypedRetype', args: [], caps: [] };
  itRefuses(call, [['an empty slot', { on: slots.empty }, 'InvalidCapability 0']]);
  itRefuses(call, [['a zombie', { on: slots.zombie }, 'InvalidCapability 0']]);
  itRefuses(call, [['an endpoint without the right to write', put(endpoint(14)), 'InvalidCapability 0']]);
  itRefuses(call, [['a notification without the right to write', put(notification(2)), 'InvalidCapability 0']]);
  itRefuses(call, [['a master reply capability', { on: root(28), state: master }, 'InvalidCapability 0']]);
  itRefuses(call, [['a frame, with a label of others', { on: slots.frame }, 'IllegalOperation']]);

  it.each([
    [endpoint(1), 'InvokeEndpoint'],
    [notification(1), 'InvokeNotification'],
    [{ _tag: 'ReplyCap', ref: A, master: false, canGrant: false } satisfies Cap, 'InvokeReply'],
  ] as const)('needs no label on %o', (cap, _tag) => {
    expect(accepted(call, put(cap))).toMatchObject({ _tag, cap });
  });

  it('asks a frame for its address', () => {
    expect(accepted({ ...call, label: 'X86PageGetAddress', on: slots.frame })).toEqual({
      _tag: 'InvokeVSpace',
      vspace: { _tag: 'PageGetAddress', address: FRAME },
    });
  });
});

function master(s: typeof state): typeof state {
  return withDerived(root(28), { _tag: 'ReplyCap', ref: A, master: true, canGrant: true }, null)(s);
}
