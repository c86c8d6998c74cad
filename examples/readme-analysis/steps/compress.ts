import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants, gunzip, gzip } from 'node:zlib';

export type Method = { readonly algorithm: 'gzip' | 'brotli'; readonly level: number };

export type Compressed = Method & {
  readonly bytes: number;
  readonly compressedBytes: number;
  /** Of the text before. */
  readonly sha256: string;
  readonly compressedSha256: string;
  /** The compressed text, unless it is long. */
  readonly base64: string | null;
};

const METHODS: readonly Method[] = [
  { algorithm: 'gzip', level: 1 },
  { algorithm: 'gzip', level: 6 },
  { algorithm: 'gzip', level: 9 },
  { algorithm: 'brotli', level: 4 },
  { algorithm: 'brotli', level: 9 },
  { algorithm: 'brotli', level: 11 },
];
const MAX_KEPT_BYTES = 4096;

const gzipAsync = promisify(gzip);
const gunzipAsync = promisify(gunzip);
const brotliAsync = promisify(brotliCompress);
const unbrotliAsync = promisify(brotliDecompress);

/** Tries every method at once (zlib works in threads of its own) and keeps the smallest result. */
export async function compress(content: string): Promise<Compressed> {
  const original = Buffer.from(content);
  const tried = await Promise.all(
    METHODS.map(async (method) => ({ method, data: await compressWith(method, original) })),
  );
  const best = tried.reduce((least, one) => (one.data.length < least.data.length ? one : least));
  return {
    ...best.method,
    bytes: original.length,
    compressedBytes: best.data.length,
    sha256: sha256(original),
    compressedSha256: sha256(best.data),
    base64: best.data.length < MAX_KEPT_BYTES ? best.data.toString('base64') : null,
  };
}

export const compressWith = ({ algorithm, level }: Method, data: Buffer): Promise<Buffer> =>
  algorithm === 'gzip'
    ? gzipAsync(data, { level })
    : brotliAsync(data, {
        params: {
          [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
          [constants.BROTLI_PARAM_QUALITY]: level,
          [constants.BROTLI_PARAM_SIZE_HINT]: data.length,
        },
      });

export const decompressWith = ({ algorithm }: Method, data: Buffer): Promise<Buffer> =>
  algorithm === 'gzip' ? gunzipAsync(data) : unbrotliAsync(data);

export const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
