"""No value of an environment file leaves this host."""
import json
import re

from landfall_host.files import read_text

# Where the gate, a rehearsal or the controller has cut a text; each of them has it of its own.
CUT = '[landfall: cut]'
# A journal has one for each worker and attempt. Looking at them takes 0.2 ms each.
MOST_CUTS = 500


def parse_environment(content):
    """NAME to value, with comments, quotes and escapes as systemd's EnvironmentFile= takes them."""
    quoted = r"""'[^']*'|"(?:[^"\\]|\\.)*\""""
    entry = re.compile(r"""^[ \t]*(?:[#;](?:[^\\\n]|\\.)*|([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*"""
                       r"""((?:(?:%s)[ \t]*)*(?:[^\\\n]|\\.)*))""" % quoted, re.M | re.S)
    values = {}
    for name, raw in entry.findall(content):
        if not name:
            continue
        value = ''
        for single, double, plain in re.findall(r"""('[^']*')[ \t]*|("(?:[^"\\]|\\.)*")[ \t]*|((?:[^\\]|\\.)+)""", raw, re.S):
            unescaped = re.sub(r'\\(.)', lambda m: m.group(1).strip('\n'), plain, flags=re.S).rstrip()
            value += single[1:-1] + re.sub(r'\\(["\\`$]|\n)', lambda m: m.group(1).strip('\n'), double[1:-1]) + unescaped
        values[name] = value
    return values


def environment_of(host):
    values = {}
    for path in host.policy['envFiles']:
        values.update(parse_environment((read_text(path) or '').encode(errors='surrogateescape').decode(errors='replace')))
    return values


def secrets_of(values):
    """Each text to hide and the variable it comes from: values, their lines, passwords in URLs, JSON forms."""
    from urllib.parse import unquote
    found = {}
    for name, value in values.items():
        forms = [value] + value.splitlines()
        for pattern in (r'[A-Za-z][A-Za-z0-9+.-]*://[^:@/]*:(.+)@', r'[A-Za-z][A-Za-z0-9+.-]*://[^:@/]*:([^@/]+)@'):
            forms += re.findall(pattern, value)
        for form in forms:
            for spelled in (form, unquote(form), json.dumps(form)[1:-1], repr(form)[1:-1]):
                if len(spelled) >= 4:
                    found.setdefault(spelled, name)
    return found


class Redactor:
    def __init__(self, host):
        self.names = secrets_of(environment_of(host)) if host else {}
        longest_first = sorted(self.names, key=len, reverse=True)
        self.pattern = re.compile('|'.join(map(re.escape, longest_first))) if longest_first else None
        self.longest = len(longest_first[0].encode()) if longest_first else 0

    def without_begun(self, value):
        """Without the beginning of a secret at its very end: whoever wrote it was cut off there."""
        begun = self.longest_half(len(value), lambda form, length: value.endswith(form[:length]))
        at = len(value) - begun
        # It may begin within a whole one, of which half would be left then.
        return value[:min([at] + [start for start, end in self.whole_in(value) if start < at < end])] if begun else value

    def without_ended(self, value):
        """Without the end of a secret at its very beginning."""
        at = self.longest_half(len(value), lambda form, length: value.startswith(form[-length:]))
        return value[max([at] + [end for start, end in self.whole_in(value) if start < at < end]):] if at else value

    def longest_half(self, limit, is_there):
        return max((length for form in self.names for length in range(4, min(len(form) - 1, limit) + 1)
                    if is_there(form, length)), default=0)

    def whole_in(self, value):
        return [found.span() for found in self.pattern.finditer(value)]

    def __call__(self, value):
        value = value.encode('utf-8', 'replace').decode()
        if not self.pattern:
            return value
        parts = value.rsplit(CUT, MOST_CUTS)
        # An application that prints the mark for ever must not keep this busy: what comes before is left out.
        parts[0] = '' if CUT in parts[0] else parts[0]
        parts = parts[:1] + [self.without_ended(part) for part in parts[1:]]
        value = CUT.join([self.without_begun(part) for part in parts[:-1]] + parts[-1:])
        return self.pattern.sub(lambda found: '[redacted:%s]' % self.names[found.group()], value)


def tail(value, limit):
    """The end of a text, cut to a number of bytes without breaking a character."""
    data = value.encode()
    return value if len(data) <= limit else data[-limit:].decode(errors='ignore')
