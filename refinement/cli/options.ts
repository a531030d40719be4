/** Option values as the command line gives them, checked. */
import { InvalidArgumentError } from '@commander-js/extra-typings';

export function natural(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('expected a whole number.');
  return value;
}

export function positive(text: string): number {
  const value = natural(text);
  if (value === 0) throw new InvalidArgumentError('expected a whole number above 0.');
  return value;
}

export function percentage(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value > 100) throw new InvalidArgumentError('expected a percentage, 0 to 100.');
  return value;
}

/** `30s`, `5m`, `1h`, or plain seconds, as milliseconds. */
export function duration(text: string): number {
  const found = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[found?.[2] ?? 's'];
  if (found?.[1] === undefined || unit === undefined) throw new InvalidArgumentError('expected a time, as 30s or 5m.');
  return Number(found[1]) * unit;
}

/** `random` draws one. */
export function seed(text: string): number {
  return text === 'random' ? Math.floor(Math.random() * 2 ** 32) : natural(text);
}

export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
