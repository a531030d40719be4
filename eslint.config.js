import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', '.corres/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // A number in a message prints as one expects; booleans, objects and null still need a word of their own.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A parameter that is there to fit a signature starts with an underscore.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
    },
  },
  {
    files: ['impl/**/*.ts', 'refinement/relation/**/*.ts', 'refinement/pair/**/*.ts', 'properties/security/**/*.ts'],
    // Words of typed arrays at computed addresses, and tables by label: an index past the end is a bug that the comparison shows, and a test at every load
    // would be a branch at every load.
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['impl/memory/webassembly.d.ts'],
    // Declares classes of the engine as they are.
    rules: { '@typescript-eslint/no-extraneous-class': 'off' },
  },
);
