/** `host/contract.json`, as the writers of types read it. */
import contract from '../../host/contract.json';
import type { Shape } from '../../src/contract/contract';

/** As wide as the other code. */
export const WIDTH = 110;

/** A verb, or the setup of a host. */
export interface Call {
  about: string;
  request: Shape | Record<string, Shape>;
  result: Shape;
}

export const types: Record<string, Shape> = contract.types as never;
export const verbs: Record<string, Call> = contract.verbs as never;
export const setup: Call = contract.setup as never;
export const eject: Call = contract.eject as never;

/** @throws Error when the contract has no type of that name */
export function shapeNamed(name: string): Shape {
  const shape = types[name];
  if (shape === undefined) throw new Error(`host/contract.json has no type ${name}`);
  return shape;
}

/** Whether a named type is a type of its own in code: one that has parts. */
export function hasName(shape: Shape): boolean {
  return typeof shape !== 'string' && ('fields' in shape || 'either' in shape);
}

export function bare(shape: Shape): Shape {
  return typeof shape === 'string' ? shape : { ...shape, about: undefined };
}

export function aboutOf(shape: Shape): string | undefined {
  return typeof shape === 'string' ? undefined : shape.about;
}

export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** `claimRecord` and `claim-record` are `ClaimRecord`. */
export function typeName(name: string): string {
  return name.replace(/(?:^|-)[a-z]/g, (start) => start.slice(-1).toUpperCase());
}
