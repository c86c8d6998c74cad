import type { DecisionSpec } from '../model/spec.ts';
import type { Findings } from '../workflow-format/findings.ts';
import { readFields } from '../workflow-format/fields.ts';
import type { Fields, Shape } from '../workflow-format/fields.ts';
import { duration, finite, flag, integer, map, oneOf } from '../workflow-format/rules.ts';
import { field } from '../workflow-format/spot.ts';
import type { Spot } from '../workflow-format/spot.ts';
import { refuseLater } from './not-yet.ts';

export const DECISION_SHAPE = {
  rule: oneOf('fixed', 'group_sequential', 'always_valid')
    .optional()
    .describe(
      'fixed: one look at the end. group_sequential: looks on the way, which may stop the experiment. Default: fixed, or as enable_early_stopping says. always_valid is not supported yet.',
    ),
  spending: oneOf('obrien_fleming', 'pocock', 'kim_demets', 'hwang_shih_decani')
    .default('obrien_fleming')
    .describe('How the significance level is spent over the looks.'),
  spending_parameter: finite
    .nullish()
    .describe('Of kim_demets (its power) and hwang_shih_decani (its gamma).'),
  looks: map
    .optional()
    .describe('When to look: {count: 5} at equal fractions of the sample size, or {every: 10m}. Default: 5.'),
  check_interval: duration(100)
    .prefault('30s')
    .describe('At least this between two questions whether a look is due.'),
  futility: oneOf('none', 'non_binding').default('none').describe('none; non_binding is not supported yet.'),
  correction: oneOf('holm', 'bonferroni', 'dunnett')
    .default('holm')
    .describe('For several treatments. holm; others are not supported yet.'),
  stop_when: oneOf('first_winner', 'all')
    .default('first_winner')
    .describe('first_winner; all is not supported yet.'),
  min_executions_per_unit: integer(1).default(1).describe('1; more is not supported yet.'),
} satisfies Shape;

export const LOOKS_SHAPE = {
  count: integer(1, 50).optional().describe('So many looks, at equal fractions of the sample size.'),
  every: duration(1000).optional().describe('A look each time so much time has passed.'),
} satisfies Shape;

const DEFAULT_LOOKS = { kind: 'count', count: 5 } as const;

export function readDecision(experiment: Spot, findings: Findings): DecisionSpec {
  const spot = field(experiment, 'decision');
  const read = spot.value === undefined ? null : readFields(spot, DECISION_SHAPE, findings);
  const looks = readLooks(field(spot, 'looks'), findings);
  if (read !== null) {
    refuseLaterKeys(spot, findings);
    checkSpending(spot, read, findings);
  }
  return {
    rule: readRule(experiment, read?.rule, findings),
    spending: read?.spending ?? 'obrien_fleming',
    spendingParameter: read?.spending_parameter ?? null,
    looks,
    checkIntervalMs: read?.check_interval ?? 30_000,
  };
}

/** `enable_early_stopping` and `decision.rule` say the same thing: either may be left out, both must agree. */
function readRule(
  experiment: Spot,
  rule: 'fixed' | 'group_sequential' | 'always_valid' | undefined,
  findings: Findings,
): DecisionSpec['rule'] {
  const early = field(experiment, 'enable_early_stopping');
  const stops = flag.safeParse(early.value).data;
  if (rule !== undefined && stops !== undefined && stops === (rule === 'fixed')) {
    const fix = stops
      ? 'use decision.rule group_sequential, or set enable_early_stopping to false'
      : 'use decision.rule fixed, or set enable_early_stopping to true';
    findings.problem(early, `enable_early_stopping is ${stops} but decision.rule is ${rule}; ${fix}`);
  }
  if (rule === undefined) return stops === true ? 'group_sequential' : 'fixed';
  return rule === 'always_valid' ? 'group_sequential' : rule;
}

function readLooks(spot: Spot, findings: Findings): DecisionSpec['looks'] {
  const read = spot.value === undefined ? null : readLooksMap(spot, findings);
  if (read?.every !== undefined) return { kind: 'every', everyMs: read.every };
  return read?.count === undefined ? DEFAULT_LOOKS : { kind: 'count', count: read.count };
}

function readLooksMap(spot: Spot, findings: Findings): Fields<typeof LOOKS_SHAPE> | null {
  // a value that is no map was refused by the shape of decision
  if (!map.safeParse(spot.value).success) return null;
  const given = ['count', 'every'].filter((key) => field(spot, key).value !== undefined);
  if (given.length !== 1) {
    const what = given.length === 0 ? 'neither count nor every' : 'both count and every';
    findings.problem(spot, `looks holds ${what}, must hold one: {count: 5} or {every: 10m}`);
  }
  return readFields(spot, LOOKS_SHAPE, findings);
}

function checkSpending(spot: Spot, read: Fields<typeof DECISION_SHAPE>, findings: Findings): void {
  const { spending } = read;
  const parameter = field(spot, 'spending_parameter');
  const given = typeof parameter.value === 'number';
  if (spending === 'kim_demets' || spending === 'hwang_shih_decani') {
    const example = spending === 'kim_demets' ? 'its power, above 0, such as 3' : 'its gamma, such as -4';
    if (parameter.value === undefined || parameter.value === null) {
      findings.problem(field(spot, 'spending'), `spending ${spending} needs spending_parameter (${example})`);
    } else if (spending === 'kim_demets' && given && Number(parameter.value) <= 0) {
      findings.problem(
        parameter,
        `spending_parameter is ${Number(parameter.value)}, must be above 0 for kim_demets`,
      );
    }
  } else if (given && spending !== undefined) {
    const message = `spending_parameter is for kim_demets and hwang_shih_decani; ${spending} has none`;
    findings.problem(parameter, message);
  }
}

function refuseLaterKeys(spot: Spot, findings: Findings): void {
  const refuse = (key: keyof typeof DECISION_SHAPE, works: readonly unknown[], instead: string): void => {
    const inner = field(spot, key);
    if (DECISION_SHAPE[key].safeParse(inner.value).success) refuseLater(inner, works, instead, findings);
  };
  refuse('rule', ['fixed', 'group_sequential'], 'fixed and group_sequential work now');
  refuse('futility', ['none'], 'none works now');
  refuse('correction', ['holm'], 'holm works now');
  refuse('stop_when', ['first_winner'], 'first_winner works now');
  refuse('min_executions_per_unit', [1], '1 works now');
}
