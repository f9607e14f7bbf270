/** The TypeScript types of `host/contract.json`: the text of `src/contract/contract-types.ts`. */
import type { Shape } from '../../src/contract/contract';
import {
  aboutOf,
  bare,
  type Call,
  eject,
  hasName,
  setup,
  shapeNamed,
  typeName,
  types,
  verbs,
  WIDTH,
  wrapped,
} from './description';

/** The whole text of `src/contract/contract-types.ts`. Pure. */
export function contractTypes(): string {
  const named = Object.entries(types).filter(([, shape]) => hasName(shape));
  const calls = Object.entries(verbs).map(
    ([verb, call]) => `${comment(call.about, '  ')}  ${keyOf(verb)}: ${callType(call, '  ')};\n`,
  );
  return [
    '// Made from host/contract.json by `npm run contract`. Change that file instead.\n\n',
    ...named.map(
      ([name, shape]) => `${comment(aboutOf(shape), '')}${declared(typeName(name), shape)}

`,
    ),
    '/** Request and result of every verb. Verbs with a `claim` change something and are safe to repeat. */\n',
    `export interface Verbs {\n${calls.join('')}}\n\n`,
    `${comment(setup.about, '')}export interface Setup ${callType(setup, '')}\n\n`,
    `${comment(eject.about, '')}export interface Eject ${callType(eject, '')}\n`,
  ].join('');
}

function declared(name: string, shape: Shape): string {
  const type = typeOf(bare(shape), '');
  if (type.startsWith('{\n')) return `export interface ${name} ${type}`;
  const line = `export type ${name} = ${type};`;
  return line.length <= WIDTH ? line : `export type ${name} =\n  | ${type.replace(/ \| (?=\{)/g, '\n  | ')};`;
}

function callType({ request, result }: Call, indent: string): string {
  const inner = `${indent}  `;
  const asked = typeof request === 'string' ? request : { fields: request as Record<string, Shape> };
  return `{\n${inner}request: ${typeOf(asked, inner)};\n${inner}result: ${typeOf(result, inner)};\n${indent}}`;
}

function typeOf(shape: Shape, indent: string): string {
  if (typeof shape === 'string')
    return shape.endsWith('?') ? `${typeOf(shape.slice(0, -1), indent)} | null` : named(shape, indent);
  const type = formOf(shape, indent);
  return shape.orNull ? `${type} | null` : type;
}

function named(name: string, indent: string): string {
  const shape = shapeNamed(name);
  return hasName(shape) ? typeName(name) : typeOf(bare(shape), indent);
}

function formOf(shape: Exclude<Shape, string>, indent: string): string {
  if ('type' in shape) return typeOf(shape.type, indent);
  if ('minimum' in shape) return 'number';
  if ('flag' in shape) return 'boolean';
  if ('enum' in shape) return shape.enum.map((word) => `'${word}'`).join(' | ');
  if ('list' in shape) return listOf(typeOf(shape.list, indent));
  if ('map' in shape) return `Record<string, ${typeOf(shape.map, indent)}>`;
  if ('either' in shape) return shape.either.map((each) => inOneLine(typeOf(each, ''))).join(' | ');
  if ('fields' in shape) return fieldsOf(shape.fields, indent);
  return 'string';
}

function listOf(item: string): string {
  return /^\w+$/.test(item) ? `${item}[]` : `Array<${item}>`;
}

function inOneLine(type: string): string {
  return type.replace(/;\n\}/, ' }').replace(/\n\s*/g, ' ');
}

function fieldsOf(fields: Record<string, Shape>, indent: string): string {
  const inner = `${indent}  `;
  const lines = Object.entries(fields).map(
    ([name, shape]) => `${comment(aboutOf(shape), inner)}${inner}${keyOf(name)}: ${typeOf(shape, inner)};\n`,
  );
  return lines.length === 0 ? 'Record<string, never>' : `{\n${lines.join('')}${indent}}`;
}

function comment(about: string | undefined, indent: string): string {
  if (about === undefined) return '';
  const lines = wrapped(about, WIDTH - indent.length - 3);
  if (lines.length === 1) return `${indent}/** ${about} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join('')}${indent} */\n`;
}

function keyOf(name: string): string {
  const optional = name.endsWith('?') ? '?' : '';
  const key = name.replace(/\?$/, '');
  return `${/^\w+$/.test(key) ? key : `'${key}'`}${optional}`;
}
