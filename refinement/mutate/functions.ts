/** Which function of a source file a line belongs to. */

const BEGINS =
  /^(?:export )?(?:default )?(?:async )?(?:function\*? (\w+)|(?:const|let) (\w+)|(?:interface|type|class) (\w+))/;

/** @param line from 1; `the top` is what stands before the first declaration */
export function functionAt(lines: readonly string[], line: number): string {
  for (let at = line - 1; at >= 0; at--) {
    const found = BEGINS.exec(lines[at] ?? '');
    if (found) return found[1] ?? found[2] ?? found[3] ?? 'the top';
  }
  return 'the top';
}
