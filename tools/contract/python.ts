/** The Python types of `host/contract.json`: the text of `host/landfall_host/contract_types.py`. */
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

const HEAD = `"""Made from host/contract.json by \`npm run contract\`. Change that file instead.

For the type checker: not imported at run time.
"""

from __future__ import annotations

from typing import Dict, List, Literal, Optional, TypedDict, Union, final

from typing_extensions import NotRequired
`;

/** Python's words that the contract could use as a field. */
const KEYWORDS = new Set('as class def for from global if import in is not pass try with'.split(' '));

interface Field {
  name: string;
  type: string;
  comment: string;
}

/**
 * The whole text of `contract_types.py`. Pure. A named type with parts is a class. An object or a
 * list of words within another one has a name of its own: that of the outer one, and its field.
 */
export function pythonTypes(): string {
  const classes: string[] = [];

  function declare(name: string, shape: Shape, decorator = ''): void {
    const about = aboutOf(shape);
    const form = bare(shape);
    if (typeof form !== 'string' && 'either' in form) {
      const names = form.either.map((each) => {
        const alternative = `${name}${alternativeName(each)}`;
        declare(alternative, each, '@final\n'); // mypy then knows an alternative by one of its fields
        return alternative;
      });
      classes.push(`${comment(about, '')}${name} = Union[${names.join(', ')}]\n`);
    } else if (typeof form !== 'string' && 'fields' in form) {
      const fields = Object.entries(form.fields).map(([field, each]) => ({
        name: field.replace(/\?$/, ''),
        type: fieldType(name, field, each),
        comment: comment(aboutOf(each), '    '),
      }));
      classes.push(`${decorator}${classText(name, about, fields)}`);
    }
  }

  function fieldType(owner: string, written: string, shape: Shape): string {
    const type = typeOf(shape, `${owner}${typeName(written.replace(/\?$/, ''))}`);
    return written.endsWith('?') ? `NotRequired[${type}]` : type;
  }

  /** `name` is for a type that has to be declared for this shape. */
  function typeOf(shape: Shape, name: string): string {
    if (typeof shape === 'string') {
      return shape.endsWith('?') ? orNone(typeOf(shape.slice(0, -1), name)) : namedType(shape, name);
    }
    const type = formOf(shape, name);
    return shape.orNull ? orNone(type) : type;
  }

  function namedType(name: string, className: string): string {
    const shape = shapeNamed(name);
    return hasName(shape) ? typeName(name) : typeOf(bare(shape), className);
  }

  function formOf(shape: Exclude<Shape, string>, name: string): string {
    if ('type' in shape) return typeOf(shape.type, name);
    if ('minimum' in shape) return 'int';
    if ('flag' in shape) return 'bool';
    if ('list' in shape) return `List[${typeOf(shape.list, name)}]`;
    if ('map' in shape) return `Dict[str, ${typeOf(shape.map, name)}]`;
    if ('enum' in shape) {
      classes.push(`${name} = Literal[${shape.enum.map((word) => `'${word}'`).join(', ')}]\n`);
    } else if (hasName(shape)) {
      declare(name, shape);
    } else {
      return 'str';
    }
    return name;
  }

  function declareCall(name: string, { request, result }: Call): void {
    if (typeof request !== 'string') declare(`${name}Request`, { fields: request as Record<string, Shape> });
    declare(`${name}Result`, result);
  }

  for (const [name, shape] of Object.entries(types)) if (hasName(shape)) declare(typeName(name), shape);
  for (const [verb, call] of Object.entries(verbs)) declareCall(typeName(verb), call);
  declareCall('Setup', setup);
  declareCall('Eject', eject);
  return [HEAD, ...classes].join('\n\n');
}

/** The statement of a class cannot have a field such as `as`, a word of Python's. A call can. */
function classText(name: string, about: string | undefined, fields: Field[]): string {
  if (fields.some((field) => KEYWORDS.has(field.name))) {
    const items = fields.map((field) => `${field.comment}    '${field.name}': ${field.type},\n`);
    return `${comment(about, '')}${name} = TypedDict('${name}', {\n${items.join('')}})\n`;
  }
  const text = docstring(about);
  const lines = fields.map((field) => `${field.comment}    ${field.name}: ${field.type}\n`).join('');
  const gap = text !== '' && lines !== '' ? '\n' : '';
  return `class ${name}(TypedDict):\n${text}${gap}${lines}${text + lines === '' ? '    pass\n' : ''}`;
}

/** An alternative is named by its first field. */
function alternativeName(shape: Shape): string {
  const [first = ''] = typeof shape !== 'string' && 'fields' in shape ? Object.keys(shape.fields) : [];
  return typeName(first);
}

function orNone(type: string): string {
  return `Optional[${type}]`;
}

function docstring(about: string | undefined): string {
  if (about === undefined) return '';
  const [first = '', ...others] = wrapped(about, WIDTH - 7);
  if (others.length === 0) return `    """${first}"""\n`;
  return `    """${[first, ...others].join('\n    ')}\n    """\n`;
}

function comment(about: string | undefined, indent: string): string {
  const lines = about === undefined ? [] : wrapped(about, WIDTH - indent.length - 2);
  return lines.map((line) => `${indent}# ${line}\n`).join('');
}
