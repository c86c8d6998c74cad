/** The public API as data: what each entry point exports, with signatures and docstrings, read from the built declarations. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** `{ name: 'victor-experiments/client', declaration: 'dist/src/client.d.ts' }`, in the order of package.json. */
export function entryPoints() {
  const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.entries(exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([key, target]) => ({ name: `${name}${key.slice(1)}`, declaration: target.types.slice(2) }));
}

/** The names that a declaration file exports. */
function namesOf(declaration) {
  const text = readFileSync(join(root, declaration), 'utf8');
  const lists = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap((match) => match[1].split(','));
  const own = [...text.matchAll(/^export (?:declare )?(?:const|function|class|interface|type) (\w+)/gm)];
  const others = [...text.matchAll(/^export \* from '(.*)\.ts'/gm)].map((match) =>
    join(dirname(declaration), `${match[1]}.d.ts`),
  );
  return [
    ...lists.map((item) => item.trim().split(' as ').at(-1)).filter((item) => item !== ''),
    ...own.map((match) => match[1]),
    ...others.flatMap(namesOf),
  ];
}

/** Text and examples of a docstring. */
function docOf(comment) {
  const text = comment
    .replace(/^\/\*\*/, '')
    .replace(/\*\/\s*$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trimEnd())
    .join('\n');
  const [about, ...examples] = text.split(/^@example\n/m);
  return {
    text: about.trim(),
    examples: examples.map((example) => /```ts\n(.*?)```/s.exec(example)?.[1] ?? example.trim()),
  };
}

/** What the extractor says where nobody has said anything. */
const NO_TEXT = /^Constructs a new instance of/;

const excerpt = (member) => member.excerptTokens.map(({ text }) => text).join('');

/** Every export once, at the first entry point of `order` that has it. */
export function readApi(order) {
  const folder = join(root, 'dist', 'api-docs');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const entries = entryPoints();
  const all = join(folder, 'all.d.ts');
  const lines = entries.map(
    ({ declaration }) =>
      `export * from '${relative(folder, join(root, declaration)).replace('.d.ts', '.ts')}';`,
  );
  writeFileSync(all, `${lines.join('\n')}\n`);
  const apiJson = join(folder, 'api.json');
  extract(all, apiJson);
  const [{ members }] = JSON.parse(readFileSync(apiJson, 'utf8')).members;
  const seen = new Set();
  return order.map((name) => {
    const entry = entries.find((candidate) => candidate.name === name);
    if (entry === undefined) throw new Error(`package.json has no entry point ${name}`);
    const names = new Set(namesOf(entry.declaration));
    const own = members.filter(
      (member) => names.has(member.name) && !seen.has(`${member.kind} ${member.name}`),
    );
    for (const member of own) seen.add(`${member.kind} ${member.name}`);
    return { entry: name, members: mergeOverloads(own.map(simplify)) };
  });
}

/** The overloads of a function are one, with the docstring of the first. */
function mergeOverloads(members) {
  const merged = new Map();
  for (const member of members) {
    const key = `${member.kind} ${member.name}`;
    const first = merged.get(key);
    merged.set(
      key,
      first === undefined ? member : { ...first, signature: `${first.signature}\n${member.signature}` },
    );
  }
  return [...merged.values()];
}

const textOf = (member) => {
  const { text } = docOf(member.docComment ?? '');
  return NO_TEXT.test(text) ? '' : text;
};

function simplify(member) {
  return {
    name: member.name,
    kind: member.kind,
    signature: excerpt(member).replace(/^export (declare )?/, ''),
    doc: docOf(member.docComment ?? ''),
    members: (member.members ?? []).map((inner) => ({
      signature: excerpt(inner),
      doc: textOf(inner),
    })),
  };
}

function extract(mainEntryPointFilePath, apiJsonFilePath) {
  const silent = { default: { logLevel: 'none' } };
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath,
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            module: 'nodenext',
            target: 'es2022',
            lib: ['es2023'],
            types: ['node'],
            strict: true,
            skipLibCheck: true,
          },
          files: [mainEntryPointFilePath],
        },
      },
      apiReport: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      docModel: { enabled: true, apiJsonFilePath },
      newlineKind: 'lf',
      messages: {
        compilerMessageReporting: { default: { logLevel: 'error' } },
        extractorMessageReporting: silent,
        tsdocMessageReporting: silent,
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
  });
  const quiet = (message) => {
    if (message.logLevel !== 'error') message.handled = true;
  };
  const { succeeded } = Extractor.invoke(config, { localBuild: true, messageCallback: quiet });
  if (!succeeded) throw new Error('the declarations cannot be read');
}
