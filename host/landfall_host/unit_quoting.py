"""How words are written in a unit file: systemd.syntax(7), systemd.service(5). Pure."""

from __future__ import annotations

import re


def quote_for_command(word: str) -> str:
    """One word of `ExecStart=`. There `%` begins a specifier, `$` a variable, and a line feed a directive."""
    if re.fullmatch(r'[A-Za-z0-9_@+=:,./-]+', word):
        return word
    escaped = re.sub(r'[\\"]', r'\\\g<0>', word).replace('%', '%%').replace('$', '$$')
    plain = re.sub(r'[\x00-\x1f\x7f-\x9f]', lambda found: f'\\u{ord(found.group()):04x}', escaped)
    return f'"{plain}"'


def quote_for_environment(assignment: str) -> str:
    """One assignment of `Environment=`. There `%` begins a specifier, and `$` is a letter like any other."""
    if re.fullmatch(r'[A-Za-z0-9_@+=:,./-]+', assignment):
        return assignment
    escaped = re.sub(r'[\\"]', r'\\\g<0>', assignment).replace('%', '%%')
    plain = re.sub(r'[\x00-\x1f\x7f-\x9f]', lambda found: f'\\u{ord(found.group()):04x}', escaped)
    return f'"{plain}"'
