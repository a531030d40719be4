/** The catalogue as a page for people. `properties/README.md` is what this returns; a test keeps them the same. */
import { CATALOGUE } from './catalogue.ts';
import type { Feature, Invariant, StepProperty } from './property.ts';

const HEADINGS = {
  step: ['Of every step', 'Checked by running both kernels on the same event.'],
  state: [
    'Of every abstract state',
    'Local ones look at what a step changed, at every step; all look at everything now and then.',
  ],
  design: ['Of every memory image', "Of the implementation's memory, read through its layout."],
} as const;

/** What a property is about, by what a kernel must have for it, where that is not said by its statement. */
const ABOUT: readonly (readonly [Feature, string])[] = [
  ['labels', 'in systems'],
  ['classic', 'classic kernel'],
  ['mcs', 'MCS kernel'],
];

export function renderCatalogue(): string {
  const lines = [
    '# What must be true',
    '',
    'Generated from `catalogue.ts`; do not edit. Names are those of l4v where it has one. Each property returns its violations with',
    'reasons, and counts how often its interesting case occurred.',
  ];
  for (const kind of ['step', 'state', 'design'] as const) {
    const entries = CATALOGUE.filter((entry) => entry.kind === kind);
    const [title, remark] = HEADINGS[kind];
    lines.push(
      '',
      `## ${title} (${entries.length})`,
      '',
      remark,
      '',
      '| name | statement | checked | l4v |',
      '|---|---|---|---|',
    );
    for (const entry of entries) lines.push(row(entry));
  }
  return `${lines.join('\n')}\n`;
}

function row(entry: Invariant | StepProperty): string {
  const how = entry.kind === 'step' ? everyStep(entry) : entry.scope === 'local' ? 'locally' : 'full pass';
  const about = ABOUT.flatMap(([feature, what]) => (entry.requires?.includes(feature) === true ? [what] : []));
  const checked = [how, ...about].join(', ');
  return `| ${[`\`${entry.name}\``, entry.statement, checked, counterpart(entry)].map(cell).join(' | ')} |`;
}

function everyStep({ requires = [] }: StepProperty): string {
  return requires.includes('pairs') ? 'every paired step' : 'every step';
}

function counterpart({ l4v }: Invariant | StepProperty): string {
  if (l4v === null) return 'none';
  return `\`${l4v.constant}\` in ${l4v.theory}${l4v.difference === '' ? '' : `; ${l4v.difference}`}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
