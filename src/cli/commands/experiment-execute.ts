import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { invalidInput } from '../../errors.ts';
import { isJsonObject } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { startExecution } from '../../operations/execute.ts';
import { idleExecutionQueue } from '../../operations/served.ts';
import type { Victor } from '../../operations/victor.ts';
import { renderExecution } from '../../report/execution.ts';
import { withVictor } from '../context.ts';
import type { CliContext } from '../context.ts';
import { orInterrupted } from '../interrupt.ts';
import { print, say } from '../output.ts';
import { contextOf, newCommand } from '../program.ts';
import type { Invocation } from '../program.ts';
import { slowly } from '../progress.ts';

interface Options {
  readonly user?: string;
  readonly context?: string;
  readonly input?: string;
  readonly executionId?: string;
  readonly wait: boolean;
}

export function executeCommand({ signal, answer, goesOn }: Invocation): Command {
  const command = newCommand(
    'execute',
    'run one execution and wait for its outcome; exit 1 when it is not a success',
  )
    .argument('<experiment>', 'id, unambiguous prefix of an id, or name')
    .option('--user <unit>', 'the unit: who or what is randomised')
    .option('--context <json>', 'an object; holds the unit field when --user is not given')
    .option('--input <json>', 'the input of the workflow')
    .option('--execution-id <id>', 'repeating an id gives its first outcome')
    .option('--no-wait', 'only start it');
  return command.action(async (id: string, options: Options) => {
    const context = contextOf(command, signal);
    const given = contextObject(options.context);
    const input = options.input === undefined ? null : parse('--input', options.input);
    await withVictor(context, async (victor) => {
      const started = await startExecution(victor, id, {
        context: given,
        input,
        ...(options.user === undefined ? {} : { unit: options.user }),
        ...(options.executionId === undefined ? {} : { executionId: options.executionId }),
      });
      if (!options.wait) {
        await warnOfIdleQueue(context, victor, started.experimentId);
        const { result: _, ...shown } = started;
        print(context, shown, () => `started ${started.experimentId}/${started.executionId}`);
        return;
      }
      const { experimentId, executionId } = started;
      goesOn(
        `execution ${experimentId}/${executionId} goes on; its outcome will be in: victor experiment executions ${experimentId}`,
      );
      const title = `Execution ${executionId}`;
      const outcome = orInterrupted(started.result(), context.signal);
      const waits = sleep(PATIENCE_MS, null, { ref: false }).then(() => 'waits' as const);
      if ((await Promise.race([outcome, waits])) === 'waits')
        await warnOfIdleQueue(context, victor, experimentId);
      const result = await slowly(context, title, outcome);
      print(context, result, (render) => renderExecution(result, render));
      answer(result.outcome === 'success' ? 0 : 1);
    });
  });
}

const PATIENCE_MS = 1000;

/** Without a worker nothing happens and nothing is said. That this cannot be found out is no fault of the execution. */
async function warnOfIdleQueue(context: CliContext, victor: Victor, experimentId: string): Promise<void> {
  const idle = await idleExecutionQueue(victor, experimentId).catch(() => null);
  if (idle === null) return;
  say(context, `no worker serves the task queue ${idle}: the execution waits; \`victor doctor\` looks`);
}

function contextObject(text: string | undefined): JsonObject {
  const value = text === undefined ? {} : parse('--context', text);
  if (!isJsonObject(value)) throw invalidInput(`--context is ${text ?? ''}, must be a JSON object`);
  return value;
}

function parse(flag: string, text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw invalidInput(
      `${flag} is not JSON (${error instanceof Error ? error.message : ''}): ${text.slice(0, 80)}; quote it, as in ${flag} '{"key": "value"}'`,
    );
  }
}
