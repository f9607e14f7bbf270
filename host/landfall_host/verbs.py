"""Every verb: its module and how it is called; and serving one request. Its fields are in the contract.

`claimed` and `live` verbs are called under the lock, with the claim checked. `live` verbs change the live release, so
they also compare attempts. `alone` verbs handle lock and claim themselves. A verb's module is imported when a request
needs it: `observe` has to be quick.
"""

from __future__ import annotations

import importlib
import json

from landfall_host.clean_process import check_own_limits
from landfall_host.contract import CONTRACT
from landfall_host.protocol import OUTPUT_LIMIT, Refused, check_request, read_request
from landfall_host.redaction import Redactor, tail
from landfall_host.secret_values import remember_names
from landfall_host.started import keep_started
from landfall_host.state import load_host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    from landfall_host.shapes import Answer

VERBS = {
    'version': ('inspection', 'alone'),
    'inspect': ('inspection', 'alone'),
    'observe': ('unit', 'alone'),
    'claim': ('claims', 'alone'),
    'finish': ('claims', 'alone'),
    'repair': ('repair', 'claimed'),
    'make-space': ('space', 'claimed'),
    'stage': ('staging', 'alone'),
    'discard': ('releases', 'claimed'),
    'environment': ('environments', 'alone'),
    'job': ('jobs', 'alone'),
    'job-wait': ('jobs', 'alone'),
    'job-stop': ('jobs', 'alone'),
    'complete': ('completion', 'alone'),
    'examine': ('examination', 'alone'),
    'install-unit': ('release_unit', 'live'),
    'restore-unit': ('release_unit', 'live'),
    'install-instance': ('release_unit', 'claimed'),
    'preview-unit': ('release_unit', 'alone'),
    'restart': ('service', 'live'),
    'stop': ('service', 'live'),
    'start': ('overlap', 'alone'),
    'switch': ('overlap', 'live'),
    'send-commit': ('checkout', 'alone'),
    'move-checkout': ('checkout', 'live'),
    'make-room': ('making_room', 'live'),
    'remove-instance': ('overlap', 'live'),
    'start-processes': ('process_verbs', 'alone'),
    'switch-processes': ('process_verbs', 'live'),
    'finish-processes': ('process_verbs', 'alone'),
    'env-list': ('env_verbs', 'alone'),
    'env-set': ('env_verbs', 'alone'),
    'probe': ('probe', 'alone'),
    'probe-domain': ('proxy_probe', 'alone'),
    'evidence': ('journal', 'alone'),
    'mark-good': ('mark_good', 'live'),
}


def request_of(verb: str) -> str | dict[str, Any]:
    """How a verb's fields are described."""
    fields = CONTRACT['verbs'][verb]['request']
    return fields if isinstance(fields, str) else {'fields': fields}


def serve(stdin: BinaryIO) -> Answer:
    """Checks one request and does it; returns the verb's result."""
    check_own_limits()
    ask = read_request(stdin)
    asked = ask.get('verb')
    verb = VERBS.get(asked) if isinstance(asked, str) else None
    if verb is None:
        raise Refused('InvalidRequest', f'There is no verb {json.dumps(ask.get("verb"))[:60]}.')
    module, kind = verb
    # Imported before any waiting: setup may replace this file, and then nothing can be imported from it.
    work = getattr(
        importlib.import_module('landfall_host.' + module), 'verb_' + ask['verb'].replace('-', '_')
    )
    request = {name: value for name, value in ask.items() if name not in ('protocol', 'verb', 'service')}
    check_request(request_of(ask['verb']), request, 'fields')
    host = load_host(ask.get('service'))
    try:
        if kind != 'alone':
            host.lock()
            host.check_claim(request['claim'], live=kind == 'live')
        if kind == 'live':
            keep_started(host)
            remember_names(host)
        result: Answer = work(host, request, stdin)
        return result
    except Refused as refused:
        if refused.output is not None:
            refused.output = tail(Redactor(host)(refused.output), OUTPUT_LIMIT)
        raise
    finally:
        host.unlock()
        if host.trash:
            from landfall_host.trash import empty_trash

            empty_trash(host)
