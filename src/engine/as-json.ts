import { invalidInput } from '../errors.ts';
import type { Json } from '../model/json.ts';

/** An input as it travels. Throws InvalidInput for what has no JSON. */
export function asJson(input: Json): Json {
  try {
    return JSON.parse(JSON.stringify(input)) as Json;
  } catch (error) {
    throw invalidInput(`the input cannot be JSON: ${String(error)}`, error);
  }
}
