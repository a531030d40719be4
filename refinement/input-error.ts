/** What came from outside cannot be used. The message names the place; the command line ends with exit code 2. */
export class InputError extends Error {
  override readonly name = 'InputError';
}
