/**
 * Who may import whom. `test/tidy/layers.test.ts` runs these rules, and shows for each that it can be broken.
 * Rules of floors are made from the two lists below: a folder sees its own floor and the floors under it.
 */
const SPEC_FLOORS = [
  ['abi'],
  ['state'],
  ['lookup'],
  ['arch'],
  ['decode'],
  ['perform'],
  ['time'],
  ['schedule'],
  ['api'],
];
const REFINEMENT_FLOORS = [
  ['relation', 'world', 'system'],
  ['step'],
  ['program', 'pair', 'conform'],
  ['shrink', 'counterexample'],
  ['replay'],
  ['campaign'],
  ['impact', 'explore', 'cost', 'coverage', 'mutate'],
  ['cli', 'report'],
];

function floors(house, list) {
  return list.slice(0, -1).map((floor, index) => ({
    name: `${house}-floor-${floor.join('-')}`,
    comment: `${house}/ is read from the ground up: what is below must be understandable without what is above.`,
    severity: 'error',
    from: { path: `^${house}/(${floor.join('|')})/` },
    to: {
      path: `^${house}/(${list
        .slice(index + 1)
        .flat()
        .join('|')})/`,
    },
  }));
}

const LIBRARY = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'];

module.exports = {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Files that import each other can only be understood together.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphan',
      // A configuration is chosen when a kernel is bundled.
      comment: 'A file that nothing uses and that uses nothing is forgotten.',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.d\\.m?ts$', '^impl/config/'] },
      to: {},
    },
    {
      name: 'no-unresolved',
      comment: 'An import that leads nowhere would be seen by no other rule.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'spec-alone',
      comment:
        'Specification and implementation share nothing, not even a constant: a shared wrong number passes every check.',
      severity: 'error',
      from: { path: '^spec/' },
      to: { path: '^(impl|properties|refinement|test)/' },
    },
    {
      name: 'spec-pure',
      comment: 'No files, clock or randomness in the specification; of libraries, only Either and pattern matching.',
      severity: 'error',
      from: { path: '^spec/' },
      to: { dependencyTypes: ['core', ...LIBRARY], pathNot: '(^|/)node_modules/(fp-ts|ts-pattern)/' },
    },
    ...floors('spec', SPEC_FLOORS),
    {
      name: 'impl-alone',
      comment:
        'Specification and implementation share nothing, not even a constant: a shared wrong number passes every check.',
      severity: 'error',
      from: { path: '^impl/' },
      to: { path: '^(spec|properties|refinement|test)/' },
    },
    {
      name: 'impl-self-contained',
      comment:
        'A kernel is plain functions on numbers over one memory, bundled into one module: no library and nothing of the host.',
      severity: 'error',
      from: { path: '^impl/' },
      to: { dependencyTypes: ['core', ...LIBRARY] },
    },
    {
      name: 'impl-below-kernel',
      comment: 'A machine does not know which kernel runs on it, and memory does not know what is kept in it.',
      severity: 'error',
      from: { path: '^impl/(hardware|memory|config)/|^impl/abi\\.ts$' },
      to: { path: '^impl/kernel/' },
    },
    {
      name: 'properties-of-the-spec',
      comment:
        'What must be true is said of abstract states, and of memory images through their types; the harness comes above.',
      severity: 'error',
      from: { path: '^properties/' },
      to: { path: '^(refinement|test)/' },
    },
    {
      name: 'impl-as-types-only',
      comment:
        'Kernels are loaded as the bundle of one configuration; a value imported from the sources would be of another kernel. Devices belong to none.',
      severity: 'error',
      from: { path: '^(properties|refinement)/' },
      to: { path: '^impl/', pathNot: '^impl/hardware/devices/', dependencyTypesNot: ['type-only', 'type-import'] },
    },
    ...floors('refinement', REFINEMENT_FLOORS),
    {
      name: 'refinement-without-tests',
      comment: 'What is shipped does not depend on how it is tested.',
      severity: 'error',
      from: { path: '^refinement/' },
      to: { path: '^test/' },
    },
    {
      name: 'fp-ts-through-the-prelude',
      comment: 'The short import form of fp-ts fails in plain Node, so there is one door to it.',
      severity: 'error',
      from: { path: '^(spec|impl|properties|refinement)/', pathNot: '^spec/prelude\\.ts$' },
      to: { path: '(^|/)node_modules/fp-ts/' },
    },
    {
      name: 'io-ts-at-the-edge',
      comment: 'Input is decoded where it enters; inside, types are enough.',
      severity: 'error',
      from: {
        pathNot: '^refinement/(conform|counterexample|campaign|impact|cost|cli|report|system|explore)/|^node_modules/',
      },
      to: { path: '(^|/)node_modules/(io-ts|yaml)/' },
    },
    {
      name: 'no-development-dependency',
      comment: 'An installed corres has only its dependencies.',
      severity: 'error',
      from: { path: '^(spec|impl|properties|refinement)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(\\.\\./\\.\\./)?(dist|coverage)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
