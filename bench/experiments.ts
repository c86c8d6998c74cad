import type { JsonObject } from '../src/model/json.ts';
import { INPUT, STEP_NAMES } from './steps.ts';

/** Five function nodes in a row in both variants; no sample is large enough to end it. */
export function benchExperiment(
  name: string,
  dataset: { size: number; concurrency: number } | null,
): JsonObject {
  const variant = (id: string): JsonObject => ({
    variant_id: id,
    workflow_type: 'stategraph',
    is_control: id === 'a',
    workflow_config: { graph_definition: { nodes: [...STEP_NAMES] } },
  });
  return {
    name,
    unit: 'execution',
    variants: [variant('a'), variant('b')],
    primary_metric: { metric_id: 'time', metric_type: 'execution_time' },
    min_sample_size: 1_000_000,
    ...(dataset === null
      ? { stall_after: '24h' }
      : {
          concurrency: dataset.concurrency,
          inputs: { items: Array.from({ length: dataset.size }, (_, index) => ({ ...INPUT, index })) },
        }),
  };
}
