/** How Gunicorn and Hypercorn spell an address. Pure. */
import type { Address } from '../contract/contract-types';

/** `127.0.0.1:8000`, `[::1]:8000` or `unix:/run/shop.sock`. */
export function bindArgument(address: Address): string {
  if ('socket' in address) return `unix:${address.socket}`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}
