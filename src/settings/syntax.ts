import { parseSync } from 'oxc-parser';
import type { Expression, Program, Statement } from 'oxc-parser';

/** A place in a source file, and what is wrong there. */
export class SyntaxProblem extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

export interface Parsed {
  readonly program: Program;
  /** What it imports, in the order of the text: static imports and `import('...')` of a literal. */
  readonly imports: readonly string[];
}

/** TypeScript and JavaScript alike, without running anything. Throws SyntaxProblem. */
export function parseSource(path: string, text: string): Parsed {
  // .cts and .cjs are scripts, everything else may hold imports; TypeScript reads both
  const name = path.endsWith('.cjs') ? 'config.cts' : 'config.ts';
  const { program, module, errors } = parseSync(name, text);
  const [error] = errors;
  if (error !== undefined) throw new SyntaxProblem(error.labels[0]?.start ?? 0, error.message);
  const dynamic = module.dynamicImports.flatMap(({ moduleRequest }) => {
    const literal = /^(['"`])(.*)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end));
    return literal?.[2] === undefined ? [] : [literal[2]];
  });
  const reexported = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest }) => (moduleRequest === null ? [] : [moduleRequest.value])),
  );
  const imported = module.staticImports.map(({ moduleRequest }) => moduleRequest.value);
  const required = [...text.matchAll(/\brequire\(\s*(['"])([^'"]+)\1\s*\)/g)].map((match) => match[2] ?? '');
  return { program, imports: [...imported, ...reexported, ...dynamic, ...required] };
}

/** What a file exports by default, `module.exports = ...` included; null: nothing that can be seen without running it. */
export function defaultExport(program: Program): Expression | null {
  for (const statement of program.body) {
    const found = exportedBy(statement);
    if (found !== null) return found;
  }
  return null;
}

function exportedBy(statement: Statement | Program['body'][number]): Expression | null {
  if (statement.type === 'ExportDefaultDeclaration') {
    const { declaration } = statement;
    return isDeclaration(declaration.type) ? null : (declaration as Expression);
  }
  if (statement.type !== 'ExpressionStatement' || statement.expression.type !== 'AssignmentExpression')
    return null;
  const { left, right } = statement.expression;
  const isExports =
    left.type === 'MemberExpression' &&
    left.object.type === 'Identifier' &&
    left.object.name === 'module' &&
    left.property.type === 'Identifier' &&
    left.property.name === 'exports';
  return isExports ? right : null;
}

const isDeclaration = (type: string): boolean =>
  ['FunctionDeclaration', 'ClassDeclaration', 'TSInterfaceDeclaration'].includes(type);

/** Through parentheses, type assertions and constants of the file, to what is written there. */
export function written(expression: Expression, program: Program): Expression {
  switch (expression.type) {
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
      return written(expression.expression, program);
    case 'Identifier': {
      const constant = constantOf(expression.name, program);
      return constant === null || constant === expression ? expression : written(constant, program);
    }
    default:
      return expression;
  }
}

function constantOf(name: string, program: Program): Expression | null {
  for (const statement of program.body) {
    if (statement.type !== 'VariableDeclaration' || statement.kind !== 'const') continue;
    for (const { id, init } of statement.declarations) {
      // a constant that names itself, or another that names it, is no value
      if (id.type === 'Identifier' && id.name === name && init !== null && init.type !== 'Identifier')
        return init;
    }
  }
  return null;
}
