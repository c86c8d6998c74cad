import { defaultPayloadConverter } from '@temporalio/common';
import type { Payload, PayloadConverter } from '@temporalio/common';

/**
 * The default converter, but total: a raw signal with bad bytes must not fail a workflow task for ever, so what cannot be
 * decoded becomes a marker that the handlers refuse as input.
 */
class TolerantPayloadConverter implements PayloadConverter {
  toPayload<T>(value: T): Payload {
    return defaultPayloadConverter.toPayload(value);
  }

  fromPayload<T>(payload: Payload): T {
    try {
      return defaultPayloadConverter.fromPayload(payload);
    } catch (error) {
      const undecodable = error instanceof Error ? error.message : String(error);
      return { undecodable } as T;
    }
  }
}

export const payloadConverter = new TolerantPayloadConverter();
