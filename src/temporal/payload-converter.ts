/**
 * How clients and workflows read what is in the engine, where anybody who reaches it may have put it. Free of
 * Node's modules, because workflow code is bundled with it.
 */
import {
  defaultPayloadConverter,
  type Payload,
  type PayloadConverter,
  type SerializationContext,
} from '@temporalio/common';

/**
 * The usual converter, but a payload that cannot be read is null, which every check refuses. An error instead
 * would fail the workflow task again and again: the run would hang, and no client could read its status.
 */
export const payloadConverter: PayloadConverter = {
  toPayload: (value, context) => defaultPayloadConverter.toPayload(value, context),
  fromPayload: <T>(payload: Payload, context?: SerializationContext): T => {
    try {
      return defaultPayloadConverter.fromPayload<T>(payload, context);
    } catch {
      return null as T;
    }
  },
};
