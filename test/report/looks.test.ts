import { expect, it } from 'vitest';
import { renderLookLine } from '../../src/report/look-line.ts';
import { renderLooksChart } from '../../src/report/looks-chart.ts';
import { look, plain, results } from './documents.ts';

it('says a look in one line', () => {
  const winner = look({
    look: 2,
    informationFraction: 0.4,
    statistic: -3.91,
    boundary: 3.23,
    decision: 'winner',
  });
  expect([
    renderLookLine(winner),
    renderLookLine(look({ boundary: null })),
    renderLookLine(look({ statistic: null, boundary: null, decision: 'arm_empty' })),
    renderLookLine(look({ look: 5, informationFraction: 1, boundary: 2.024, decision: 'not_significant' })),
  ]).toMatchInlineSnapshot(`
    [
      "look 2 · 40 % of information · |z| 3.91 against 3.23 · stop: winner",
      "look 1 · 20 % of information · |z| 2.1, no boundary · continue",
      "look 1 · 20 % of information · no statistic · arm empty",
      "look 5 · 100 % of information · |z| 2.1 against 2.024 · not significant",
    ]
  `);
});

it('draws the evidence of each look against its boundary', () => {
  const looks = [0.9, 2.2, 3.5].map((z, index) => {
    const boundary = [4.877, 3.357, 2.68][index] ?? null;
    return look({ look: index + 1, informationFraction: 0.2 * (index + 1), statistic: -z, boundary });
  });
  expect(renderLooksChart(results({ looks }), plain)).toMatchInlineSnapshot(`
    "━━ |z|   ╌╌ boundary
      4.88┤╌╌╌╌╌╌╌╌╌╌╌╮
      4.39┤           ╎
      3.90┤           ╎
      3.41┤           ╰╌╌╌╌╌╌╌╌╌╌╌┏━━━━━━━━━━━━
      2.93┤                       ┃
      2.44┤           ┏━━━━━━━━━━━┛╌╌╌╌╌╌╌╌╌╌╌╌
      1.95┤           ┃
      1.46┤           ┃
      0.98┤━━━━━━━━━━━┛
      0.49┤
      0.00┤
      look      1           2           3
    info %      20          40          60"
  `);
});

it('draws a single look', () => {
  expect(
    renderLooksChart(results({ looks: [look({ informationFraction: 1 })] }), plain),
  ).toMatchInlineSnapshot(`
    "━━ |z|   ╌╌ boundary
      4.88┤╌╌╌╌╌╌╌╌╌╌╌╌
      4.39┤
      3.90┤
      3.41┤
      2.93┤
      2.44┤
      1.95┤━━━━━━━━━━━━
      1.46┤
      0.98┤
      0.49┤
      0.00┤
      look      1
    info %     100"
  `);
});

it('keeps to the width, with the last looks when there are too many', () => {
  const looks = Array.from({ length: 150 }, (_, index) => look({ look: index + 1, statistic: index / 50 }));
  const chart = renderLooksChart(results({ looks }), { ...plain, width: 60 }) ?? '';
  expect(Math.max(...chart.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
  expect(chart).toContain('4.88');
});

it('draws nothing without a statistic and a boundary', () => {
  expect(renderLooksChart(results({ looks: [look({ boundary: null })] }), plain)).toBeNull();
  expect(renderLooksChart(results({ looks: [] }), plain)).toBeNull();
});
