import type { RenderOptions } from './options.ts';
import { renderTable } from './table.ts';
import { clean, facts } from './text.ts';

export interface ShownSetting {
  readonly name: string;
  readonly environment: string;
  readonly value: string | null;
  readonly origin: 'environment' | 'file' | 'stack' | 'default';
  /** The variable, the file or the stack that gives the value. */
  readonly source: string;
  readonly description: string;
}

export interface SettingsDocument {
  readonly configFile: string | null;
  readonly stateDir: string;
  readonly settings: readonly ShownSetting[];
}

export function renderSettings(document: SettingsDocument, options: RenderOptions): string {
  const places = facts(
    [
      ['config file', document.configFile ?? 'none'],
      ['state directory', document.stateDir],
    ],
    options,
  );
  const table = renderTable(
    {
      head: ['setting', 'value', 'from', 'variable'],
      rows: document.settings.map(({ name, environment, value, source, origin }) => [
        name,
        clean(value ?? '–'),
        origin === 'environment' ? 'environment' : clean(source),
        environment,
      ]),
      right: [],
    },
    options,
  );
  return [places, table].join('\n\n');
}
