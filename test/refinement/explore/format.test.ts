/** What an exploration may say. */
import { describe, expect, it } from 'vitest';
import { alphabetOf } from '../../../refinement/explore/alphabet.ts';
import { decodeExploration } from '../../../refinement/explore/format.ts';
import { openExploration } from '../../../refinement/explore/shipped.ts';
import { loadKernels } from '../../../refinement/step/kernels.ts';

const kernels = await loadKernels('systems');

describe('a description that cannot be searched', () => {
  const good = JSON.stringify(openExploration('ipc-two-threads').exploration);
  const change = (edit: (value: { events: Record<string, unknown>[] }) => void): string => {
    const value = JSON.parse(good) as { events: Record<string, unknown>[] };
    edit(value);
    return JSON.stringify(value);
  };
  const alphabet = (text: string): unknown => {
    const { system, events } = decodeExploration(text, 'x.json');
    return alphabetOf(events, kernels.config, kernels.compiled({ system, without: [], pairs: false }).world, 'x.json');
  };

  it.each([
    ['{', /x\.json: is neither YAML nor JSON/],
    ['schema: somebody-elses/1', /x\.json: does not say 'schema: corres-exploration\/1'/],
    [change((value) => value.events.splice(0)), /x\.json: events: nothing happens in it/],
    [change((value) => (value.events[0] = { op: 5 })), /x\.json: events\.0\.op is 5/],
    [change((value) => (value.events[1] = { op: 'Jump' })), /x\.json: events\.1: there is no operation 'Jump'/],
    [
      change((value) => (value.events[1] = { op: 'Call', by: 'nobody.main', cap: 'ep' })),
      /events\.1: there is no thread 'nobody\.main'/,
    ],
    [change((value) => (value.events[1] = { op: 'Call', cap: 'nothing' })), /events\.1: nothing is called 'nothing'/],
    [change((value) => (value.events[1] = { op: 'Call' })), /events\.1: Call needs a cap/],
  ])('is refused with its place: %#', (text, reason) => {
    expect(() => alphabet(text)).toThrow(reason);
  });

  it('is asked for by a name that there is', () => {
    expect(() => openExploration('nothing')).toThrow(/unknown exploration 'nothing'; there are: .*ipc-two-threads/);
    expect(() => openExploration('./nothing.yaml')).toThrow(/nothing\.yaml: cannot be read/);
  });
});
