import { z } from 'zod';
import { fileSchema } from './schema';

/** The parts of a JSON Schema that ours consists of. */
export interface JsonSchema {
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  description?: string;
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: boolean | JsonSchema;
  anyOf?: JsonSchema[];
  items?: JsonSchema;
}

/** JSON Schema (draft 2020-12) of `landfall.yaml`, for editors. What it cannot say, `loadConfig` checks. */
export function configJsonSchema(): JsonSchema {
  const schema: unknown = z.toJSONSchema(fileSchema, { io: 'input', target: 'draft-2020-12' });
  return { title: 'landfall.yaml', ...(schema as object) } as JsonSchema;
}

/** `landfall.schema.json` as it stands in the repository. */
export function schemaFileText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
}

/**
 * Every key that may be written, as a path; `*` stands for a name of one's own choice and `[]` for
 * an item of a list: `environments.*.hosts.[].port`. Keys that repeat under an environment are
 * included there too.
 */
export function knownKeys(): string[][] {
  const root = configJsonSchema();
  const keys: string[][] = [];
  const walk = (schema: JsonSchema, path: string[]): void => {
    const name = schema.$ref?.split('/').at(-1);
    const target = name === undefined ? undefined : root.$defs?.[name];
    if (target !== undefined) walk(target, path);
    for (const option of schema.anyOf ?? []) walk(option, path);
    if (schema.items !== undefined) walk(schema.items, [...path, '[]']);
    if (typeof schema.additionalProperties === 'object') walk(schema.additionalProperties, [...path, '*']);
    for (const [key, value] of Object.entries(schema.properties ?? {})) {
      keys.push([...path, key]);
      walk(value, [...path, key]);
    }
  };
  walk(root, []);
  return keys;
}
