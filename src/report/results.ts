import type { ExperimentResults, SampleRatio } from '../model/documents.ts';
import { renderLookLine } from './look-line.ts';
import { renderLooksChart } from './looks-chart.ts';
import { belief, figure, probability, SMALLEST_P } from './numbers.ts';
import type { RenderOptions, ResultsOptions } from './options.ts';
import { clean, count, paint, paragraph, words } from './text.ts';
import { renderVariants } from './variants-table.ts';

/** What the last look said: the variants, what speaks against trusting it, the decision, and how it came about. */
export function renderResults(results: ExperimentResults, options: ResultsOptions): string {
  const chart = renderLooksChart(results, options);
  const paragraphs = [
    paragraph(title(results, options), options),
    ...(results.look === 0 ? [] : [renderVariants(results, options)]),
    paragraph(
      [
        ...(results.look === 0 ? [] : [sampleRatioLine(results.sampleRatio, options)]),
        ...warningLines(results, options),
      ].join('\n'),
      options,
    ),
    paragraph(decisionLine(results, options), options),
    ...(chart === null ? [] : [chart]),
    paragraph(results.looks.map(renderLookLine).join('\n'), options),
  ];
  return paragraphs.filter((text) => text !== '').join('\n\n');
}

function title(results: ExperimentResults, options: RenderOptions): string {
  const facts = [
    words(results.status),
    words(results.rule),
    ...(results.look === 0
      ? ['no look yet']
      : [
          `look ${results.look}`,
          `${count(results.totalSamples, 'execution')} of ${count(results.totalUnits, 'unit')}`,
        ]),
    ...(results.confidence === null ? [] : [`${belief(results.confidence)} confidence`]),
    ...(results.profile === 'live' ? [] : [`profile ${words(results.profile)}`]),
  ];
  const name = paint(clean(results.name), 'bold', options);
  return `${name} (${clean(results.experimentId)}) · ${facts.join(' · ')}`;
}

function sampleRatioLine(ratio: SampleRatio, options: RenderOptions): string {
  const ids = Object.keys(ratio.observed);
  if (ratio.pValue === null) return 'Sample ratio: not tested yet';
  const shares = ids.map(
    (id) => `${clean(id)} ${ratio.observed[id] ?? 0} of ${figure(ratio.expected[id] ?? 0)} expected`,
  );
  const verdict = ratio.ok ? 'as planned' : paint('WRONG', ['red', 'bold'], options);
  return `Sample ratio: ${verdict} (${shares.join(', ')}; p ${ratio.pValue < SMALLEST_P ? '' : '= '}${probability(ratio.pValue)})`;
}

const warningLines = (results: ExperimentResults, options: RenderOptions): readonly string[] =>
  results.warnings.map(({ code, message }) => {
    return `${paint(`Warning ${clean(code)}`, 'yellow', options)}: ${clean(message)}`;
  });

/** One sentence: what to do and why. */
function decisionLine(results: ExperimentResults, options: RenderOptions): string {
  const [verdict, format] = verdictOf(results);
  const hint =
    results.look === 0 ? ` \`victor experiment status ${results.experimentId}\` counts what was begun.` : '';
  return `${paint(`Decision: ${verdict}`, [format, 'bold'], options)} — ${clean(results.reasoning)}${hint}`;
}

function verdictOf(results: ExperimentResults): readonly [string, 'green' | 'yellow' | 'cyan'] {
  const control = Object.values(results.variantResults).find((variant) => variant.isControl);
  switch (results.recommendation) {
    case 'deploy_winner':
      return [`deploy ${clean(results.winningVariantId ?? 'the winner')}`, 'green'];
    case 'continue':
      return ['continue', 'cyan'];
    case 'inconclusive':
      return results.reasonCode === 'control_best'
        ? [`keep ${clean(control?.variantId ?? 'control')}`, 'yellow']
        : ['inconclusive', 'yellow'];
  }
}
