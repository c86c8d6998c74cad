import { proxyActivities } from '@temporalio/workflow';
import type { steps } from './steps.ts';

type State = Readonly<Record<string, unknown>>;
type Step = (state: State) => Promise<State>;

const { first, second, third, fourth, fifth } = proxyActivities<Record<keyof typeof steps, Step>>({
  startToCloseTimeout: '5m',
});

/** The same five steps over the same state, written by hand. */
export async function bare(input: State): Promise<State> {
  let state = input;
  for (const step of [first, second, third, fourth, fifth]) state = { ...state, ...(await step(state)) };
  return state;
}
