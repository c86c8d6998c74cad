/** A worker as a user of Temporal writes one: `node bare-worker.js <address> <namespace> <task queue>`. */
import { fileURLToPath } from 'node:url';
import {
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  makeTelemetryFilterString,
} from '@temporalio/worker';
import { steps } from './steps.ts';

const [, , address = '', namespace = '', taskQueue = ''] = process.argv;

// the log of the product's workers, and their limits
Runtime.install({
  shutdownSignals: ['SIGTERM', 'SIGINT'],
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
  logger: new DefaultLogger('WARN'),
});
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection,
  namespace,
  taskQueue,
  workflowsPath: fileURLToPath(new URL('./bare-workflows.js', import.meta.url)),
  activities: steps,
  maxCachedWorkflows: 400,
  maxConcurrentActivityTaskExecutions: 100,
  shutdownGraceTime: '3s',
  shutdownForceTime: '5s',
  stickyQueueScheduleToStartTimeout: '5s',
});
// however the benchmark dies, its end of the channel is closed
process.once('disconnect', () => worker.shutdown());
const running = worker.run();
process.send?.('ready');
await running;
await connection.close();
process.exit();
