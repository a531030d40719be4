/** A check's result as JUnit XML: a test case for every property. */
import type { CheckResult } from '../campaign/result.ts';

export function renderJunit(result: CheckResult): string {
  const cases = result.properties.map(({ name, kind, status, exercised }) => {
    const open = `    <testcase classname="corres.${kind}" name="${escape(name)}"`;
    if (status === 'held') return `${open}/>`;
    const found = result.violations.filter(({ property }) => property === name);
    const text =
      status === 'vacuous'
        ? `never exercised in ${result.steps} steps`
        : found.map(({ id, what, file }) => `${id}: ${what} (${file ?? 'not kept'})`).join('\n');
    return `${open}>\n      <failure type="${status}" message="${escape(text)}">${escape(`exercised ${exercised}; again: ${result.reproduce}`)}</failure>\n    </testcase>`;
  });
  const failed = result.properties.filter(({ status }) => status !== 'held').length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="corres check" tests="${result.properties.length}" failures="${failed}" time="${result.seconds.toFixed(3)}">`,
    `  <testsuite name="${escape(Object.keys(result.stepsOf).join(' ') || 'none')}" tests="${result.properties.length}" failures="${failed}" time="${result.seconds.toFixed(3)}">`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
  ].join('\n');
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');
}
