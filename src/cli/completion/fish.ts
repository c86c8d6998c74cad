import type { CompletedCommand, CompletedOption, Values } from './tree.ts';

export function fishScript(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ path, commands: children, options, argument }) => {
    const at = `complete -c victor -n ${quote(`__victor_is ${quote(path)}`)}`;
    return [
      ...children.map(({ name, description }) => `${at} -a ${quote(name)} -d ${quote(description)}`),
      ...options.map((option) => `${at} ${flagsOf(option)} -d ${quote(option.description)}`),
      ...(argument === null ? [] : [`${at} ${offer(argument)}`]),
    ];
  });
  const known = commands.map(({ path }) => quote(path)).join(' ');
  return `# Completion of victor for fish. To use it:
#   victor completion fish > ~/.config/fish/completions/victor.fish
function __victor_is
    set -l at victor
    for word in (commandline -opc)[2..-1]
        if contains -- "$at $word" ${known}
            set at "$at $word"
        end
    end
    test "$at" = "$argv"
end
complete -c victor -f
${lines.map((line) => line.trimEnd()).join('\n')}
`;
}

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function flagsOf({ flags, value }: CompletedOption): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  return [...names, ...(value === null ? [] : [`-r ${offer(value)}`])].join(' ').trimEnd();
}

function offer(values: Values): string {
  switch (values.kind) {
    case 'choices':
      return `-a ${quote(values.words.join(' '))}`;
    case 'file':
      return '-F';
    case 'experiment':
      return `-a ${quote('(victor complete experiments (commandline -ct) 2>/dev/null)')}`;
    case 'unknown':
      return '';
  }
}
