import { type Client, isGrpcServiceError } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { SEARCH_ATTRIBUTES } from '../deployment/search-attributes';
import { oneLine } from '../text/safe-text';

const { INDEXED_VALUE_TYPE_KEYWORD } = temporal.api.enums.v1.IndexedValueType;

/** Servers of a cluster learn of new attributes within this time. Until then one of them may refuse a run. */
const KNOWN_EVERYWHERE_MS = 90_000;
/** A worker starts without them rather than wait longer. */
const ANSWER_LIMIT_MS = 10_000;

/** Whether runs may set search attributes: false where that is not known, because it would stop them. */
export type Searchable = () => boolean;

/**
 * Registers the search attributes in the client's namespace, where they are missing. Safe to run twice.
 * Without the right to do so deploys work as before, and cannot be searched.
 * @param warn gets the reason once
 */
export async function registerSearchAttributes(
  client: Client,
  warn: (...lines: string[]) => void,
  now: () => number = Date.now,
): Promise<Searchable> {
  const { namespace } = client.options;
  const { operatorService } = client.connection;
  try {
    return await client.connection.withDeadline(Date.now() + ANSWER_LIMIT_MS, async () => {
      const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
      const missing = SEARCH_ATTRIBUTES.filter(({ name }) => !(name in (customAttributes ?? {})));
      const wrong = SEARCH_ATTRIBUTES.find(
        ({ name }) =>
          name in (customAttributes ?? {}) && customAttributes?.[name] !== INDEXED_VALUE_TYPE_KEYWORD,
      );
      if (wrong !== undefined) throw new Error(`${wrong.name} exists and is not a keyword`);
      if (missing.length === 0) return () => true;
      const searchAttributes = Object.fromEntries(
        missing.map(({ name }) => [name, INDEXED_VALUE_TYPE_KEYWORD]),
      );
      await operatorService.addSearchAttributes({ namespace, searchAttributes });
      const from = now() + KNOWN_EVERYWHERE_MS;
      return () => now() >= from;
    });
  } catch (error) {
    const why = isGrpcServiceError(error) ? error.details : String(error);
    const names = SEARCH_ATTRIBUTES.map(({ name }) => `--name ${name} --type Keyword`).join(' ');
    warn(
      `Deploys cannot be searched in Temporal: the search attributes are not registered (${oneLine(why)}).`,
      `To register them once: temporal operator search-attribute create --namespace ${namespace} ${names}`,
    );
    return () => false;
  }
}
