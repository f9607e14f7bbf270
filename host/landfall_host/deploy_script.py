"""The script that deploys an ejected service: its text, from a template and quoted values. Pure."""

from __future__ import annotations

import os
import re
import shlex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def template() -> str:
    """`deploy.sh`, which lies where `contract.json` does."""
    path = os.path.join(os.path.dirname(os.path.dirname(__file__)), 'deploy.sh')
    text: str = __spec__.loader.get_data(path).decode()  # type: ignore[union-attr]  # as in `contract`
    return text


# For each command that builds; `migrate:` likewise.
BUILD = r"""say "building: "@words@
as_deployer env -C "$next.tree@inside@" PATH="$next/bin:/usr/local/bin:/usr/bin:/bin" @words@ ||
  refuse "the build failed; nothing was changed"
"""
MIGRATE = r"""say "migrating: "@words@
as_service "$next.tree@inside@" /usr/bin/env @words@ || refuse "the migration failed; $unit was not changed"
"""
# Built files are not in Git. Those that the new ones replace are kept for a rollback.
KEEP_BUILT = r"""as_deployer bash -c 'cd "$1.tree" && git ls-files --others -z | tar --null -T - -cf "$1.built"' \
  - "$next"
as_deployer bash -c 'cd "$2" && tar -tf "$1.built" | tar --ignore-failed-read -T - -cf "$1.before" 2>/dev/null' \
  - "$next" "$checkout"
"""
UNPACK = r"""
  as_deployer tar -C "$checkout" -xf "$3" || return 1"""


def deploy_script(values: dict[str, Any], uv: str | None) -> str:
    """`values`: of the template by name; a list becomes several words. `uv`: its path on the host."""
    inside = '/' + values['inside'] if values['inside'] else ''
    build = [filled(BUILD, {'words': quoted(words), 'inside': inside}) for words in values['build']]
    migrate = values['migrate']
    properties = [
        *(f'-p {shlex.quote("EnvironmentFile=" + path)}' for path in values['envFiles']),
        *(f'-E {shlex.quote(each)}' for each in values['env']),
    ]
    return filled(
        template(),
        {
            **{name: quoted(value) for name, value in values.items() if name not in ('packages', 'build')},
            'install': install(values['packages'], uv),
            'inside': inside,
            'properties': ' '.join(properties),
            'build': ''.join([*build, KEEP_BUILT]) if build else '',
            'unpack': UNPACK if build else '',
            'migrate': filled(MIGRATE, {'words': quoted(migrate), 'inside': inside}) if migrate else '',
        },
    )


def filled(template: str, values: dict[str, str]) -> str:
    """In one pass: a value may itself look like a name of the template."""
    return re.sub(r'@([A-Za-z]+)@', lambda found: values[found.group(1)], template)


def quoted(value: Any) -> str:
    if isinstance(value, list):
        return ' '.join(map(shlex.quote, value))
    return shlex.quote(str(value))


def install(packages: dict[str, Any], uv: str | None) -> str:
    """`packages`: {kind, files, options}."""
    kind, files, options = packages['kind'], packages['files'], quoted(packages['options'])
    program = shlex.quote(uv) if uv else None
    make = f'{program} venv --quiet --python "$python" "$next"' if program else '"$python" -m venv "$next"'
    put = (
        f'{program} pip install --quiet --python "$next/bin/python"'
        if program
        else '"$next/bin/pip" install --quiet'
    )
    if kind == 'uv':
        if program is None:
            program, make = (
                '"$next/bin/uv"',
                '"$python" -m venv "$next" && as_deployer "$next/bin/pip" install --quiet uv',
            )
        lines = [
            f'as_deployer {make} &&',
            '  as_deployer env -C "$tree" UV_PROJECT_ENVIRONMENT="$next" \\',
            f'    {program} sync --quiet --frozen --no-editable --no-dev --inexact {options}'.rstrip(),
        ]
    elif kind in ('poetry', 'pdm'):
        plugin = ' poetry-plugin-export' if kind == 'poetry' else ''
        export = (
            f'export --format requirements.txt --output "$next.txt" {options}'
            if kind == 'poetry'
            else f'export --prod --format requirements --output "$next.txt" {options}'
        )
        lines = [
            'as_deployer "$python" -m venv "$next.tool" &&',
            f'  as_deployer "$next.tool/bin/pip" install --quiet {kind}{plugin} &&',
            f'  as_deployer env -C "$tree" "$next.tool/bin/{kind}" {export.rstrip()} &&',
            f'  as_deployer {make} &&',
            f'  as_deployer env -C "$tree" {put} -r "$next.txt" && as_deployer rm -rf "$next.tool" "$next.txt"',
        ]
    else:
        what = (
            ' '.join(f'-r {shlex.quote(each)}' for each in files) if files else '.' + quoted_extras(packages)
        )
        lines = [f'as_deployer {make} &&', f'  as_deployer env -C "$tree" {put} {what}']
    return '\n'.join('  ' + line for line in lines)


def quoted_extras(packages: dict[str, Any]) -> str:
    return f'[{",".join(packages["extras"])}]' if packages.get('extras') else ''
