/**
 * Makes a bundled kernel one that the engine compiles well: what small functions do is put where they are called, and what never changes
 * becomes a constant.
 *
 * The engine inlines calls itself, but not many, and it keeps the parameters of what it inlines in case it has to go back to unoptimised code. So it
 * computes every address exactly, with a check for overflow, and a second time as the index that it needs; and it looks at every use whether a variable,
 * or a function, still is what it was. With neither calls nor variables none of this is left, and a fast path takes half the time.
 *
 * Memory is read and written in the same order as before:
 *
 * - Where a value is wanted, a function is inlined that does nothing but return an expression; its arguments are written in place of its
 *   parameters. An argument that reads may then be evaluated later, so the function must not write before it uses it; one that writes must
 *   be evaluated before anything of the function is.
 * - Where a statement stands, any function without functions of its own may be: its arguments become constants of a block, and what it returns
 *   leaves the block.
 */
import { parse } from 'acorn';
import { all, assignedNames, children, describe, isName, isStatement, references } from './syntax.mjs';

/** In characters of what a function is with everything inlined. Longer ones are worth their call, wherever a value is wanted, */
const LONGEST_VALUE = 400;
/** where a statement stands, */
const LONGEST_BLOCK = 400;
/** where it stands so seldom that all its copies together are no longer than this, */
const LONGEST_COPIES = 1500;
/** and on the way of the fast paths, which is all that many systems do most of the time; but not where it leaves that way. */
const LONGEST_HOT = 3000;
const HOT = /^(fastpath|syscall$)/;
const COLD = /^slowpath$/;

/** What evaluating an expression does, from harmless to anything. NAMES gives the same value whenever it is evaluated. */
const NAMES = 0;
const READS = 1;
const WRITES = 2;

/** The module again, with its functions first: as constants they have no value before their place. */
export function inlined(source) {
  return new Bundle(source).text();
}

/**
 * Where code is written down: `locals` are the names that mean something in the function it becomes part of, `within` the functions that it is
 * inlined from, `replaced` what their parameters and variables are called there, and `exit` how a value is returned: null is by returning.
 */
class Bundle {
  constructor(source) {
    this.source = source;
    this.ast = parse(source, { ecmaVersion: 'latest', sourceType: 'module' });
    const assigned = assignedNames(this.ast);
    const declared = this.ast.body.flatMap((node) => (node.type === 'VariableDeclaration' ? node.declarations : []));
    /** What the module declares and changes. */
    this.variables = new Set(declared.map(({ id }) => id.name).filter((name) => assigned.has(name)));
    const targets = all(this.ast, 'AssignmentExpression').map(({ left }) => left.object?.name);
    /** Its lists of numbers, which never change either. */
    this.lists = new Map();
    for (const { id, init } of declared) {
      if (init?.type !== 'ArrayExpression' || this.variables.has(id.name) || targets.includes(id.name)) continue;
      this.lists.set(id.name, init.elements);
    }
    /** What it declares as a number, small or big, a truth value or a string, and never changes. */
    this.constants = new Map();
    for (const { id, init } of declared) {
      const constant = init === null || this.variables.has(id.name) ? undefined : this.constant(init);
      if (constant !== undefined) this.constants.set(id.name, constant);
    }
    this.functions = new Map();
    for (const node of this.ast.body) {
      if (node.type === 'FunctionDeclaration' && !assigned.has(node.id.name))
        this.functions.set(node.id.name, describe(node));
    }
    // A constant that is one of two functions, depending on the configuration.
    for (const { id, init } of declared) {
      if (init?.type !== 'ConditionalExpression' || this.variables.has(id.name)) continue;
      const [chosen] = this.chosen(init);
      const known = chosen?.type === 'Identifier' ? this.functions.get(chosen.name) : undefined;
      if (known !== undefined) this.functions.set(id.name, known);
    }
    for (const { callee } of all(this.ast, 'CallExpression')) {
      const called = this.functions.get(callee.name);
      if (called !== undefined) called.calls++;
    }
    this.blocks = 0;
  }

  text() {
    const functions = [];
    const others = [];
    let end = 0;
    for (const node of this.ast.body) {
      const before = this.source.slice(end, node.start);
      end = node.end;
      const known = node.type === 'FunctionDeclaration' ? this.functions.get(node.id.name) : undefined;
      if (known !== undefined) functions.push(`${before}const ${known.name} = ${this.functionText(known)};`);
      else others.push(before, node.type === 'VariableDeclaration' ? this.moduleVariables(node) : this.slice(node));
    }
    return `${functions.join('')}${others.join('')}${this.source.slice(end)}`;
  }

  moduleVariables({ declarations }) {
    // A `let` would be asked at every use whether it has a value yet.
    const kind = (name) => (this.variables.has(name) ? 'var' : 'const');
    return declarations.map((node) => `${kind(node.id.name)} ${this.slice(node)};`).join(' ');
  }

  functionText(known) {
    if (known.text === undefined) {
      known.isBeingWritten = true;
      const place = {
        locals: known.locals,
        within: [known.name],
        replaced: new Map(),
        exit: null,
        isHot: HOT.test(known.name),
        values: new Map(),
        given: new Map(),
      };
      known.text = this.source.slice(known.node.start, known.node.body.start) + this.statement(known.node.body, place);
      known.isBeingWritten = false;
    }
    return known.text;
  }

  slice({ start, end }) {
    return this.source.slice(start, end);
  }

  // --- statements ------------------------------------------------------------------------------------------------------

  statement(node, place) {
    switch (node.type) {
      case 'ExpressionStatement':
        return this.effect(node.expression, place);
      case 'ReturnStatement':
        return this.returned(node.argument, place);
      case 'VariableDeclaration':
        return node.declarations.map((each) => this.declared(node.kind, each, place)).join(' ');
      case 'IfStatement': {
        const [chosen] = this.chosen(node, place);
        if (chosen !== undefined) return chosen === null ? '' : this.block(chosen, place);
        const [before, test] = this.tested(node.test, place);
        const otherwise = node.alternate === null ? '' : ` else ${this.block(node.alternate, place)}`;
        return `${before}if (${test}) ${this.block(node.consequent, place)}${otherwise}`;
      }
      case 'BlockStatement':
      case 'SwitchStatement':
      case 'SwitchCase':
        return this.around(node, (child) =>
          isStatement(child) ? this.statement(child, place) : this.value(child, place),
        );
      case 'ForStatement':
      case 'ForOfStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
        return this.around(node, (child) =>
          child === node.body ? this.block(child, place) : this.value(child, place),
        );
      default:
        return this.value(node, place);
    }
  }

  block(node, place) {
    return node.type === 'BlockStatement' ? this.statement(node, place) : `{ ${this.statement(node, place)} }`;
  }

  /** What the bundler made one expression of, as the statements that it was. */
  effect(node, place) {
    switch (node.type) {
      case 'Literal':
        return '';
      case 'SequenceExpression':
        return node.expressions.map((part) => this.effect(part, place)).join(' ');
      case 'ConditionalExpression': {
        const [chosen] = this.chosen(node, place);
        if (chosen !== undefined) return this.effect(chosen, place);
        const [before, test] = this.tested(node.test, place);
        return `${before}if (${test}) { ${this.effect(node.consequent, place)} } else { ${this.effect(node.alternate, place)} }`;
      }
      case 'LogicalExpression': {
        if (node.operator === '??') break;
        const [chosen] = this.chosen(node, place);
        if (chosen !== undefined) return chosen === node.right ? this.effect(chosen, place) : '';
        const [before, test] = this.tested(node.left, place);
        return `${before}if (${node.operator === '&&' ? test : `!(${test})`}) { ${this.effect(node.right, place)} }`;
      }
      case 'CallExpression': {
        const text = this.inlinedBlock(node, place, { to: null });
        if (text !== null) return text;
        break;
      }
      case 'AssignmentExpression': {
        if (node.operator !== '=' || node.left.type !== 'Identifier') break;
        const text = this.inlinedBlock(node.right, place, { to: this.value(node.left, place) });
        if (text !== null) return text;
      }
    }
    return `${this.value(node, place)};`;
  }

  declared(kind, node, place) {
    if (node.init !== null && node.id.type === 'Identifier') {
      const name = this.value(node.id, place);
      const text = this.inlinedBlock(node.init, place, { to: name });
      if (text !== null) return `let ${name}; ${text}`;
    }
    return `${kind} ${this.value(node, place)};`;
  }

  returned(node, place) {
    const { exit } = place;
    if (node === null) return exit === null ? 'return;' : `break ${exit.label};`;
    if (node.type === 'SequenceExpression') {
      const effects = node.expressions.slice(0, -1).map((part) => this.effect(part, place));
      return `{ ${effects.join(' ')} ${this.returned(node.expressions.at(-1), place)} }`;
    }
    if (node.type === 'ConditionalExpression') {
      const [chosen] = this.chosen(node, place);
      if (chosen !== undefined) return this.returned(chosen, place);
      const [before, test] = this.tested(node.test, place);
      return `{ ${before}if (${test}) ${this.returned(node.consequent, place)} else ${this.returned(node.alternate, place)} }`;
    }
    const text = exit === null ? this.inlinedBlock(node, place, null) : null;
    if (text !== null) return text;
    if (exit === null) return `return ${this.value(node, place)};`;
    const last = exit.to === null ? this.effect(node, place) : this.effectOn(exit.to, node, place);
    return `{ ${last} break ${exit.label}; }`;
  }

  effectOn(name, node, place) {
    return this.inlinedBlock(node, place, { to: name }) ?? `${name} = ${this.value(node, place)};`;
  }

  /** What comes before a condition so that it is a value: the call that it begins with, if that is inlined as a block. */
  tested(node, place) {
    if (node.type === 'SequenceExpression') {
      const effects = node.expressions.slice(0, -1).map((part) => this.effect(part, place));
      const [before, test] = this.tested(node.expressions.at(-1), place);
      return [`${effects.join(' ')} ${before}`, test];
    }
    const isNot = node.type === 'UnaryExpression' && node.operator === '!';
    const call = isNot ? node.argument : node;
    if (call.type === 'CallExpression') {
      const name = `is$${++this.blocks}`;
      const text = this.inlinedBlock(call, place, { to: name });
      if (text !== null) return [`let ${name}; ${text} `, isNot ? `!${name}` : name];
    }
    return ['', this.value(node, place)];
  }

  // --- values ----------------------------------------------------------------------------------------------------------

  value(node, place) {
    if (node.type === 'Literal') return this.slice(node);
    const constant = this.constant(node, place);
    if (constant !== undefined) return literal(constant);
    switch (node.type) {
      case 'Identifier':
        return place.replaced.get(node.name)?.text ?? node.name;
      case 'LogicalExpression':
      case 'ConditionalExpression': {
        const [chosen] = this.chosen(node, place);
        if (chosen !== undefined) return this.value(chosen, place);
        break;
      }
      case 'MemberExpression': {
        const index = node.computed ? this.index(node.property, place) : null;
        if (index !== null) return `${this.value(node.object, place)}[${index}]`;
        break;
      }
      case 'CallExpression': {
        const text = this.inlinedValue(node, place);
        if (text !== null) return text;
      }
    }
    return this.around(node, (child) => (isName(node, child) ? this.slice(child) : this.value(child, place)));
  }

  /**
   * The index of the word at an address, where that is what an array is asked for: the offsets added to the address become one, and added to
   * the index, so that all words of an object start from the same number. Where there is no such word there is none either way.
   */
  index(node, place) {
    if (node.type !== 'BinaryExpression' || node.operator !== '>>>' || this.constant(node.right, place) !== 2)
      return null;
    if (this.constant(node, place) !== undefined) return null;
    const { text, plus } = this.sum(node.left, place);
    if (plus % 4 !== 0) return null;
    return plus === 0 ? `${text} >>> 2` : `(${text} >>> 2) ${plus < 0 ? '-' : '+'} ${Math.abs(plus) / 4}`;
  }

  /** The text of a node, with that of each child as `change` says. */
  around(node, change) {
    let text = '';
    let end = node.start;
    for (const child of children(node)) {
      text += this.source.slice(end, child.start) + change(child);
      end = child.end;
    }
    return text + this.source.slice(end, node.end);
  }

  /** The value of an expression that is the same whenever the module runs; undefined if it is not. */
  constant(node, place) {
    switch (node.type) {
      case 'Literal':
        return ['number', 'bigint', 'boolean', 'string'].includes(typeof node.value) ? node.value : undefined;
      case 'Identifier': {
        const known = place?.replaced.get(node.name);
        if (known !== undefined) return known.constant;
        return place?.locals.has(node.name) ? undefined : this.constants.get(node.name);
      }
      case 'UnaryExpression': {
        const of = UNARY[node.operator];
        const value = of === undefined ? undefined : this.constant(node.argument, place);
        return value === undefined ? undefined : of(value);
      }
      case 'BinaryExpression': {
        const of = BINARY[node.operator];
        const left = of === undefined ? undefined : this.constant(node.left, place);
        const right = left === undefined ? undefined : this.constant(node.right, place);
        return right !== undefined && typeof left === typeof right ? of(left, right) : undefined;
      }
      case 'ConditionalExpression': {
        const [chosen] = this.chosen(node, place);
        return chosen === undefined ? undefined : this.constant(chosen, place);
      }
      case 'CallExpression': {
        const of = CALLS[this.slice(node.callee)];
        const [argument, ...more] = of === undefined ? [] : node.arguments;
        const value = argument === undefined || more.length > 0 ? undefined : this.constant(argument, place);
        return value === undefined ? undefined : of(value);
      }
      case 'MemberExpression': {
        const { name } = node.object;
        if (!node.computed || place?.locals.has(name) || place?.replaced.has(name)) return undefined;
        const element = this.lists.get(name)?.[this.constant(node.property, place)];
        return element ? this.constant(element) : undefined;
      }
      default:
        return undefined;
    }
  }

  /** Of something that depends on a constant, what is left of it; empty if it depends on anything else. */
  chosen(node, place) {
    if (node.type === 'LogicalExpression') {
      const left = node.operator === '??' ? undefined : this.constant(node.left, place);
      if (left === undefined) return [];
      return [(node.operator === '&&') === Boolean(left) ? node.right : node.left];
    }
    const test = this.constant(node.test, place);
    if (test === undefined) return [];
    return [test ? node.consequent : node.alternate];
  }

  /** A sum of integers as what is not constant of it, and the constants added up. */
  sum(node, place) {
    if (node.type === 'Identifier') {
      const known = place.replaced.get(node.name)?.sum;
      if (known !== undefined) return known;
    }
    if (node.type === 'BinaryExpression' && (node.operator === '+' || node.operator === '-')) {
      const right = this.constant(node.right, place);
      if (Number.isInteger(right)) {
        const { text, plus } = this.sum(node.left, place);
        return { text, plus: node.operator === '+' ? plus + right : plus - right };
      }
    }
    const text = this.value(node, place);
    return { text: node.type === 'Identifier' ? text : `(${text})`, plus: 0 };
  }

  // --- inlining --------------------------------------------------------------------------------------------------------

  /** The function that is called, if what it does may stand in this place: none of its names means something else there. */
  callee(node, place) {
    if (node.type !== 'CallExpression') return null;
    const callee = node.callee.type === 'Identifier' ? this.functions.get(node.callee.name) : undefined;
    if (callee === undefined || !callee.isPlain || callee.isBeingWritten || place.within.includes(callee.name))
      return null;
    if (place.replaced.has(callee.name) || place.locals.has(callee.name)) return null;
    if (node.arguments.length !== callee.parameters.length) return null;
    return [...callee.free].some((name) => place.locals.has(name)) ? null : callee;
  }

  inlinedValue(node, place) {
    if (!place.values.has(node)) place.values.set(node, this.newInlinedValue(node, place));
    return place.values.get(node);
  }

  newInlinedValue(node, place) {
    const callee = this.callee(node, place);
    if (callee === null || callee.returns === null || this.functionText(callee).length > LONGEST_VALUE) return null;
    const inside = this.substituted(node, callee, callee.returns, place);
    return inside === null ? null : `(${this.value(callee.returns, inside)})`;
  }

  /** The place in which the arguments are what the parameters are replaced by; null where that would not be the same. */
  substituted(node, callee, expression, place) {
    const given = node.arguments.map((argument) => this.given(argument, place));
    const replaced = new Map(callee.parameters.map((name, n) => [name, given[n]]));
    if (!this.keepsOrder(callee, expression, replaced)) return null;
    return { ...place, within: [...place.within, callee.name], replaced, values: new Map(), given: new Map() };
  }

  given(argument, place) {
    if (!place.given.has(argument)) place.given.set(argument, this.newGiven(argument, place));
    return place.given.get(argument);
  }

  newGiven(argument, place) {
    const constant = this.constant(argument, place);
    const isShort = argument.type === 'Identifier' || constant !== undefined;
    const text = this.value(argument, place);
    const sum = this.sum(argument, place);
    return { text: isShort ? text : `(${text})`, does: this.doing(argument, place), isShort, constant, sum };
  }

  /** Whether arguments that are evaluated where the function uses them, not before it, have the same values and effects. */
  keepsOrder(callee, expression, replaced) {
    const uses = new Map(callee.parameters.map((name) => [name, 0]));
    let does = NAMES;
    let before = -1;
    for (const event of this.events(expression, { within: [callee.name], replaced })) {
      const { parameter } = event;
      if (parameter === undefined) {
        does = Math.max(does, event.does);
        continue;
      }
      uses.set(parameter, uses.get(parameter) + 1);
      const argument = replaced.get(parameter);
      if (argument.does === READS && does === WRITES) return false;
      if (argument.does === WRITES && (does >= READS || !event.isCertain)) return false;
      const at = callee.parameters.indexOf(parameter);
      // Who read after a writing argument must not read before it now.
      if (argument.does >= READS && at < before) return false;
      if (argument.does >= READS) before = at;
    }
    return callee.parameters.every((name) => {
      const argument = replaced.get(name);
      if (argument.does === WRITES) return uses.get(name) === 1;
      return (argument.isShort && argument.does === NAMES) || uses.get(name) <= 1;
    });
  }

  /** Uses of what is replaced, and reads and writes of an expression, in the order in which they happen. */
  events(node, place, isCertain = true) {
    const of = (child, certain = isCertain) => this.events(child, place, certain);
    switch (node.type) {
      case 'Identifier':
        if (place.replaced.has(node.name)) return [{ parameter: node.name, isCertain }];
        return [{ does: this.variables.has(node.name) ? READS : NAMES }];
      case 'Literal':
        return [];
      case 'UnaryExpression':
        return of(node.argument);
      case 'BinaryExpression':
        return [...of(node.left), ...of(node.right)];
      case 'LogicalExpression':
        return [...of(node.left), ...of(node.right, false)];
      case 'ConditionalExpression':
        return [...of(node.test), ...of(node.consequent, false), ...of(node.alternate, false)];
      case 'SequenceExpression':
        return node.expressions.flatMap((part) => of(part));
      case 'MemberExpression':
        return [...of(node.object), ...(node.computed ? of(node.property) : []), { does: READS }];
      case 'AssignmentExpression': {
        const { left, operator, right } = node;
        if (left.type === 'Identifier') return [...of(left), ...of(right), { does: WRITES }];
        if (left.type !== 'MemberExpression' || !left.computed) return [{ does: WRITES }];
        const before = operator === '=' ? [] : [{ does: READS }];
        return [...of(left.object), ...of(left.property), ...before, ...of(right), { does: WRITES }];
      }
      case 'CallExpression':
        return [...node.arguments.flatMap((argument) => of(argument)), { does: this.called(node, place.within) }];
      default:
        // Of anything else nothing is known, not even what it uses.
        return [
          { does: WRITES },
          ...[...references(node)].flatMap((name) =>
            place.replaced.has(name) ? [{ parameter: name, isCertain: false }] : [],
          ),
          { does: WRITES },
        ];
    }
  }

  /** What evaluating an expression of a place does. */
  doing(node, place) {
    const does = (event) => (event.parameter === undefined ? event.does : place.replaced.get(event.parameter).does);
    return this.events(node, place).reduce((most, event) => Math.max(most, does(event)), NAMES);
  }

  /** What a call does beside evaluating its arguments. */
  called({ callee }, within) {
    if (callee.type === 'MemberExpression' && callee.object.name === 'Math') return NAMES;
    const known = callee.type === 'Identifier' ? this.functions.get(callee.name) : undefined;
    if (known === undefined || known.returns === null || within.includes(known.name)) return WRITES;
    known.does ??= this.events(known.returns, { within: [...within, known.name], replaced: new Map() }).reduce(
      (most, { does }) => Math.max(most, does),
      NAMES,
    );
    return known.does;
  }

  /** `how.to` is the variable that gets what the function returns, null if nobody wants it; no `how`: it returns for the caller. */
  inlinedBlock(node, place, how) {
    const callee = this.callee(node, place);
    if (callee === null || (how?.to !== null && this.inlinedValue(node, place) !== null)) return null;
    const size = this.functionText(callee).length;
    if (place.isHot && COLD.test(callee.name)) return null;
    if (size > (place.isHot ? LONGEST_HOT : LONGEST_BLOCK) && callee.calls * size > LONGEST_COPIES) return null;
    const [only, ...others] = callee.node.body.body;
    if (how?.to === null && only?.type === 'ExpressionStatement' && others.length === 0) {
      const inside = this.substituted(node, callee, only.expression, place);
      if (inside !== null) return this.effect(only.expression, inside);
    }
    const number = ++this.blocks;
    const replaced = new Map();
    for (const name of callee.locals) replaced.set(name, { text: `${name}$${number}`, does: NAMES, isShort: true });
    const constants = callee.parameters.flatMap((name, n) => {
      const argument = this.given(node.arguments[n], place);
      const isChanged = callee.assigned.has(name);
      if (!isChanged && argument.does === NAMES && (argument.isShort || callee.uses.get(name) <= 1)) {
        replaced.set(name, argument);
        return [];
      }
      return [`${isChanged ? 'let' : 'const'} ${name}$${number} = ${argument.text};`];
    });
    const label = `end$${number}`;
    const exit = how === null ? null : { to: how.to, label };
    const inside = {
      ...place,
      within: [...place.within, callee.name],
      replaced,
      exit,
      values: new Map(),
      given: new Map(),
    };
    const body = callee.node.body.body.map((statement) => this.statement(statement, inside)).join(' ');
    const block = `{ ${constants.join(' ')} ${body} }`;
    return block.includes(`break ${label};`) ? `${label}: ${block}` : block;
  }
}

const UNARY = { '!': (a) => !a, '-': (a) => -a, '~': (a) => ~a };

const BINARY = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '**': (a, b) => a ** b,
  '&': (a, b) => a & b,
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
  '<<': (a, b) => a << b,
  '>>': (a, b) => a >> b,
  '>>>': (a, b) => a >>> b,
  '===': (a, b) => a === b,
  '!==': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** Of one number. No name of these is declared in a kernel. */
const CALLS = { 'Math.ceil': Math.ceil, 'Math.floor': Math.floor, Number, BigInt };

function literal(value) {
  if (typeof value === 'bigint') return `(${value}n)`;
  if (typeof value === 'number' && !Number.isFinite(value)) return `(${value})`;
  return typeof value === 'number' && value < 0 ? `(${value})` : JSON.stringify(value);
}
