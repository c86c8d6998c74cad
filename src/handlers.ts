import type { Json, JsonObject } from './model/json.ts';

/** What a handler may use beside its input. Everything it meters is recorded with the execution. */
export interface HandlerContext {
  readonly experimentId: string;
  readonly executionId: string;
  readonly variantId: string;
  readonly nodeId: string;
  /** Counted from 1. */
  readonly attempt: number;
  /** The variant's parameter overrides. */
  readonly parameters: JsonObject;
  /** Aborted at the node's time-out, at a cancel and at shutdown. Null in an isolated handler, which is killed. */
  readonly signal: AbortSignal | null;
  readonly meter: Meter;
}

export interface Meter {
  readonly tokens: (count: number) => void;
  readonly toolCalls: (count: number) => void;
  readonly costUsd: (amount: number) => void;
}

export type HandlerFunction = (input: JsonObject, context: HandlerContext) => Json | Promise<Json>;

export interface IsolatedHandler {
  /** Run in a worker thread, which is killed at the node's time-out: for work that blocks the event loop. */
  readonly isolate: true;
  readonly run: HandlerFunction;
}

export type Handler = HandlerFunction | IsolatedHandler;

/** `victor config` shows what each setting is, and where its value comes from. */
export interface FileSettings {
  readonly databaseUrl?: string;
  readonly temporalAddress?: string;
  readonly temporalNamespace?: string;
  readonly temporalApiKey?: string;
  readonly taskQueuePrefix?: string;
  readonly storageBackend?: 'postgres';
  readonly storagePath?: string;
  readonly defaultAllocationStrategy?: 'sticky';
  readonly metricsBufferSize?: number;
  /** In seconds. */
  readonly metricsFlushInterval?: number;
  readonly defaultSignificanceLevel?: number;
  readonly defaultStatisticalPower?: number;
  readonly logLevel?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
}

export interface VictorConfig {
  readonly handlers?: Readonly<Record<string, Handler>>;
  /** Literal values: commands read them without running the file. The environment wins over them. */
  readonly settings?: FileSettings;
}

/**
 * Types a `victor.config.ts`.
 *
 * @example
 * ```ts
 * import { defineConfig } from 'victor-experiments/config';
 *
 * export default defineConfig({
 *   handlers: {
 *     research: ({ query, model }, { meter }) => {
 *       meter.tokens(120);
 *       return { answer: `${String(model)} on ${String(query)}` };
 *     },
 *   },
 * });
 * ```
 */
export const defineConfig = (config: VictorConfig): VictorConfig => config;
