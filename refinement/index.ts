/** What other people's tests import. */
export type { CorresOptions } from './fast-check/corres-property.ts';
export { corresProperty } from './fast-check/corres-property.ts';
export { loadKernels } from './step/kernels.ts';
