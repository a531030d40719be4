/**
 * Where a system uses IPC in ways that those who designed it advise against. A warning is no violation: the kernel does what it is told, and the
 * system pays for it in time, in waiting or in authority that nobody needed.
 *
 * @source seL4 reference manual, "Message Passing (IPC)", "Capability Rights"; Gernot Heiser, "How to (and how not to) use seL4 IPC"
 */
import { LineCounter, isNode, parseDocument } from 'yaml';
import type { KernelConfig } from '../../spec/abi/config.ts';
import type { System, SystemCapability } from './format.ts';

/** Rules by name, and what each warns of. */
export const RULES = {
  'server-priority': 'a server runs below one of its clients',
  'one-way': 'a capability to send, or to receive, through which nobody can be answered',
  synchronisation: 'messages that carry nothing, or that only say that shared memory has changed',
  'bulk-data': 'messages that are longer than the message registers',
  'unneeded-grant': 'a right to hand over capabilities where only an answer is needed',
} as const;
export type Rule = keyof typeof RULES;

export type Path = readonly (string | number)[];

export interface Warning {
  readonly rule: Rule;
  readonly component: string;
  /** As the component calls it. */
  readonly capability: string;
  /** Where it is in the file. */
  readonly path: Path;
  /** Counted from 1. */
  readonly line: number;
  readonly reason: string;
  readonly advice: string;
}

/** A capability to an endpoint. */
interface Use {
  readonly component: string;
  readonly name: string;
  readonly at: number;
  readonly rights: NonNullable<SystemCapability['rights']>;
}

interface EndpointUses {
  readonly system: System;
  readonly endpoint: string;
  readonly messages: { readonly words?: number | undefined; readonly capabilities?: number | undefined };
  /** Capabilities to send through, and to receive through. */
  readonly senders: readonly Use[];
  readonly receivers: readonly Use[];
  /** Words of a message that go in registers. */
  readonly registers: number;
}

type Found = Omit<Warning, 'line'>;

const has = ({ rights }: Use, right: Use['rights'][number]): boolean => rights.includes(right);
/** Whoever sends through it can be answered. */
const canCall = (use: Use): boolean => has(use, 'grant') || has(use, 'grantReply');

/** @param text the file, for the lines */
export function lintSystem(system: System, config: KernelConfig, text: string): readonly Warning[] {
  const lineAt = linesOf(text);
  const found = Object.entries(system.objects).flatMap(([endpoint, { type, messages = {} }]) => {
    if (type !== 'endpoint') return [];
    const uses = usesOf(system, endpoint);
    const about: EndpointUses = {
      system,
      endpoint,
      messages,
      senders: uses.filter((use) => has(use, 'write')),
      receivers: uses.filter((use) => has(use, 'read')),
      registers: config.registers.messageRegisters.length,
    };
    return [...priorities(about), ...oneWay(about), ...synchronisation(about), ...bulkData(about), ...grants(about)];
  });
  return found
    .map((warning) => ({ ...warning, line: lineAt(warning.path) }))
    .sort((a, b) => a.line - b.line || (a.rule < b.rule ? -1 : 1));
}

/** Those that are always there. */
function usesOf(system: System, endpoint: string): readonly Use[] {
  return system.capabilities.flatMap((one, at) => {
    const { holder, object, name = endpoint, rights = ['read', 'write'], without } = one;
    return object === endpoint && without === undefined ? [{ component: holder, name, at, rights }] : [];
  });
}

/** Those of others on the other side. What a component says to itself is its own affair. */
const others = (uses: readonly Use[], { component }: Use): readonly Use[] =>
  uses.filter((use) => use.component !== component);

function warning(rule: Rule, use: Use, field: string | null, reason: string, advice: string): Found {
  const path = ['capabilities', use.at, ...(field === null ? [] : [field])];
  return { rule, component: use.component, capability: use.name, path, reason, advice };
}

function highestThread(
  { components }: System,
  component: string,
): { readonly name: string; readonly priority: number } {
  const threads = Object.entries(components[component]?.threads ?? {}).map(([name, { priority }]) => ({
    name: `${component}.${name}`,
    priority,
  }));
  return threads.reduce((best, one) => (one.priority > best.priority ? one : best), { name: component, priority: -1 });
}

/** A client of a higher priority takes the processor away from the server that works for another one, and whoever waits then waits for both. */
function priorities({ system, senders, receivers }: EndpointUses): readonly Found[] {
  const domainOf = (component: string): number => system.components[component]?.domain ?? 0;
  return receivers.flatMap((server) => {
    const own = highestThread(system, server.component);
    const above = others(senders, server)
      // Domains take turns whatever their priorities.
      .filter(({ component }) => domainOf(component) === domainOf(server.component))
      .map(({ component }) => highestThread(system, component))
      .filter(({ priority }) => priority > own.priority)
      .sort((a, b) => b.priority - a.priority)[0];
    if (above === undefined) return [];
    return [
      warning(
        'server-priority',
        server,
        null,
        `it serves ${above.name} of priority ${above.priority}, and its own highest priority is ${own.priority}: while it works for somebody else, ${above.name} takes the processor from it, queues behind that one and waits for whatever runs in between`,
        `give a thread of ${server.component} a priority of at least ${above.priority}`,
      ),
    ];
  });
}

function oneWay({ endpoint, senders, receivers }: EndpointUses): readonly Found[] {
  const sending = senders
    .filter((sender) => !canCall(sender) && others(receivers, sender).length > 0)
    .map((sender) =>
      warning(
        'one-way',
        sender,
        'rights',
        `it may only send: it waits until somebody receives, learns nothing of what became of it, and one who calls through it waits for ever`,
        `add grantReply and call; where nothing comes back, signal a notification and leave the data in a shared frame`,
      ),
    );
  const receiving = receivers
    .filter((receiver) => {
      const clients = others(senders, receiver);
      return clients.length > 0 && !clients.some(canCall);
    })
    .map((receiver) =>
      warning(
        'one-way',
        receiver,
        'rights',
        `it may only receive: nobody who sends to ${endpoint} can be answered`,
        `let senders call (grantReply), and answer; where nothing is to be answered, wait for a notification`,
      ),
    );
  return [...sending, ...receiving];
}

/** Frames that both have. */
function sharedFrames({ capabilities, objects }: System, one: string, other: string): readonly string[] {
  const framesOf = (component: string): readonly string[] =>
    capabilities.flatMap(({ holder, object = '', without }) =>
      holder === component && without === undefined && objects[object]?.type === 'frame' ? [object] : [],
    );
  const those = framesOf(other);
  return [...new Set(framesOf(one).filter((frame) => those.includes(frame)))];
}

function framesWith(system: System, receivers: readonly Use[], sender: Use): readonly string[] {
  return others(receivers, sender).flatMap(({ component }) => sharedFrames(system, sender.component, component));
}

function synchronisation({ system, endpoint, messages, senders, receivers }: EndpointUses): readonly Found[] {
  return senders.flatMap((sender) => {
    if (others(receivers, sender).length === 0 || (messages.capabilities ?? 0) > 0) return [];
    const [frame] = framesWith(system, receivers, sender);
    const advice = `use a notification: it does not wait for the other side, and signals add up`;
    if (messages.words === 0) {
      const reason = `messages to ${endpoint} carry nothing: it only makes both sides meet`;
      return [warning('synchronisation', sender, null, reason, advice)];
    }
    if (messages.words !== undefined || canCall(sender) || frame === undefined) return [];
    const reason = `it sends without an answer to one with whom it shares ${frame}: all it has to say is that ${frame} has changed`;
    return [warning('synchronisation', sender, null, reason, advice)];
  });
}

function bulkData({ system, messages: { words = 0 }, senders, receivers, registers }: EndpointUses): readonly Found[] {
  if (words <= registers) return [];
  return senders.flatMap((sender) => {
    if (others(receivers, sender).length === 0) return [];
    const [frame] = framesWith(system, receivers, sender);
    return [
      warning(
        'bulk-data',
        sender,
        null,
        `its messages have up to ${words} words, of which ${registers} go in registers: the kernel copies the others while nothing else can run, and never on the fastpath`,
        frame === undefined
          ? `share a frame with the other side, and send where in it the data is`
          : `put the data into ${frame}, which the other side has as well, and send where in it`,
      ),
    ];
  });
}

function grants({ messages: { capabilities = 0 }, senders, receivers }: EndpointUses): readonly Found[] {
  if (capabilities > 0) return [];
  const sending = senders
    .filter((sender) => has(sender, 'grant') && others(receivers, sender).length > 0)
    .map((sender) =>
      warning(
        'unneeded-grant',
        sender,
        'rights',
        `grant lets it hand any capability that it has to the other side, whoever that has become`,
        `give grantReply instead, which is enough to be answered; if capabilities are meant to go with messages, say how many (messages.capabilities)`,
      ),
    );
  const receiving = receivers
    .filter((receiver) => has(receiver, 'grant') && !has(receiver, 'write') && others(senders, receiver).length > 0)
    .map((receiver) =>
      warning(
        'unneeded-grant',
        receiver,
        'rights',
        `grant on a capability to receive lets its answers hand capabilities to the callers`,
        `leave grant out: answers need no right; if capabilities are meant to go with messages, say how many (messages.capabilities)`,
      ),
    );
  return [...sending, ...receiving];
}

/** The line of a place in a YAML or JSON file; of what is around it, if it is not written there. */
function linesOf(text: string): (path: Path) => number {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return lineCounter.linePos(node.range[0]).line;
    }
    return 1;
  };
}
