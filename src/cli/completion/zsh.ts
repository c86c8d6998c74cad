import type { CompletedCommand, Described, Values } from './tree.ts';

export function zshScript(commands: readonly CompletedCommand[]): string {
  const withValue = commands.flatMap(({ path, options }) =>
    options.flatMap(({ flags, value }) =>
      value === null
        ? []
        : [`    ${flags.map((flag) => quote(`${path} ${flag}`)).join('|')}) ${offer(value)}; return ;;`],
    ),
  );
  const flags = commands.map(({ path, options }) => {
    const described = options.flatMap(({ flags: names, description }) =>
      names.map((name) => ({ name, description })),
    );
    return `      ${quote(path)}) ${describe('option', described)} ;;`;
  });
  const rest = commands.map(({ path, commands: children, argument }) => {
    return `    ${quote(path)}) ${argument === null ? describe('command', children) : offer(argument)} ;;`;
  });
  return `#compdef victor
# Completion of victor for zsh. To use it, put this where zsh looks for functions, before compinit runs:
#   victor completion zsh > "\${fpath[1]}/_victor"
_victor_experiments() {
  local -a found
  found=("\${(@f)$($words[1] complete experiments "$cur" 2>/dev/null)}")
  compadd -- \${found:#}
}
_victor() {
  local cur="$words[CURRENT]" prev="$words[CURRENT-1]" at=victor word
  local -a offered
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
      ${paths(commands)}) at="$at $word" ;;
    esac
  done
  case "$at $prev" in
${withValue.join('\n')}
  esac
  if [[ "$cur" == -* ]]; then
    case "$at" in
${flags.join('\n')}
    esac
    return
  fi
  case "$at" in
${rest.join('\n')}
  esac
}
if [ "\${funcstack[1]}" = _victor ]; then _victor "$@"; else compdef _victor victor; fi
`;
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const paths = (commands: readonly CompletedCommand[]): string =>
  commands
    .filter(({ path }) => path.includes(' '))
    .map(({ path }) => quote(path))
    .join('|');

function describe(what: string, described: readonly Described[]): string {
  if (described.length === 0) return ':';
  const items = described.map(({ name, description }) =>
    quote(`${name.replaceAll(':', '\\:')}:${description.replaceAll(':', '\\:')}`),
  );
  return `offered=(${items.join(' ')}); _describe ${what} offered`;
}

function offer(values: Values): string {
  switch (values.kind) {
    case 'choices':
      return `compadd -- ${values.words.map(quote).join(' ')}`;
    case 'file':
      return '_files';
    case 'experiment':
      return '_victor_experiments';
    case 'unknown':
      return ':';
  }
}
