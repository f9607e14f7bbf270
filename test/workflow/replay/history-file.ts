import { gunzipSync, gzipSync } from 'node:zlib';
import { temporal } from '@temporalio/proto';

const { History } = temporal.api.history.v1;
type History = temporal.api.history.v1.IHistory;

/**
 * A recorded history as a file: gzipped protobuf. (The SDK's own JSON form does not work with the combination of
 * versions that npm installs here: "type must be a Type".)
 */
export function encodeHistory(history: History): Uint8Array {
  return gzipSync(History.encode(history).finish());
}

export function decodeHistory(file: Uint8Array): temporal.api.history.v1.History {
  return History.decode(gunzipSync(file));
}
