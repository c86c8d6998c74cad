import { join } from 'node:path';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { packageRoot } from '../../src/package-root.ts';
import type { TestPlanes } from '../support/workers.ts';

export interface UserWorker {
  readonly taskQueue: string;
  readonly stop: () => Promise<void>;
}

/** A worker of a user's own, in this process, with the workflows of fixtures/user-workflows.ts. */
export async function startUserWorker(planes: TestPlanes): Promise<UserWorker> {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const connection = await NativeConnection.connect({ address: planes.addresses.temporalAddress });
  const taskQueue = `${planes.prefix}-user`;
  const worker = await Worker.create({
    connection,
    namespace: planes.addresses.temporalNamespace,
    taskQueue,
    workflowsPath: join(packageRoot(), 'test', 'workflows', 'fixtures', 'user-workflows.ts'),
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
