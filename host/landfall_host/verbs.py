"""Every verb: its module, how it is called, its fields; and serving one request.

`claimed` and `live` verbs are called under the lock with the claim checked (`live` ones change what
serves, so they also compare attempts); `alone` ones look after lock and claim themselves. A verb's
module is imported when it is asked for: `observe` has to be quick.
"""

from __future__ import annotations

import importlib
import json

from landfall_host.fields import (
    address_of,
    check_field,
    claim_of,
    commit_sha,
    flag,
    kept_of,
    list_of,
    map_of,
    matching,
    maybe,
    number,
    optional,
    program,
    record,
    relative_path,
    release_id,
    step_name,
    text,
    variable,
)
from landfall_host.process_fields import process_of
from landfall_host.protocol import OUTPUT_LIMIT, Refused, read_request
from landfall_host.redaction import Redactor, tail
from landfall_host.run import check_own_limits
from landfall_host.secret_values import remember_names
from landfall_host.started import keep_started
from landfall_host.state import load_host

sentence, claimed_by = text(300), {'claim': claim_of}
# A day, as long as anything in landfall.yaml may take, and a minute around it: a rehearsal also starts and stops Gunicorn.
LONGEST_JOB = 86400000 + 60000
job_key = {'step': step_name, 'round': number(0, 1 << 30)}
rendered_from = dict(
    claimed_by, release=release_id, commit=commit_sha, address=address_of, process=process_of
)
wait = {'waitMilliseconds': number(0, 8000)}
VERBS = {
    'version': ('inspection', 'alone', {}),
    'inspect': ('inspection', 'alone', {'python': program, 'address': maybe(address_of)}),
    'observe': (
        'unit',
        'alone',
        {
            'address': maybe(address_of),
            'release': optional(maybe(release_id)),
            'waitMilliseconds': optional(wait['waitMilliseconds']),
        },
    ),
    'claim': (
        'claims',
        'alone',
        {'run': text(200), 'engine': sentence, 'commit': commit_sha, 'by': sentence, 'takeOver': flag},
    ),
    'repair': ('repair', 'claimed', claimed_by),
    'stage': (
        'staging',
        'alone',
        dict(
            claimed_by,
            commit=commit_sha,
            content=text(200),
            shared=list_of(relative_path, 100),
            beside=optional(flag),
            bytes=number(0, 1 << 32),
            sha256=matching(r'[0-9a-f]{64}|', 'a SHA-256'),
        ),
    ),
    'discard': ('releases', 'claimed', dict(claimed_by, release=release_id)),
    'venv': (
        'environments',
        'alone',
        dict(claimed_by, release=release_id, requirements=list_of(relative_path, 50), python=program),
    ),
    'job': (
        'jobs',
        'alone',
        dict(
            claimed_by,
            release=release_id,
            argv=list_of(text(100000, lines=True)),
            env=map_of(variable, text(30000, lines=True)),
            timeoutMilliseconds=number(1, LONGEST_JOB),
            memoryMaxBytes=maybe(number(1 << 20, 1 << 50)),
            venv=optional(maybe(matching(r'[0-9a-f]{16}', 'the name of an environment'))),
            **{'as': matching('service|deploy', '"service" or "deploy"')},
            **job_key,
            **wait,
        ),
    ),
    'job-wait': ('jobs', 'alone', dict(job_key, **wait, fence=number(1, 1 << 40))),
    'job-stop': ('jobs', 'alone', dict(claimed_by, **job_key)),
    'install-unit': ('release_unit', 'live', rendered_from),
    'restore-unit': (
        'release_unit',
        'live',
        dict(claimed_by, to=matching('before|boot', '"before" or "boot"')),
    ),
    'restart': ('service', 'live', dict(claimed_by, release=maybe(release_id))),
    'stop': ('service', 'live', claimed_by),
    'install-instance': ('release_unit', 'claimed', rendered_from),
    'start': (
        'overlap',
        'alone',
        dict(claimed_by, release=release_id, address=address_of, trial=flag, **wait),
    ),
    'switch': ('overlap', 'live', dict(claimed_by, release=release_id)),
    'make-room': (
        'overlap',
        'live',
        dict(claimed_by, release=maybe(release_id), closeSocket=flag, endUser=optional(flag)),
    ),
    'remove-instance': ('overlap', 'live', dict(claimed_by, release=release_id)),
    'probe': (
        'probe',
        'alone',
        {
            'address': address_of,
            'path': text(2000),
            'headers': map_of(matching(r'[A-Za-z0-9-]{1,100}', 'a header field'), text(4000)),
            'timeoutMilliseconds': number(1, 60000),
        },
    ),
    'evidence': (
        'journal',
        'alone',
        {
            'release': optional(maybe(release_id)),
            'invocation': maybe(matching(r'[0-9a-f]{32}', 'an invocation id')),
            'texts': map_of(text(100), text(1 << 18, lines=True)),
        },
    ),
    'mark-good': (
        'mark_good',
        'live',
        dict(claimed_by, release=release_id, keep=number(0, 1000), kept=optional(kept_of)),
    ),
    'finish': ('claims', 'alone', dict(claimed_by, outcome=sentence)),
}


def serve(stdin):
    """Checks one request and does it; returns the verb's result."""
    check_own_limits()
    ask = read_request(stdin)
    verb = VERBS.get(ask.get('verb')) if isinstance(ask.get('verb'), str) else None
    if verb is None:
        raise Refused('InvalidInput', f'There is no verb {json.dumps(ask.get("verb"))[:60]}.')
    module, kind, fields = verb
    # Before any waiting: setup may put a new version in the place of this file, and nothing is imported from it then.
    work = getattr(
        importlib.import_module('landfall_host.' + module), 'verb_' + ask['verb'].replace('-', '_')
    )
    request = {name: value for name, value in ask.items() if name not in ('protocol', 'verb', 'service')}
    check_field(record(fields), request, 'fields')
    host = load_host(ask.get('service'))
    try:
        if kind != 'alone':
            host.lock()
            host.check_claim(request['claim'], live=kind == 'live')
        if kind == 'live':
            keep_started(host)
            remember_names(host)
        return work(host, request, stdin)
    except Refused as refused:
        if refused.output is not None:
            refused.output = tail(Redactor(host)(refused.output), OUTPUT_LIMIT)
        raise
    finally:
        host.unlock()
        if host.trash:
            from landfall_host.trash import empty_trash

            empty_trash(host)
