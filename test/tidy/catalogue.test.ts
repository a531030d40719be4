import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { renderCatalogue } from '../../properties/render.ts';

it('properties/README.md is the catalogue as it stands', () => {
  const page = readFileSync(new URL('../../properties/README.md', import.meta.url), 'utf8');
  expect(page).toBe(renderCatalogue());
});
