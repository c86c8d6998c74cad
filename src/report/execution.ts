import type { ExecutionResult } from '../model/execution.ts';
import { figure, quantity } from './numbers.ts';
import type { RenderOptions } from './options.ts';
import { clean, facts, paint, paragraph, words } from './text.ts';

const OUTPUT_LINES = 40;

export function renderExecution(result: ExecutionResult, options: RenderOptions): string {
  const format = result.outcome === 'success' ? 'green' : 'red';
  const duration = result.durationSeconds;
  const head = [
    paint(result.outcome, [format, 'bold'], options),
    ...(duration === null ? [] : [`in ${quantity(duration, 's')}`]),
    `· ${clean(result.experimentId)}/${clean(result.executionId)} · variant ${clean(result.variantId ?? 'none')}`,
  ].join(' ');
  const lines = facts(
    [
      ['recorded', recorded(result)],
      ['error', error(result)],
      ['metrics', metrics(result)],
      ['workflow', clean(result.workflowId)],
      ['run', result.runId === '' ? null : clean(result.runId)],
    ],
    options,
  );
  return [paragraph(head, options), lines, output(result)].filter((part) => part !== '').join('\n');
}

function recorded({ recorded: is, phase, variantId }: ExecutionResult): string {
  // one that was ended from outside before it began has no variant
  if (!is && variantId === null) return 'no';
  if (!is) return 'no: the experiment admits no executions now, so the control ran and is not counted';
  return phase === null || phase === 'experiment' ? 'yes' : `yes, ${words(phase)}`;
}

function error({ error: found }: ExecutionResult): string | null {
  if (found === null) return null;
  const place = found.node === null ? '' : ` (node ${clean(found.node)})`;
  return `${clean(found.type)}: ${clean(found.message)}${place}`;
}

function metrics({ metrics: values }: ExecutionResult): string | null {
  const shown = Object.entries(values).map(([name, value]) => `${clean(name)} ${figure(value)}`);
  return shown.length === 0 ? null : shown.join(', ');
}

function output(result: ExecutionResult): string {
  if (result.outputTruncated === true) return 'the output is too large to be kept';
  if (result.output === null) return '';
  const lines = JSON.stringify(result.output, null, 2).split('\n');
  const more = lines.length - OUTPUT_LINES;
  // the indent is ours, the rest of a line is not
  const shown = lines.slice(0, OUTPUT_LINES).map((line) => {
    const indent = line.length - line.trimStart().length;
    return ' '.repeat(indent) + clean(line);
  });
  return [...shown, ...(more > 0 ? [`… ${more} more lines; --json shows all`] : [])].join('\n');
}
