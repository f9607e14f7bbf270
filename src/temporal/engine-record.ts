import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';

const record = z.object({
  /** The id of its namespace: made with the database, and kept as long. */
  namespaceId: z.string().min(1),
  /** Where it was started; null: by an older version. */
  address: z.string().nullable().default(null),
  /** Where its UI listens, for the door in front of it; null: it has none. */
  ui: z.object({ host: z.string(), port: z.number() }).nullable(),
});

/** The known facts about the engine that serves a database; lies next to it, for its user alone. */
export type EngineRecord = z.infer<typeof record>;

/** @returns null without a readable record: no engine is known to serve this database */
export async function readRecord(database: string): Promise<EngineRecord | null> {
  try {
    return record.parse(JSON.parse(await readFile(fileOf(database), 'utf8')));
  } catch {
    return null;
  }
}

export async function writeRecord(database: string, engine: EngineRecord): Promise<void> {
  const file = fileOf(database);
  await writeFile(`${file}.new`, `${JSON.stringify(engine)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

function fileOf(database: string): string {
  return `${database}.engine.json`;
}
