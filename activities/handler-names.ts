import type { Queryable } from '../src/db/pool.ts';
import { readWorkerConfigs } from '../src/db/worker-configs.ts';
import type { NodeBody, Runnable } from '../src/model/graph.ts';
import type { ExperimentDefinition, Warning } from '../src/model/spec.ts';
import { nearest } from '../src/workflow-format/suggest.ts';

const MOST_LISTED = 10;

/** A warning for each handler that no data worker has; none while no worker has said what it has. */
export async function unknownHandlers(
  db: Queryable,
  taskQueuePrefix: string,
  definition: Pick<ExperimentDefinition, 'runnables' | 'bodies'>,
): Promise<readonly Warning[]> {
  const named = nodesByHandler(definition);
  if (named.size === 0) return [];
  const registered = (await readWorkerConfigs(db, taskQueuePrefix)).flatMap(({ handlers }) =>
    handlers === null ? [] : [handlers],
  );
  if (registered.length === 0) return [];
  const known = [...new Set(registered.flat())].sort();
  return [...named].flatMap(([handler, nodes]) =>
    known.includes(handler) ? [] : [warning(handler, [...nodes], known)],
  );
}

function nodesByHandler({
  runnables,
  bodies,
}: {
  readonly runnables: Readonly<Record<string, Runnable>>;
  readonly bodies: Readonly<Record<string, NodeBody>>;
}): ReadonlyMap<string, ReadonlySet<string>> {
  const named = new Map<string, Set<string>>();
  for (const runnable of Object.values(runnables)) {
    if (runnable.kind !== 'graph') continue;
    for (const node of Object.values(runnable.graph.nodes)) {
      const handler = node.kind === 'task' ? bodies[node.body]?.handler : undefined;
      if (handler !== undefined) named.set(handler, (named.get(handler) ?? new Set()).add(node.label));
    }
  }
  return named;
}

function warning(handler: string, nodes: readonly string[], known: readonly string[]): Warning {
  const who = nodes.length === 1 ? `node ${nodes[0]} names` : `nodes ${nodes.join(', ')} name`;
  const meant = nearest(handler, known);
  const listed = known.length > MOST_LISTED ? [...known.slice(0, MOST_LISTED), '...'] : known;
  const hint =
    meant !== null
      ? `did you mean ${meant}?`
      : known.length === 0
        ? 'none is registered.'
        : `registered: ${listed.join(', ')}.`;
  return {
    code: 'HANDLER_UNKNOWN',
    message: `${who} the handler ${handler}, which no running data worker has registered; ${hint} Register it in victor.config and run \`victor up\``,
  };
}
