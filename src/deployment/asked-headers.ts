/** The headers of the readiness question, wherever it is asked: outside, in the gate and in a rehearsal. Pure. */
import type { ReadinessSettings } from '../config/deploy-input';
import type { Address } from '../contract/contract-types';
import { bindArgument } from './gunicorn';

/** The Host that the question from outside has. */
export function askedHost({ headers, url }: ReadinessSettings, bind: Address): string {
  const written = headerOf(headers, 'host');
  if (written !== undefined) return written;
  if (url !== null) return new URL(url).host;
  // As a URL has it: without the port 80.
  return 'socket' in bind ? 'localhost' : new URL(`http://${bindArgument(bind)}`).host;
}

/**
 * For a question that does not go over the address: with the Host that it would have there. A proxy that readiness.url
 * leads to also says by which scheme it was asked.
 */
export function askedHeaders(readiness: ReadinessSettings, bind: Address): Record<string, string> {
  const { headers, url } = readiness;
  const asked: Record<string, string> = {};
  if (headerOf(headers, 'host') === undefined) asked.Host = askedHost(readiness, bind);
  if (url?.startsWith('https:') && headerOf(headers, 'x-forwarded-proto') === undefined)
    asked['X-Forwarded-Proto'] = 'https';
  return { ...asked, ...headers };
}

function headerOf(headers: Record<string, string>, name: string): string | undefined {
  return Object.entries(headers).find(([each]) => each.toLowerCase() === name)?.[1];
}
