/**
 * Plots as SVG. What is what is told by symbols, dashes and words, never by colour alone, so that a print in black says the same; a title on every mark
 * says its figures to whoever points at it.
 */
import type { Markish, PlotOptions } from '@observablehq/plot';

export type Plotter = typeof import('@observablehq/plot');

export interface Plot {
  /** Of the file, without ending. */
  readonly name: string;
  readonly caption: string;
  readonly svg: string;
}

export interface Drawing {
  readonly name: string;
  readonly caption: string;
  readonly options: (plot: Plotter) => PlotOptions & { readonly marks: Markish[] };
}

/** What is used of an element: there is no browser here, and so no types of one. */
interface Drawn {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
}

/** In the order in which they are given to what is told apart, and as they look in a line of text. */
const SYMBOLS = [
  ['circle', '\u25cb'],
  ['plus', '+'],
  ['times', '\u00d7'],
  ['triangle', '\u25b3'],
  ['square', '\u25a1'],
  ['diamond', '\u25c7'],
] as const;

/** The scale of symbols for these names, and a legend in the corner of the plot. */
export function symbols(
  plotter: Plotter,
  names: readonly string[],
  corner: 'top-left' | 'top-right' | 'bottom-right' = 'top-left',
): { readonly scale: NonNullable<PlotOptions['symbol']>; readonly legend: Markish } {
  const used = [...new Set(names)];
  const text = used.map((name, at) => `${SYMBOLS[at % SYMBOLS.length]?.[1] ?? ''} ${name}`).join('\n');
  return {
    scale: { domain: used, range: used.map((_, at) => SYMBOLS[at % SYMBOLS.length]?.[0] ?? 'circle') },
    legend: plotter.text([text], {
      frameAnchor: corner,
      text: (line: string) => line,
      textAnchor: corner.endsWith('left') ? 'start' : 'end',
      dx: corner.endsWith('left') ? 6 : -6,
      dy: corner.startsWith('top') ? 6 : -6,
      stroke: 'white',
      fill: 'currentColor',
    }),
  };
}

/** Of forms and models, in the order in which they are drawn. */
export const DASHES = ['none', '8 4', '2 3'] as const;

/** The libraries are loaded when something is drawn. */
export async function draw(drawings: readonly Drawing[]): Promise<readonly Plot[]> {
  const [plotter, { parseHTML }] = await Promise.all([import('@observablehq/plot'), import('linkedom')]);
  return drawings.map(({ name, caption, options }) => {
    // A document for each: names of styles are counted in it.
    const { document } = (parseHTML as (html: string) => { readonly document: unknown })('<html><body></body></html>');
    const svg = plotter.plot({
      document: document as never,
      width: 760,
      height: 420,
      marginLeft: 64,
      marginBottom: 44,
      style: { background: 'white', color: 'black', fontSize: '12px' },
      ...options(plotter),
    }) as unknown as Drawn;
    svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', caption);
    return { name, caption, svg: stable(svg.outerHTML, name) };
  });
}

/** The library names its styles at random; a study that is drawn again is the same. */
function stable(html: string, name: string): string {
  return html.replaceAll(/plot-[0-9a-f]{5,}/g, `plot-${name}`);
}
