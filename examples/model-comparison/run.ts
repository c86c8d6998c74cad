/** The calls of the API from the first to the last: create, start, execute, monitor, analyze, archive. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  WorkflowEngine,
  analyzeExperiment,
  archiveExperiment,
  createExperiment,
  getExperimentStatus,
  getVariantMetrics,
  openVictor,
  startExperiment,
  stopExperiment,
} from 'victor-experiments/client';

const folder = dirname(fileURLToPath(import.meta.url));
const users = Number(process.argv[2] ?? 240);
const questions = [
  'What happens when a worker dies?',
  'How is a unit allocated to a variant?',
  'When does an experiment stop early?',
  'Which rows does a look read?',
];

await using victor = openVictor({
  databaseUrl: process.env['DATABASE_URL'] ?? '',
  temporalAddress: process.env['TEMPORAL_ADDRESS'] ?? '',
  taskQueuePrefix: process.env['VICTOR_TASK_QUEUE_PREFIX'] ?? 'victor',
});

const { status } = await createExperiment(victor, {
  from: { file: join(folder, 'experiment_config.yaml') },
});
const { experimentId } = status;
console.log(`Created experiment: ${experimentId}`);
await startExperiment(victor, experimentId);

const engine = new WorkflowEngine(victor);
async function ask(user: number): Promise<void> {
  const result = await engine.executeYaml({
    yamlPath: 'victor/research/workflows/deep_research.yaml',
    initialState: { query: questions[user % questions.length] ?? '' },
    experimentId,
    userId: `user_${user}`,
  });
  if (!result.success) throw new Error(`user_${user}: ${result.error?.message ?? result.outcome}`);
}
// ten callers, each with users of its own
await Promise.all(
  Array.from({ length: 10 }, async (_, caller) => {
    for (let user = caller; user < users; user += 10) await ask(user);
  }),
);

const { variantSamples, status: state } = await getExperimentStatus(victor, experimentId);
console.log(`Status: ${state}, executions: ${JSON.stringify(variantSamples)}`);
for (const metrics of await getVariantMetrics(victor, experimentId)) {
  console.log(
    `${metrics.variantId}: ${metrics.sampleCount} executions, ${metrics.executionTimeMean?.toFixed(3)} s on average`,
  );
}
if (state === 'running') await stopExperiment(victor, experimentId, { reason: 'all users were asked' });
const result = await analyzeExperiment(victor, experimentId);
console.log(`Winner: ${result.winningVariantId ?? 'none'}`);
console.log(`Recommendation: ${result.recommendation}`);
console.log(`Reasoning: ${result.reasoning}`);
await archiveExperiment(victor, experimentId);
