import type { CompletedCommand, Values } from './tree.ts';

/** A script for bash 3.2 and newer. */
export function bashScript(commands: readonly CompletedCommand[]): string {
  const withValue = commands.flatMap(({ path, options }) =>
    options.flatMap(({ flags, value }) =>
      value === null
        ? []
        : [`    ${flags.map((flag) => quote(`${path} ${flag}`)).join('|')}) ${reply(value)}; return ;;`],
    ),
  );
  const flags = commands.map(
    ({ path, options }) => `      ${quote(path)}) ${words(options.flatMap((option) => option.flags))} ;;`,
  );
  const rest = commands.map(({ path, commands: children, argument }) => {
    const names = children.map(({ name }) => name);
    return `    ${quote(path)}) ${argument === null ? words(names) : reply(argument)} ;;`;
  });
  return `# Completion of victor for bash. To use it now and in every new shell:
#   victor completion bash > ~/.victor-completion.bash
#   echo 'source ~/.victor-completion.bash' >> ~/.bashrc
_victor_reply() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    [ -n "$line" ] && COMPREPLY+=("$line")
  done
}
_victor_experiments() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    [ -n "$line" ] && COMPREPLY+=("$(printf '%q' "$line")")
  done < <("\${COMP_WORDS[0]}" complete experiments "$1" 2>/dev/null)
}
_victor() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" at=victor i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${paths(commands)}) at="$at \${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=()
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
complete -o default -F _victor victor
`;
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const paths = (commands: readonly CompletedCommand[]): string =>
  commands
    .filter(({ path }) => path.includes(' '))
    .map(({ path }) => quote(path))
    .join('|');

const words = (list: readonly string[]): string =>
  list.length === 0 ? ':' : `_victor_reply < <(compgen -W ${quote(list.join(' '))} -- "$cur")`;

function reply(values: Values): string {
  switch (values.kind) {
    case 'choices':
      return words(values.words);
    case 'file':
      return '_victor_reply < <(compgen -f -- "$cur")';
    case 'experiment':
      return '_victor_experiments "$cur"';
    case 'unknown':
      return ':';
  }
}
