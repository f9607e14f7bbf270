"""The end of the making of a release: from here on nothing writes into it."""

from __future__ import annotations

from landfall_host.files import write_json
from landfall_host.public_files import publish, unread_by_proxies
from landfall_host.releases import record_path, whole_release

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from landfall_host.contract_types import CompleteRequest, CompleteResult
    from landfall_host.state import Host


def verb_complete(host: Host, ask: CompleteRequest, stdin: BinaryIO) -> CompleteResult:
    release = ask['release']
    host.lock()
    host.check_claim(ask['claim'])
    whole_release(host, release)
    host.unlock()  # a release may have many files
    notes = publish(host, release, ask['public'], ask['shared'])
    # With `public` a person has decided.
    unread = None if ask['public'] else unread_by_proxies(host, release)
    host.lock()
    host.check_claim(ask['claim'])
    entry = whole_release(host, release)
    if not (entry.get('completed') and entry.get('built', True)):
        write_json(record_path(host, release), {**entry, 'completed': True, 'built': True})
    return {'unread': unread, 'notes': notes}
