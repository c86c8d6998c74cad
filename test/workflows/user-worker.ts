import { join } from 'node:path';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { packageRoot } from '../../src/package-root.ts';
import type { TestPlanes } from '../support/workers.ts';

export interface UserWorker {
  readonly taskQueue: string;
  readonly stop: () => Promise<void>;
}

interface UserWorkerOptions {
  /** Of test/workflows/fixtures; default the workflows of a user who knows the contract only. */
  readonly file?: string;
  /** A file that is elsewhere. */
  readonly path?: string;
  /** Default: one of its own. */
  readonly taskQueue?: string;
}

/** A worker of a user's own, in this process. */
export async function startUserWorker(
  planes: Pick<TestPlanes, 'addresses' | 'prefix'>,
  options: UserWorkerOptions = {},
): Promise<UserWorker> {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const connection = await NativeConnection.connect({ address: planes.addresses.temporalAddress });
  const { file = 'user-workflows.ts', taskQueue = `${planes.prefix}-user` } = options;
  const worker = await Worker.create({
    connection,
    namespace: planes.addresses.temporalNamespace,
    taskQueue,
    workflowsPath: options.path ?? join(packageRoot(), 'test', 'workflows', 'fixtures', file),
  });
  const run = worker.run();
  return {
    taskQueue,
    stop: async () => {
      worker.shutdown();
      await run;
      await connection.close();
    },
  };
}
