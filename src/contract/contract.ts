/**
 * `host/contract.json` for TypeScript: its limits, its patterns, and how a value is described there.
 * The types of requests and results are in `contract-types.ts`, made by `npm run contract`; the checks of
 * answers are in `answers.ts`. Without zod, so that a workflow may import it.
 */
import contract from '../../host/contract.json';

/** How `host/contract.json` describes a value; its `about` says what each of these means. */
export type Shape = string | ({ about?: string; orNull?: boolean } & Form);

type Form =
  | { type: string }
  | { pattern: string; maxLength?: number; is: string }
  | { line: number }
  | { text: number }
  | { prose: number }
  | { minimum: number; maximum: number; multipleOf?: number }
  | { flag: true }
  | { enum: string[]; otherwise?: string }
  | { format: 'ip' }
  | { list: Shape; most: number }
  | { list: Shape; first: number }
  | { map: Shape; names: Shape; most: number }
  | { map: Shape; names: Shape; first: number }
  | { fields: Record<string, Shape>; json?: number }
  | { either: Shape[] };

const { types } = contract;
type Types = typeof types;
export type TypeName = keyof Types;
/** The types that have a pattern. */
export type PatternName = {
  [Name in TypeName]: Types[Name] extends { pattern: string } ? Name : never;
}[TypeName];

/** Sent in every request and every answer; a helper that speaks another one is `SetupNeeded`. */
export const PROTOCOL = contract.protocol;

/** Where `landfall setup` puts the helper, and the only command that sudo allows the deploying user. */
export const HELPER_PATH = contract.helper;

/** The same types, as the checks read them. */
export const SHAPES = types as unknown as Record<string, Shape>;

/** The limits that belong to no single value. */
export const LIMITS = contract.limits;

/** Every named type as it is described: `TYPES.duration.maximum`, `TYPES.env.most`, `TYPES.app.maxLength`. */
export const TYPES = types;

/** @returns the pattern of a named type, which matches whole texts; `maxLength` stands next to it in `TYPES` */
export function patternOf(name: PatternName): RegExp {
  return whole(types[name].pattern);
}

/** A pattern of the contract, as it counts: for the whole text, by code points. Python's `re.fullmatch` does the same. */
export function whole(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, 'u');
}

/** Whether a text is one of a named type: its pattern and its length. */
export function isOf(name: PatternName, text: string): boolean {
  const type: { pattern: string; maxLength?: number } = types[name];
  return whole(type.pattern).test(text) && text.length <= (type.maxLength ?? Number.POSITIVE_INFINITY);
}
