import type { Command } from 'commander';
import { getVariantMetrics } from '../../operations/variant-metrics.ts';
import { renderVariantMetrics } from '../../report/variant-metrics.ts';
import { withVictor } from '../context.ts';
import { print } from '../output.ts';
import { contextOf, experimentArgument, newCommand } from '../program.ts';
import type { Invocation } from '../program.ts';

export function metricsCommand({ signal }: Invocation): Command {
  const command = newCommand('metrics', 'aggregated metrics per variant over all ended executions')
    .addArgument(experimentArgument())
    .option('--variant <id>', 'only this variant');
  return command.action(async (id: string, options: { readonly variant?: string }) => {
    const context = contextOf(command, signal);
    await withVictor(context, async (victor) => {
      if (options.variant === undefined) {
        const all = await getVariantMetrics(victor, id);
        print(context, all, (render) => renderVariantMetrics(all, render));
      } else {
        const one = await getVariantMetrics(victor, id, options.variant);
        print(context, one, (render) => renderVariantMetrics([one], render));
      }
    });
  });
}
