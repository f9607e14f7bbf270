import { z } from 'zod';
import { fileSchema } from './file';

/** The parts of a JSON Schema that ours consists of. */
interface JsonSchema {
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  description?: string;
  default?: unknown;
  /** Ours: what holds for a key without a default. */
  otherwise?: string;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: boolean | JsonSchema;
  anyOf?: JsonSchema[];
  items?: JsonSchema;
}

type Override = NonNullable<z.core.ToJSONSchemaParams['override']>;

function jsonSchema(override: Override = () => undefined): JsonSchema {
  return z.toJSONSchema(fileSchema, { io: 'input', target: 'draft-2020-12', override }) as JsonSchema;
}

/** JSON Schema (draft 2020-12) of `landfall.yaml`, for editors. What it cannot say, `loadConfig` checks. */
export function schemaFileText(): string {
  const schema = jsonSchema(({ jsonSchema }) => {
    const { otherwise, description } = jsonSchema as JsonSchema;
    delete jsonSchema.otherwise;
    if (otherwise !== undefined) jsonSchema.description = `${description} Default: ${otherwise}.`;
  });
  return `${JSON.stringify({ title: 'landfall.yaml', ...schema }, null, 2)}\n`;
}

/** A key that may be written. */
export interface KnownKey {
  /** `*` stands for a name of one's own choice, `[]` for an item of a list: `environments.*.hosts.[].port`. */
  path: string[];
  description?: string;
  default?: unknown;
  otherwise?: string;
}

/** Every key that may be written. Keys that repeat under an environment are included there too. */
export function knownKeys(): KnownKey[] {
  const root = jsonSchema();
  const keys: KnownKey[] = [];
  const walk = (schema: JsonSchema, path: string[]): void => {
    const target = root.$defs?.[schema.$ref?.split('/').at(-1) ?? ''];
    if (target !== undefined) walk(target, path);
    for (const option of schema.anyOf ?? []) walk(option, path);
    if (schema.items !== undefined) walk(schema.items, [...path, '[]']);
    if (typeof schema.additionalProperties === 'object') walk(schema.additionalProperties, [...path, '*']);
    for (const [key, value] of Object.entries(schema.properties ?? {})) {
      keys.push({ ...value, path: [...path, key] });
      walk(value, [...path, key]);
    }
  };
  walk(root, []);
  return keys;
}
