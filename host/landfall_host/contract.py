"""The contract between controller and helper: `contract.json`. The file says how it describes a value.

A check raises ValueError with what the value must be. Nothing is prepared before it is asked for: a request needs
one verb's fields, and a helper lives for milliseconds.
"""

from __future__ import annotations

import json
import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def load() -> dict[str, Any]:
    """Lies next to this package, in a directory, in the helper's one file, or in memory."""
    package = os.path.dirname(__file__)
    path = os.path.join(os.path.dirname(package), 'contract.json')
    contract: dict[str, Any] = json.loads(__spec__.loader.get_data(path).decode())  # type: ignore[union-attr]  # each of them has it
    return contract


CONTRACT = load()
TYPES, LIMITS = CONTRACT['types'], CONTRACT['limits']
RELEASE, NAME = TYPES['release']['pattern'], TYPES['serviceName']['pattern']

# Forbidden in text on one line, and in any text: half a character (a lone surrogate) cannot be written to a file.
NOT_ON_A_LINE = r'[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]'
NOT_IN_TEXT = r'[\x00\ud800-\udfff]'
BYTE = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])'


def check(shape: str | dict[str, Any], value: object) -> None:
    """`shape`: the name of a type, with `?` behind it where the value may be null, or a description."""
    if isinstance(shape, str):
        if not shape.endswith('?') or value is not None:
            check(TYPES[shape.rstrip('?')], value)
    elif value is not None or not shape.get('orNull'):
        for keyword, checks in CHECKS.items():
            if keyword in shape:
                checks(shape, value)


def check_type(shape: dict[str, Any], value: object) -> None:
    check(shape['type'], value)


def check_pattern(shape: dict[str, Any], value: object) -> None:
    if not isinstance(value, str) or len(value) > shape.get('maxLength', len(value)):
        raise ValueError('must be ' + shape['is'])
    if not re.fullmatch(shape['pattern'], value):
        raise ValueError('must be ' + shape['is'])


def check_line(shape: dict[str, Any], value: object) -> None:
    if not isinstance(value, str) or len(value) > shape['line'] or re.search(NOT_ON_A_LINE, value):
        raise ValueError(f'must be text of at most {shape["line"]} characters on one line')


def check_text(shape: dict[str, Any], value: object) -> None:
    if not isinstance(value, str) or len(value) > shape['text'] or re.search(NOT_IN_TEXT, value):
        raise ValueError(f'must be text of at most {shape["text"]} characters')


def check_number(shape: dict[str, Any], value: object) -> None:
    low, high, step = shape['minimum'], shape['maximum'], shape.get('multipleOf', 1)
    if type(value) is not int or not low <= value <= high or value % step:
        steps = '' if step == 1 else f', a multiple of {step}'
        raise ValueError(f'must be a whole number from {low} to {high}{steps}')


def check_flag(shape: dict[str, Any], value: object) -> None:
    if type(value) is not bool:
        raise ValueError('must be true or false')


def check_enum(shape: dict[str, Any], value: object) -> None:
    if not isinstance(value, str) or value not in shape['enum']:
        raise ValueError('must be one of ' + ', '.join(shape['enum']))


def check_ip(shape: dict[str, Any], value: object) -> None:
    """Never a name: a look-up takes as long as the name server likes, and may return another host's address."""
    if not isinstance(value, str) or not is_ip(value):
        raise ValueError('must be an IP address')


def is_ip(value: str) -> bool:
    if re.fullmatch(rf'({BYTE}\.){{3}}{BYTE}', value):
        return True
    if not re.fullmatch(r'[0-9A-Fa-f.:]{2,45}', value):
        return False
    import socket  # takes longer than all the rest here, and most services have an IPv4 address

    try:
        return bool(socket.inet_pton(socket.AF_INET6, value))
    except OSError:
        return False


def check_list(shape: dict[str, Any], value: object) -> None:
    if not isinstance(value, list) or len(value) > shape['most']:
        raise ValueError(f'must be a list of at most {shape["most"]}')
    for item in value:
        check(shape['list'], item)


def check_map(shape: dict[str, Any], value: object) -> None:
    if not isinstance(value, dict) or len(value) > shape['most']:
        raise ValueError(f'must be an object of at most {shape["most"]} names')
    for name, item in value.items():
        try:
            check(shape['names'], name)
            check(shape['map'], item)
        except ValueError as error:
            raise ValueError(f'{name[:60]!r}: {error}') from None


def check_fields(shape: dict[str, Any], value: object) -> None:
    if not isinstance(value, dict):
        raise ValueError('must be an object')
    known = {name.rstrip('?'): (name, field) for name, field in shape['fields'].items()}
    for name in value:
        if name not in known:
            raise ValueError(f'has an unknown field {name[:60]!r}')
    for name, (written, field) in known.items():
        if name in value:
            try:
                check(field, value[name])
            except ValueError as error:
                raise ValueError(f'{name}: {error}') from None
        elif name == written:
            raise ValueError(f'lacks the field {name!r}')


def check_json(shape: dict[str, Any], value: object) -> None:
    if len(json.dumps(value, ensure_ascii=False)) > shape['json']:
        most = f'must be at most {shape["json"]} characters in all'
        raise ValueError(f'{most}; put larger values in a file of the release')


def check_either(shape: dict[str, Any], value: object) -> None:
    problems = []
    for each in shape['either']:
        try:
            check(each, value)
            return
        except ValueError as error:
            problems.append(str(error))
    raise ValueError(' or '.join(problems))


# By the word that a description has, in the order in which they are checked.
CHECKS = {
    'type': check_type,
    'pattern': check_pattern,
    'line': check_line,
    'text': check_text,
    'minimum': check_number,
    'flag': check_flag,
    'enum': check_enum,
    'format': check_ip,
    'list': check_list,
    'map': check_map,
    'fields': check_fields,
    'json': check_json,
    'either': check_either,
}
