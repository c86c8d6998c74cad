import { expect, it } from 'vitest';
import { renderResults } from '../../src/report/results.ts';
import { look, parallel, plain, results, variant } from './documents.ts';

const primaryMetric = { metricId: 'time', name: 'Execution time', metricType: 'execution_time' };

it('shows variants, sample ratio, decision and looks of a winner', () => {
  expect(renderResults(results(), { ...plain, primaryMetric })).toMatchInlineSnapshot(`
    "README analysis (readme-analysis) · analyzed · group sequential · look 2 · 81 executions of 80 units
    · > 99.99 % confidence

                           One after the other       Side by side
    role                               control    variant, winner
    units                                   40                 40
    executions          41 (1 without a value)                 40
    Execution time          0.5123 ± 0.02333 s  0.3842 ± 0.0151 s
      change                                 –           -25.01 %
      improvement                            –           +25.01 %
      difference                             –          -0.1281 s
      its interval                           –  -0.19 to -0.066 s
      p                                      –           < 0.0001
      probability best                < 0.01 %          > 99.99 %
    success_rate                         0.975                  1
      change                                 –           +2.564 %
      p                                      –             0.3142

    Sample ratio: as planned (linear 40 of 40 expected, parallel 40 of 40 expected; p = 1)

    Decision: deploy parallel — Execution time of parallel is 0.3842 against 0.5123 of linear (-25.01
    %), |z| = 4.61, boundary 3.357: parallel wins.

    ━━ |z|   ╌╌ boundary
      4.88┤╌╌╌╌╌╌╌╌╌╌╌╮
      4.39┤           ┏━━━━━━━━━━━━
      3.90┤           ┃
      3.41┤           ┃╌╌╌╌╌╌╌╌╌╌╌╌
      2.93┤           ┃
      2.44┤           ┃
      1.95┤━━━━━━━━━━━┛
      1.46┤
      0.98┤
      0.49┤
      0.00┤
      look      1           2
    info %      20          40

    look 1 · 20 % of information · |z| 2.1 against 4.877 · continue
    look 2 · 40 % of information · |z| 4.61 against 3.357 · stop: winner"
  `);
});

it('names secondary metrics as the file does, in its order and units', () => {
  const text = renderResults(results(), {
    ...plain,
    primaryMetric,
    secondaryMetrics: [{ metricId: 'success_rate', name: 'Success', metricType: 'success_rate' }],
  });
  expect(text).toMatch(/^Success +97\.5 % +100 %$/m);
  expect(text).not.toContain('success_rate');
});

it('says what is missing before the first look', () => {
  const empty = { primaryMetricValue: null, primaryMetricSe: null, units: 0, executions: 0, missing: 0 };
  const before = results({
    status: 'running',
    look: 0,
    winningVariantId: null,
    confidence: null,
    probabilityBest: null,
    recommendation: 'continue',
    reasonCode: 'no_data',
    reasoning: 'No look has been taken.',
    totalSamples: 0,
    totalUnits: 0,
    sampleRatio: { ok: true, pValue: null, expected: {}, observed: {} },
    variantResults: {
      linear: variant({ ...empty, secondaryMetrics: {} }),
      parallel: variant({
        ...empty,
        variantId: 'parallel',
        name: 'B',
        isControl: false,
        secondaryMetrics: {},
      }),
    },
    looks: [],
  });
  expect(renderResults(before, plain)).toMatchInlineSnapshot(`
    "README analysis (readme-analysis) · running · group sequential · no look yet

    Decision: continue — No look has been taken. \`victor experiment status readme-analysis\` counts what
    was begun."
  `);
});

it('names warnings, a wrong sample ratio and a control that stays', () => {
  const text = renderResults(
    results({
      winningVariantId: null,
      recommendation: 'inconclusive',
      reasonCode: 'control_best',
      reasoning: 'parallel is worse than linear.',
      sampleRatio: {
        ok: false,
        pValue: 0.00001,
        expected: { linear: 40, parallel: 40 },
        observed: { linear: 20, parallel: 60 },
      },
      warnings: [{ code: 'SAMPLE_RATIO_MISMATCH', message: 'sample ratio p = 0.00001' }],
    }),
    plain,
  );
  expect(text).toContain(
    'Sample ratio: WRONG (linear 20 of 40 expected, parallel 60 of 40 expected; p < 0.0001)',
  );
  expect(text).toContain('Warning SAMPLE_RATIO_MISMATCH: sample ratio p = 0.00001');
  expect(text).toContain('Decision: keep linear — parallel is worse than linear.');
});

it('puts treatments that do not fit into a further table, beside control again', () => {
  const treatments = ['b', 'c', 'd'].map((id) => [id, { ...parallel, variantId: id, name: `Name of ${id}` }]);
  const variantResults = { linear: variant({}), ...Object.fromEntries(treatments) };
  const heads = renderResults(results({ variantResults }), { ...plain, width: 80 })
    .split('\n')
    .filter((line) => line.includes('Name of'));
  expect(heads.map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['One after the other', 'Name of b'],
    ['One after the other', 'Name of c'],
    ['One after the other', 'Name of d'],
  ]);
});

it('lets nothing through that a terminal would obey', () => {
  const evil =
    '\u001B[31mred\u001B[0m \u001B]8;;http://x\u0007link\u001B]8;;\u0007\r\n\u009B2J\u202Etxt\u0007';
  const text = renderResults(
    results({
      name: evil,
      reasoning: evil,
      variantResults: { linear: variant({ name: evil }), parallel },
      warnings: [{ code: evil, message: evil }],
      looks: [look({ decision: evil })],
    }),
    plain,
  );
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202E]/u);
  expect(text).toContain('Decision: deploy parallel — red link 2J txt');
});

it('colours only when asked', () => {
  const coloured = renderResults(results(), { ...plain, color: true });
  expect(coloured).toContain('\u001B[32m\u001B[1mDecision: deploy parallel');
  // oxlint-disable-next-line no-control-regex
  expect(coloured.replace(/\u001B\[\d+m/g, '')).toBe(renderResults(results(), plain));
});
