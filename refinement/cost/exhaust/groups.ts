/** The events of `features.yaml` by the feature that they are of. What is in no group always happens. */
import type { ExplorationEvent } from '../../explore/format.ts';

export const GROUPS = {
  messages: ['Send', 'NBSend', 'Recv', 'NBRecv'],
  calls: ['Call', 'ReplyRecv', 'Reply'],
  signals: ['Signal', 'Wait', 'Poll'],
  'bound-notifications': ['TCB_BindNotification', 'TCB_UnbindNotification'],
  'thread-control': ['TCB_Suspend', 'TCB_Resume'],
  'address-spaces': ['Page_Map', 'Page_Unmap'],
  'saved-callers': ['CNode_SaveCaller', 'CNode_Delete'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type Group = keyof typeof GROUPS;
export const GROUP_NAMES = Object.keys(GROUPS) as readonly Group[];

/** What is left of the events when only these features are there. */
export function eventsOf(events: readonly ExplorationEvent[], groups: readonly Group[]): readonly ExplorationEvent[] {
  const groupOf = (op: string): Group | undefined =>
    GROUP_NAMES.find((name) => (GROUPS[name] as readonly string[]).includes(op));
  return events.filter(({ op }) => {
    const group = groupOf(op);
    return group === undefined || groups.includes(group);
  });
}

/** Every choice of features, fewest first. */
export function choices(groups: readonly Group[] = GROUP_NAMES): readonly (readonly Group[])[] {
  const all = Array.from({ length: 2 ** groups.length }, (_, bits) =>
    groups.filter((_, at) => ((bits >> at) & 1) === 1),
  );
  return all.sort((a, b) => a.length - b.length);
}
