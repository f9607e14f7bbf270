"""Refuses unit text that is more than this service, as its user, from its own directories."""
import os
import re

from landfall_host.files import remove_tree, write_text
from landfall_host.instances import trial_path
from landfall_host.places import VERIFIED
from landfall_host.protocol import Refused
from landfall_host.run import account, run
from landfall_host.unit_texts import release_in


def check_unit(host, content, release, instance=False):
    """Refuses a unit that is more than this service, as its user, from its own directories."""
    allowed, section, seen = allowed_directives(host, release, instance), None, set()
    for at, line in enumerate(content.split('\n'), 1):
        def refuse(why):
            raise Refused('InvalidInput', 'Line %d of the unit, `%s`: %s.' % (at, line.split('=')[0][:60], why))
        if re.search(r'[\x00-\x1f\x7f]', line):
            refuse('has a control character')
        if line.endswith('\\'):
            refuse('ends in a line continuation')
        if not line.strip() or line.startswith(('#', ';')):
            continue
        header = re.fullmatch(r'\[(\w+)\]', line)
        if header:
            section = header.group(1)
            if section not in allowed:
                refuse('is not a section that is allowed')
            continue
        parts = re.fullmatch(r'([A-Za-z]+)=(.*)', line)
        if not parts or section is None:
            refuse('is not a directive')
        name, value = parts.groups()
        if name not in allowed[section]:
            refuse('is not allowed in [%s]' % section)
        pattern, repeats = allowed[section][name]
        if '%' in value.replace('%%', ''):
            refuse('has a % specifier; write %% for a percent sign')
        if name in seen and not repeats:
            refuse('stands there twice')
        seen.add(name)
        if not re.fullmatch(pattern, value):
            refuse('has a value that is not allowed (allowed: %s)' % pattern.replace('\\', ''))
        if name in ('WorkingDirectory', 'ExecStart') and not inside(host, value.split(' ')[0]):
            refuse('must be inside %s or %s' % (host.releases, host.venvs))
        if name == 'ExecStart' and ';' in value.split(' '):
            refuse('is more than one command')
        if name == 'Environment' and 'LANDFALL_RELEASE' in value and release_in(line) != release:
            refuse('must be LANDFALL_RELEASE=%s' % release)
    needed = {'User', 'Group', 'WorkingDirectory', 'ExecStart'}
    if instance:
        needed |= {'PartOf', 'Sockets', 'NonBlocking', 'StartLimitIntervalSec'}
        if 'EnvironmentFile=-' + trial_path(host, release) not in content.split('\n'):
            raise Refused('InvalidInput', 'The unit lacks the line EnvironmentFile=-%s.' % trial_path(host, release))
    missing = needed - seen
    if missing:
        raise Refused('InvalidInput', 'The unit lacks %s=.' % '=, '.join(sorted(missing)))
    if release_in(content) != release:
        raise Refused('InvalidInput', 'The unit lacks the line Environment=LANDFALL_RELEASE=%s.' % release)


def allowed_directives(host, release, instance):
    """Section to directive to (pattern of its value, whether it may stand more than once).

    `instance`: for a release that runs beside others.
    """
    import grp
    word, words, seconds, mode = r'[A-Za-z0-9-]+', r'[A-Za-z0-9@_.:\\-]+( [A-Za-z0-9@_.:\\-]+)*', r'[0-9a-z. ]+', r'0?[0-7]{3}'
    size, group = r'(\d+[KMGT]?|infinity)', grp.getgrgid(account(host.user).pw_gid).gr_name
    service = {
        'Type': 'simple|exec|notify', 'NotifyAccess': 'main|exec|all', 'User': re.escape(host.user), 'Group': re.escape(group),
        'WorkingDirectory': r'/[A-Za-z0-9._@+/-]+', 'ExecStart': r'/[A-Za-z0-9._@+/-]+( .*)?',
        'KillMode': 'control-group|mixed', 'KillSignal': 'SIG[A-Z0-9]+', 'TimeoutStartSec': seconds, 'TimeoutStopSec': seconds,
        'Restart': word, 'RestartSec': seconds, 'PrivateTmp': word, 'ProtectSystem': word, 'ProtectHome': word,
        'NoNewPrivileges': word, 'RuntimeDirectory': re.escape('landfall/services/%s/%s' % (host.service, release)) + '( %s)?' % re.escape(host.service + '.run'), 'RuntimeDirectoryMode': mode,
        'LimitNOFILE': r'\d+(:\d+)?|infinity', 'MemoryMax': size, 'MemoryHigh': size, 'OOMScoreAdjust': r'\d{1,4}',
        'UMask': mode, 'SyslogIdentifier': r'[A-Za-z0-9._-]+'}
    table = {
        # Wants= starts what it names, as root if need be: only what is started at boot anyway.
        'Unit': {'Description': ('.+', 0), 'Documentation': ('.+', 1), 'After': (words, 1),
                 'Wants': (r'(network|network-online|nss-lookup|time-sync)\.target( (network|network-online)\.target)*', 1),
                 'StartLimitIntervalSec': (seconds, 0), 'StartLimitBurst': (r'\d+', 0)},
        'Service': {name: (pattern, 0) for name, pattern in service.items()},
        'Install': {'WantedBy': (r'multi-user\.target', 0)}}
    table['Service']['Environment'] = ('.+', 1)
    environment_files = host.policy['envFiles']
    if instance:
        # Its trial: there or not when it starts.
        environment_files = environment_files + ['-' + trial_path(host, release)]
        table['Unit']['PartOf'] = (re.escape(host.unit), 0)
        table['Service']['Sockets'] = (re.escape(host.socket), 0)
        table['Service']['NonBlocking'] = ('yes', 0)
        del table['Install']  # the handle wants it
    table['Service']['EnvironmentFile'] = ('|'.join(map(re.escape, environment_files)) or '(?!)', 1)
    return table


def inside(host, path):
    return os.path.normpath(path) == path and path.startswith((host.releases + '/', host.venvs + '/'))


def verify_unit(host, content, unit):
    """What systemd itself says about it; its warnings (an unknown key, a value it ignores) count as errors."""
    directory = '%s.%d' % (VERIFIED, os.getpid())
    os.makedirs(directory, mode=0o700)
    path = os.path.join(directory, unit)
    try:
        write_text(path, content, 0o644)
        status, out, err = run(['systemd-analyze', 'verify', '--man=no', '--recursive-errors=no', path])
        alone = 'unrecognized option' not in err
        if not alone:  # before systemd 250; it then also reports the faults of units that are not ours
            status, out, err = run(['systemd-analyze', 'verify', '--man=no', path])
    finally:
        remove_tree(directory)
    said = [line for line in (out + err).splitlines() if path in line or line.startswith(unit + ':')]
    if said or (status and alone):
        raise Refused('CommandFailed', '`systemd-analyze verify` does not accept the unit %s.' % unit,
                      ('\n'.join(said) or out + err).replace(directory + '/', ''))
