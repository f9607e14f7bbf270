/**
 * The settings that the controller keeps on a host with each good release, to start and to probe it again. The host
 * returns them, and the signature shows that the controller wrote them. Pure.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { HostTarget, ServiceSettings } from '../../config/deploy-input';
import { settingsForm } from '../../config/settings';
import { bind } from '../../config/values';
import { TYPES } from '../../contract/contract';
import type { HostFacts, Kept } from '../../contract/contract-types';
import type { Probe } from '../../deployment/model';
import { asItWas } from '../../deployment/probes';

/** Which release of whom it is about; a record that names another one counts for nothing. */
export interface Whose {
  service: string;
  environment: string;
  host: string;
  release: string;
  commit: string;
}

const payloadSchema = z.object({
  service: z.string(),
  environment: z.string(),
  host: z.string(),
  release: z.string(),
  commit: z.string(),
  address: bind.value(),
  settings: settingsForm.value(),
});

/** Nothing else that this key ever signs begins so. */
const PURPOSE = 'landfall: kept with a good release, version 1\n';

/** @returns null when it is longer than a host keeps: then nothing is kept */
export function keep(key: Buffer, whose: Whose, release: Probe): Kept | null {
  const payload = JSON.stringify({ ...whose, ...release });
  return payload.length > TYPES.keptPayload.text ? null : { payload, signature: signatureOf(key, payload) };
}

/** @returns why it counts for nothing, in words, when it does */
export function readKept(key: Buffer, whose: Whose, { payload, signature }: Kept): Probe | string {
  const expected = Buffer.from(signatureOf(key, payload), 'hex');
  const given = Buffer.from(signature, 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    return 'not signed with the key of this controller';
  const parsed = payloadSchema.safeParse(parse(payload));
  if (!parsed.success) return 'written by another version of Landfall';
  const { address, settings, ...about } = parsed.data;
  const isOther = (Object.keys(whose) as (keyof Whose)[]).some((name) => about[name] !== whose[name]);
  return isOther ? 'about another release' : { address, settings };
}

/** The kept settings of the good releases on a host, as far as this controller has signed them. */
export interface KnownReleases {
  kept: Map<string, Probe>;
  /** The releases whose records are ignored, and why, one sentence each. */
  refused: Map<string, string>;
}

/** @param key the controller's own: what is not signed with it counts for nothing */
export function knownReleases(
  key: Buffer,
  about: { service: string; environment: string; host: HostTarget; settings: ServiceSettings },
  facts: Pick<HostFacts, 'releases' | 'kept'>,
): KnownReleases {
  const { service, environment, host, settings } = about;
  const known: KnownReleases = { kept: new Map(), refused: new Map() };
  for (const { id: release, commit } of facts.releases) {
    const kept = Object.hasOwn(facts.kept, release) ? facts.kept[release] : undefined;
    if (kept === undefined) continue;
    const read = readKept(key, { service, environment, host: host.name, release, commit }, kept);
    if (typeof read !== 'string')
      known.kept.set(release, { ...read, settings: asItWas(read.settings, settings) });
    else
      known.refused.set(release, `what the host kept of ${release} is ${read}: landfall.yaml counts for it`);
  }
  return known;
}

function signatureOf(key: Buffer, payload: string): string {
  return createHmac('sha256', key).update(PURPOSE).update(payload).digest('hex');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
