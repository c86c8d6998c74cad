import { invalidInput } from '../errors.ts';
import { isJsonObject } from '../model/json.ts';

const MEGABYTE = 1024 * 1024;
const MOST_BYTES = MEGABYTE;

/** What a client without a disk in common with us inlines travels through history. Throws InvalidInput above 1 MB. */
export function checkInlinedSize(config: unknown): void {
  if (!isJsonObject(config)) return;
  const variants = Array.isArray(config['variants']) ? config['variants'] : [];
  const files = variants.map((variant) => {
    const workflow = isJsonObject(variant) ? variant['workflow_config'] : null;
    return isJsonObject(workflow) ? jsonBytes(workflow['files']) : 0;
  });
  const inFiles = files.reduce((all, bytes) => all + bytes, 0);
  const inItems = isJsonObject(config['inputs']) ? jsonBytes(config['inputs']['items']) : 0;
  if (inFiles + inItems <= MOST_BYTES) return;
  throw invalidInput(
    `workflow_config.files and inputs.items have ${megabytes(inFiles + inItems)} in all (files ${megabytes(inFiles)}, items ${megabytes(inItems)}), must have at most ${megabytes(MOST_BYTES)}; create it from files: victor experiment create FILE`,
  );
}

const jsonBytes = (value: unknown): number =>
  value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));

const megabytes = (bytes: number): string => `${(bytes / MEGABYTE).toFixed(2)} MB`;
