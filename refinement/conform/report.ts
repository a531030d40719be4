/** What `corres conform` prints. */
import type { ConformResult, FileResult, SideTotal } from './command.ts';
import type { ScriptResult } from './conform.ts';

export type Reporter = 'default' | 'json' | 'ndjson';

export function renderConform(result: ConformResult, reporter: Reporter): string {
  switch (reporter) {
    case 'default':
      return renderText(result);
    case 'json':
      return `${JSON.stringify(result, null, 2)}\n`;
    case 'ndjson':
      return renderLines(result);
  }
}

/** One line for each script and side, then one for the whole. */
function renderLines({ files, ...summary }: ConformResult): string {
  const { schema } = summary;
  const lines: unknown[] = files.flatMap(({ file, results }) =>
    results.map((result) => ({ schema, type: 'script', file, ...result })),
  );
  const totals = files.map(({ results: _, ...file }) => file);
  lines.push({ ...summary, type: 'summary', files: totals });
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** So many scripts are listed; json lists all. */
const LISTED = 12;

function renderText(result: ConformResult): string {
  const lines = result.files.flatMap(renderFile);
  switch (result.outcome) {
    case 'agrees':
      lines.push('all that was compared agrees with the real kernel');
      break;
    case 'differs':
      lines.push('not as the real kernel');
      break;
    case 'nothing-compared':
      lines.push(
        result.scriptFilter === null
          ? 'nothing was compared'
          : `nothing was compared: script filter ${result.scriptFilter}`,
      );
  }
  return `${lines.join('\n')}\n`;
}

function renderFile(file: FileResult): string[] {
  const scripts =
    file.selected === file.scripts ? `${file.scripts} scripts` : `${file.selected} of ${file.scripts} scripts`;
  return [
    `${file.file}: ${scripts}, ${file.configurations.join(', ')}`,
    ...file.totals.map(renderTotal),
    ...renderTicks(file.results),
    ...renderTimes(file.results),
    ...renderTaken(file.totals),
    ...renderStale(file.results),
    ...renderLeftOut(file.results),
    ...renderDifferences(file.results),
    '',
  ];
}

function renderTotal(total: SideTotal): string {
  const { side, operations, compared, leftOut, scriptsLeftOut, scriptsDiffering } = total;
  const parts = [`${compared} of ${operations} operations compared`];
  if (leftOut > 0) parts.push(`${leftOut} left out in ${scriptsLeftOut} scripts`);
  if (total.timerInterrupts > 0) parts.push(`${total.timerInterrupts} interrupts of the timer it programmed`);
  if (total.timesInferred > 0) parts.push(`${total.timesInferred} times inferred`);
  if (total.assertionsHolding > 0) parts.push(`${total.assertionsHolding} assertions hold`);
  if (total.assertionsLeftOut > 0) parts.push(`${total.assertionsLeftOut} assertions left out`);
  parts.push(scriptsDiffering === 0 ? 'no difference' : `${scriptsDiffering} scripts differ`);
  return `  ${side}  ${parts.join(', ')}`;
}

/** The phase of the tick is inferred for each script; where no tick falls into a script, no tick is what agreed. */
function renderTicks(results: readonly ScriptResult[]): string[] {
  const lines = results.flatMap(({ script, side, ticks, firstTick, phasesTried, phasesCovered, difference }) => {
    if (firstTick === null || (ticks === 0 && phasesTried === 1)) return [];
    const [after, upTo] = firstTick;
    const found =
      difference === null
        ? `${ticks} ticks, the first after ${milliseconds(after)} and up to ${milliseconds(upTo)}`
        : `no phase agrees, ${(phasesCovered * 100).toFixed(0)} % of all decided`;
    return [{ side, line: `    ${script}: ${found}; ${phasesTried} tried` }];
  });
  return lines.length === 0 ? [] : ['  timer ticks, whose phase is inferred:', ...shorten(withSides(lines))];
}

/** Where the kernel reads a clock, the times of its entries are as the platform mostly takes; others are inferred, between the stamps around them. */
function renderTimes(results: readonly ScriptResult[]): string[] {
  const lines = results.flatMap(
    ({ script, side, firstTick, phasesTried, inferred: { entries, mostNs, usedNs, tempo }, difference }) => {
      if (firstTick !== null || phasesTried === 1) return [];
      const phase = usedNs === 0 ? '' : `, ${usedNs} ns of root's slice over at the start`;
      const speed = tempo === 1 ? '' : `, the kernel ${Math.round(tempo * 100 - 100)} % slower`;
      const found = `${entries} at other times than usual, by up to ${mostNs.toFixed(0)} ns${phase}${speed}`;
      const line = `    ${script}: ${difference === null ? found : 'no times were found that agree'}; ${phasesTried} tried`;
      return [{ side, line }];
    },
  );
  return lines.length === 0 ? [] : ['  kernel entries at times that are inferred:', ...shorten(withSides(lines))];
}

/** Words of the recorded program's own: their first showing is not compared. */
function renderTaken(totals: readonly SideTotal[]): string[] {
  const lines = totals.filter(({ wordsTaken }) => wordsTaken > 0);
  return lines.length === 0
    ? []
    : [
        `  words that only the recorded program knew: ${lines.map(({ side, wordsTaken }) => `${wordsTaken} (${side})`).join(', ')}`,
      ];
}

function renderStale(results: readonly ScriptResult[]): string[] {
  const lines = results.flatMap(({ script, side, staleUses }) =>
    staleUses === 0 ? [] : [{ side, line: `    ${script}: ${staleUses} accesses` }],
  );
  return lines.length === 0
    ? []
    : ['  went by translations that the kernel had not made the processor forget:', ...shorten(withSides(lines))];
}

/** Equal lines of several sides are one. */
function withSides(lines: readonly { readonly side: string; readonly line: string }[]): string[] {
  const sides = new Map<string, string[]>();
  for (const { side, line } of lines) sides.set(line, [...(sides.get(line) ?? []), side]);
  return [...sides].map(([line, of]) => `${line} (${of.join(', ')})`);
}

const milliseconds = (ns: number): string => `${(ns / 1e6).toFixed(3)} ms`;

function renderLeftOut(results: readonly ScriptResult[]): string[] {
  const byReason = new Map<string, { side: string; line: string }[]>();
  for (const { script, side, leftOut } of results) {
    if (leftOut === null) continue;
    const { reason, operation, event, operations } = leftOut;
    const line = `    ${script} from ${operation} (event ${event}) on: ${operations} operations and the end state`;
    byReason.set(reason, [...(byReason.get(reason) ?? []), { side, line }]);
  }
  return [...byReason].flatMap(([reason, lines]) => [
    `  left out, not modelled: ${reason}`,
    ...shorten(withSides(lines)),
  ]);
}

function renderDifferences(results: readonly ScriptResult[]): string[] {
  return results.flatMap(({ script, side, difference }) => {
    if (difference === null) return [];
    const { event, operation, field, expected, found } = difference;
    return [
      `  DIFFERENCE in script ${script} on ${side}`,
      event === null ? '    at the end of the script' : `    at event ${event}: ${operation}`,
      `    field        ${field}`,
      `    real kernel  ${expected}`,
      `    ${side}         ${found}`,
    ];
  });
}

function shorten(lines: readonly string[]): string[] {
  if (lines.length <= LISTED) return [...lines];
  return [...lines.slice(0, LISTED), `    ... and ${lines.length - LISTED} more (all with --reporter json)`];
}
