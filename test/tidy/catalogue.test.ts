import { expect, it } from 'vitest';
import { renderCatalogue } from '../../properties/render.ts';

it('properties/README.md is the catalogue as it stands', async () => {
  await expect(renderCatalogue(), 'npm run docs makes it anew').toMatchFileSnapshot('../../properties/README.md');
});
