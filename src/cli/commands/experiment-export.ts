import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { invalidInput } from '../../errors.ts';
import { snakeKeys } from '../../model/case.ts';
import { exportExperiment } from '../../operations/export.ts';
import type { ExportedVariant } from '../../operations/export.ts';
import { withVictor } from '../context.ts';
import { print, say } from '../output.ts';
import { contextOf, experimentArgument, newCommand, variantOption } from '../program.ts';
import type { Invocation } from '../program.ts';

interface Options {
  readonly variant?: string;
  readonly output?: string;
}

export function exportCommand({ signal }: Invocation): Command {
  const command = newCommand('export', 'write the configuration of the deployed or winning variant as YAML')
    .addArgument(experimentArgument())
    .addOption(variantOption('this variant instead'))
    .option('-o, --output <file>', 'write to this file (default: standard output)');
  return command.action(async (id: string, { variant, output }: Options) => {
    const context = contextOf(command, signal);
    await withVictor(context, async (victor) => {
      const exported = await exportExperiment(
        victor,
        id,
        variant === undefined ? {} : { variantId: variant },
      );
      if (output === undefined) {
        print(context, exported, () => asYaml(exported).trimEnd());
        return;
      }
      await writeFile(
        output,
        context.json ? `${JSON.stringify(snakeKeys(exported))}\n` : asYaml(exported),
      ).catch((error: unknown) => {
        throw invalidInput(`${output} cannot be written: ${String(error)}`, error);
      });
      say(context, `wrote ${output}`);
    });
  });
}

const asYaml = (exported: ExportedVariant): string => stringify(snakeKeys(exported), { lineWidth: 120 });
