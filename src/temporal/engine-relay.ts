import { once } from 'node:events';
import { connect } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { EngineUnreachable } from './unreachable';

/**
 * Connects two streams with an engine, until one side ends.
 * @param address `127.0.0.1:7233`, as `TEMPORAL_ADDRESS` has it
 * @throws EngineUnreachable when the engine does not answer, before anything is written
 */
export async function relayToEngine(address: string, from: Readable, to: Writable): Promise<void> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const engine = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), noDelay: true });
  try {
    await once(engine, 'connect');
  } catch (error) {
    throw new EngineUnreachable(address, error, 'Look at the controller: landfall controller status');
  }
  const closed = once(engine, 'close');
  // Either end may vanish at any time: that is the end of the relay.
  for (const stream of [engine, from, to]) stream.on('error', () => engine.destroy());
  from.on('close', () => engine.destroy());
  from.pipe(engine).pipe(to);
  await closed.catch(() => undefined);
}
