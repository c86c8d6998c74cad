import { banditKinds } from './kinds/bandits.ts';
import { distributionKinds } from './kinds/distributions.ts';
import type { Kinds } from './kinds/input.ts';
import { manyArmKinds } from './kinds/many-arms.ts';
import { meanKinds } from './kinds/means.ts';
import { powerKinds } from './kinds/power.ts';
import { proportionKinds } from './kinds/proportions.ts';
import { rankKinds } from './kinds/ranks.ts';
import { sequentialKinds } from './kinds/sequential.ts';

/** Every kind of case, by the function of the core that it is about. */
export const KINDS: Kinds = {
  ...distributionKinds,
  ...meanKinds,
  ...proportionKinds,
  ...rankKinds,
  ...manyArmKinds,
  ...powerKinds,
  ...sequentialKinds,
  ...banditKinds,
};
