/** What is in a syntax tree, and what a function of it is. */

/**
 * `isPlain`: whether it may be inlined at all. `returns`: the expression that is all it does; null if it does more. `free`: names that it takes
 * from the module. `uses`: how often it names what.
 */
export function describe(node) {
  const parameters = node.params.map((parameter) => (parameter.type === 'Identifier' ? parameter.name : null));
  const [first, ...rest] = node.body.body;
  const locals = localNames(node);
  const uses = new Map();
  for (const name of references(node.body)) uses.set(name, (uses.get(name) ?? 0) + 1);
  return {
    name: node.id.name,
    node,
    isPlain: !node.async && !node.generator && !parameters.includes(null) && all(node.body, ...NOT_PLAIN).length === 0,
    parameters,
    locals,
    uses,
    free: new Set([...uses.keys()].filter((name) => !locals.has(name))),
    returns: rest.length === 0 && first?.type === 'ReturnStatement' ? first.argument : null,
    assigned: assignedNames(node.body),
    calls: 0,
    does: undefined,
    text: undefined,
    isBeingWritten: false,
  };
}

/** What has a scope or an end of its own, or names that stand for two things at once. */
// biome-ignore format: packed
const NOT_PLAIN = [
  'FunctionExpression', 'ArrowFunctionExpression', 'FunctionDeclaration', 'ClassDeclaration', 'ClassExpression', 'ThisExpression', 'TryStatement', 'ThrowStatement',
  'LabeledStatement', 'AwaitExpression', 'YieldExpression', 'ObjectPattern', 'ArrayPattern', 'ObjectExpression', 'TemplateLiteral', 'ForOfStatement', 'ForInStatement',
];

const CHILDREN = Symbol('children');

/** Child nodes in the order of the text. */
export function children(node) {
  if (node[CHILDREN] === undefined) {
    const found = [];
    for (const key in node) {
      const value = node[key];
      if (typeof value !== 'object' || value === null || (key === 'key' && node.shorthand)) continue;
      if (Array.isArray(value)) found.push(...value.filter((item) => item !== null));
      else if (value.type !== undefined) found.push(value);
    }
    node[CHILDREN] = found.sort((a, b) => a.start - b.start);
  }
  return node[CHILDREN];
}

/** All nodes within, and the node itself, of some types. */
export function all(node, ...types) {
  const found = [];
  const walk = (child) => {
    if (types.includes(child.type)) found.push(child);
    children(child).forEach(walk);
  };
  walk(node);
  return found;
}

/** Whether a child is the name of a property, not of a value. */
export function isName(node, child) {
  if (node.type === 'MemberExpression') return !node.computed && child === node.property;
  return node.type === 'Property' && !node.computed && !node.shorthand && child === node.key;
}

export function isStatement({ type }) {
  return type.endsWith('Statement') || type === 'VariableDeclaration' || type === 'SwitchCase';
}

export function* references(node) {
  if (node.type === 'Identifier') yield node.name;
  for (const child of children(node)) if (!isName(node, child)) yield* references(child);
}

/** Every variable that anything within is assigned to. */
export function assignedNames(node) {
  const targets = all(node, 'AssignmentExpression', 'UpdateExpression').map(({ left, argument }) => left ?? argument);
  return new Set(targets.flatMap((target) => (target.type === 'MemberExpression' ? [] : [...references(target)])));
}

/** Parameters and everything that a function declares within. */
function localNames(node) {
  const declared = all(
    node,
    'VariableDeclarator',
    'FunctionDeclaration',
    'FunctionExpression',
    'ArrowFunctionExpression',
    'CatchClause',
  );
  return new Set(
    declared.flatMap((each) =>
      [...(each === node ? [] : [each.id, each.param]), ...(each.params ?? [])].flatMap((name) =>
        name ? [...references(name)] : [],
      ),
    ),
  );
}
