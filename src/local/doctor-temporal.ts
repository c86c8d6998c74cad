import type { Connection } from '@temporalio/client';
import { failed, passed } from './doctor-check.ts';
import type { Check, DoctorDeps } from './doctor-check.ts';
import type { StackAddresses } from './stack-types.ts';
import { configuredTemporal } from './temporal-address.ts';
import { SEARCH_ATTRIBUTES } from './temporal-args.ts';
import { findTemporalBinary, temporalVersion } from './temporal-binary.ts';
import { missingSearchAttributes, openConnection } from './temporal-health.ts';

/** `temporal.api.enums.v1.TaskQueueType` */
const POLLER_KINDS = { workflow: 1, activity: 2 } as const;
/** The server remembers a poller for minutes after it has died; a living one asks again every minute at most. */
const RECENT_MS = 70_000;
const CALL_MS = 5000;

export async function checkProgram(env: NodeJS.ProcessEnv): Promise<Check> {
  const name = 'Temporal program';
  const binary = findTemporalBinary(env);
  const version = binary === null ? null : await temporalVersion(binary);
  if (version !== null) return passed(name, `${version} (${binary})`);
  if (configuredTemporal(env) !== null) return passed(name, 'not needed: TEMPORAL_ADDRESS is set');
  const detail = binary === null ? 'neither on PATH nor obtained before' : `${binary} does not run`;
  return failed(name, detail, 'Run `victor up`, which obtains it, or set TEMPORAL_ADDRESS.');
}

type Step = { readonly name: string; readonly fix: string; readonly look: () => Promise<string> };

async function check(step: Step): Promise<Check> {
  try {
    return passed(step.name, await step.look());
  } catch (error) {
    return failed(step.name, error, step.fix);
  }
}

async function describeSearchAttributes(connection: Connection, namespace: string): Promise<string> {
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length > 0) throw new Error(`not registered: ${missing.join(', ')}`);
  return Object.keys(SEARCH_ATTRIBUTES).join(', ');
}

type PollerKind = keyof typeof POLLER_KINDS;

async function describePollers(
  connection: Connection,
  namespace: string,
  queue: string,
  kinds: readonly PollerKind[] = ['workflow', 'activity'],
): Promise<string> {
  const counts = await Promise.all(
    kinds.map(async (kind) => {
      const taskQueueType = POLLER_KINDS[kind];
      const answer = await connection.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: queue },
        taskQueueType,
      });
      const recent = (answer.pollers ?? []).filter(
        (poller) => Date.now() - Number(poller.lastAccessTime?.seconds ?? 0) * 1000 < RECENT_MS,
      );
      return { kind, count: recent.length };
    }),
  );
  const idle = counts.filter(({ count }) => count === 0).map(({ kind }) => kind);
  if (idle.length > 0) throw new Error(`nobody asks for ${idle.join(' or ')} tasks`);
  return counts.map(({ kind, count }) => `${count} ${kind} poller${count === 1 ? '' : 's'}`).join(', ');
}

function steps(connection: Connection, addresses: StackAddresses, prefix: string): readonly Step[] {
  const namespace = addresses.temporalNamespace;
  const attributes = Object.entries(SEARCH_ATTRIBUTES).flatMap(([key, type]) => [
    '--name',
    key,
    '--type',
    type,
  ]);
  return [
    {
      name: 'Temporal namespace',
      fix: `Run \`temporal operator namespace create --namespace ${namespace}\`, or correct TEMPORAL_NAMESPACE.`,
      look: async () => {
        await connection.workflowService.describeNamespace({ namespace });
        return namespace;
      },
    },
    {
      name: 'search attributes',
      fix: `Run \`temporal operator search-attribute create --namespace ${namespace} ${attributes.join(' ')}\`.`,
      look: () => describeSearchAttributes(connection, namespace),
    },
    ...(['control', 'executions'] as const).map((plane) => ({
      name: `workers on ${prefix}-${plane}`,
      fix: `Run \`victor up\`, or \`victor worker --${plane === 'control' ? 'control' : 'data'}\`.`,
      look: () => describePollers(connection, namespace, `${prefix}-${plane}`),
    })),
  ];
}

function scheduleSteps(
  connection: Connection,
  { databaseUrl }: StackAddresses,
  { scheduleStatus }: DoctorDeps,
): readonly Step[] {
  if (scheduleStatus === undefined) return [];
  const fix = 'Run `victor up`, or `victor worker --control`, which creates it within a minute.';
  return [{ name: 'reconciler', fix, look: () => scheduleStatus(connection, databaseUrl) }];
}

/** A user's worker may serve workflows alone. */
async function definitionSteps(
  connection: Connection,
  { temporalNamespace: namespace }: StackAddresses,
  { definitionQueues }: DoctorDeps,
): Promise<readonly Step[]> {
  // without the database nobody can say; that it is away is a fault of its own
  const queues = await definitionQueues?.().catch(() => []);
  return (queues ?? []).map((queue) => ({
    name: `workers on ${queue}`,
    fix: `Start your worker for the task queue ${queue}; an experiment that runs needs it.`,
    look: () => describePollers(connection, namespace, queue, ['workflow']),
  }));
}

/** The server, and what can only be seen through it. */
export async function checkServer(addresses: StackAddresses, deps: DoctorDeps): Promise<readonly Check[]> {
  const name = 'Temporal server';
  let connection: Connection;
  try {
    connection = await openConnection(deps.env, addresses.temporalAddress);
  } catch (error) {
    return [failed(name, error, 'Run `victor up`, or correct TEMPORAL_ADDRESS.')];
  }
  try {
    return await connection.withDeadline(Date.now() + CALL_MS, async () => {
      const { serverVersion } = await connection.workflowService.getClusterInfo({});
      const server = passed(name, `${addresses.temporalAddress}, version ${serverVersion}`);
      const prefix = deps.queuePrefix ?? 'victor';
      const all = [
        ...steps(connection, addresses, prefix),
        ...(await definitionSteps(connection, addresses, deps)),
        ...scheduleSteps(connection, addresses, deps),
      ];
      return [server, ...(await Promise.all(all.map(check)))];
    });
  } catch (error) {
    return [failed(name, error, 'Run `victor up`, or correct TEMPORAL_ADDRESS.')];
  } finally {
    await connection.close();
  }
}

/** The queues of the two planes that nobody polls. */
export async function pollersMissing(
  addresses: StackAddresses,
  env: NodeJS.ProcessEnv,
  prefix: string,
): Promise<readonly string[]> {
  const connection = await openConnection(env, addresses.temporalAddress);
  try {
    return await idleQueues(connection, addresses.temporalNamespace, prefix);
  } finally {
    await connection.close();
  }
}

export async function idleQueues(
  connection: Connection,
  namespace: string,
  prefix: string,
): Promise<readonly string[]> {
  return notPolled(connection, namespace, [`${prefix}-control`, `${prefix}-executions`]);
}

/** Those of the queues that nobody asks for tasks of each of these kinds. */
export async function notPolled(
  connection: Connection,
  namespace: string,
  queues: readonly string[],
  kinds?: readonly PollerKind[],
): Promise<readonly string[]> {
  const found = await Promise.all(
    queues.map((queue) => describePollers(connection, namespace, queue, kinds).catch(() => null)),
  );
  return queues.filter((_, index) => found[index] === null);
}
