import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { ExecutionRow } from '../../src/model/execution-row.ts';
import type { AggregatedMetrics } from '../../src/model/variant-metrics.ts';
import { renderEvent } from '../../src/report/events.ts';
import { renderExecutions } from '../../src/report/executions.ts';
import { renderList } from '../../src/report/list.ts';
import type { RenderOptions } from '../../src/report/options.ts';
import { renderResults } from '../../src/report/results.ts';
import { renderStatus } from '../../src/report/status.ts';
import { renderVariantMetrics } from '../../src/report/variant-metrics.ts';
import { results, status, variant } from './documents.ts';

const ID = 'a-very-long-experiment-id-that-somebody-has-made-of-a-sentence';
const NAME = 'Does the summary of a document get better when the model sees 要約 and the headings first?';
const URL = `http://127.0.0.1:8233/namespaces/default/workflows/experiment%2F${ID}`;
const VARIANT = 'claude-opus-4-5-with-tools-and-a-long-name';

const execution = (number: number): ExecutionRow => ({
  executionId: `nightly:2026-01-31T12:00:00@worker-${number}.example.org`,
  number,
  unit: `user-${number}@example.org`,
  variantId: VARIANT,
  phase: 'experiment',
  outcome: 'failure',
  beganAt: '2026-01-31T12:00:00.000Z',
  endedAt: '2026-01-31T12:00:01.000Z',
  durationSeconds: 1.2345,
  metrics: {},
  error: { type: 'RateLimited', message: 'the provider says: 429 Too Many Requests', node: 'n' },
  excluded: true,
  exclusionReason: 'an outage',
  workflowId: 'w',
  runId: 'r',
});
const metrics = (variantId: string): AggregatedMetrics => ({
  variantId,
  sampleCount: 12345,
  executionTimeMean: 1.234567,
  executionTimeMedian: 1.1,
  executionTimeStd: 0.1,
  executionTimeP95: 2.2,
  executionTimeCi: [1.1, 1.3],
  totalTokensMean: 1234.5,
  totalTokensMedian: 1200,
  totalTokensSum: 123456789,
  toolCallsMean: null,
  toolErrorsTotal: null,
  toolErrorRate: null,
  successCount: 12000,
  successRate: 0.97,
  successRateCi: [0.96, 0.98],
  totalCost: 12.3,
  costPerExecutionMean: 0.001,
  customMetricsAggregated: { helpfulness: { mean: 4.5, median: 4, std: 0.5, sum: 100, count: 22 } },
});

const RENDERED: Readonly<Record<string, (options: RenderOptions) => string>> = {
  status: (options) =>
    renderStatus(
      status({
        experimentId: ID,
        name: NAME,
        webUiUrl: URL,
        units: { control: 12, [VARIANT]: 13 },
        lastDecision: { code: 'continue', reason: `${NAME} No difference can be claimed yet.` },
      }),
      options,
    ),
  results: (options) =>
    renderResults(
      results({
        experimentId: ID,
        name: NAME,
        variantResults: {
          control: variant({ variantId: 'control', name: 'The version that everybody has had for years' }),
          [VARIANT]: variant({
            variantId: VARIANT,
            name: NAME,
            isControl: false,
            confidenceInterval: [-0.25, -0.06],
          }),
        },
        warnings: [{ code: 'COHORT_TRUNCATED', message: `executions still ran: ${ID}` }],
      }),
      options,
    ),
  list: (options) =>
    renderList(
      [ID, 'short'].map((experimentId) => ({
        experimentId,
        name: NAME,
        status: 'rolled_out',
        createdAt: '2026-01-31T12:00:00.000Z',
        look: 5,
        totalSamples: 123456,
        recommendation: 'deploy_winner',
      })),
      options,
    ),
  executions: (options) => renderExecutions([execution(1), execution(2)], options),
  metrics: (options) => renderVariantMetrics(['control', VARIANT].map(metrics), options),
  event: (options) =>
    renderEvent(
      {
        number: 12,
        at: '2026-01-31T12:00:00.000Z',
        type: 'transition',
        actor: 'ann@example.org',
        reason: NAME,
        data: { action: 'pause', from: 'running', to: 'paused', id: ID },
      },
      options,
    ),
};

/** How often each letter and digit is there: breaking a line changes none of them. */
function characters(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [letter] of text.matchAll(/[\p{L}\p{N}]/gu)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  return counts;
}

describe.each(Object.entries(RENDERED))('%s', (_, render) => {
  it.each([60, 80, 120, 200])('fits %d columns and loses nothing', (width) => {
    const text = render({ color: false, width });
    const tooLong = text.split('\n').filter((line) => stringWidth(line) > width);
    expect(tooLong).toEqual([]);
    const whole = render({ color: false, width: 2000 });
    const present = characters(text);
    const missing = [...characters(whole)].filter(([letter, count]) => (present.get(letter) ?? 0) < count);
    expect(missing).toEqual([]);
    const words = whole.split(/[\s|─-╿]+/u).filter((word) => word.length <= 20);
    expect(words.filter((word) => !text.includes(word))).toEqual([]);
  });

  it('says the same with colours', () => {
    const plain = render({ color: false, width: 80 });
    // oxlint-disable-next-line no-control-regex
    const painted = render({ color: true, width: 80 });
    expect(painted).toContain('\u001b[');
    // oxlint-disable-next-line no-control-regex
    expect(painted.replaceAll(/\u001b\[[0-9;]*m/g, '')).toBe(plain);
  });
});
