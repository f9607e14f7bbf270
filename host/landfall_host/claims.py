"""Taking the host for one run, and giving it back."""

from __future__ import annotations

from landfall_host.checkout_boot import drop_guard
from landfall_host.files import now
from landfall_host.job_sweep import forget_jobs_before, stop_jobs_before
from landfall_host.protocol import Refused
from landfall_host.scraps import remove_scraps
from landfall_host.state import describe_claim

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from landfall_host.contract_types import ClaimRequest, ClaimResult, FinishRequest, FinishResult
    from landfall_host.state import Host


def verb_claim(host: Host, ask: ClaimRequest, stdin: BinaryIO) -> ClaimResult:
    state = host.lock()
    owner, run_id = state['claim'], ask['run']
    took_over = None
    if owner is None or owner['run'] != run_id:
        if owner and run_id in state['runs']:
            raise Refused(
                'Fenced',
                f'This run had fence {state["runs"][run_id]}. The host now belongs to '
                f'{describe_claim(owner)}.',
            )
        if owner and owner['state'] == 'open':
            if owner['engine'] != ask['engine'] and not ask['takeOver']:
                raise Refused(
                    'Fenced',
                    (
                        f'A deploy of another engine ({owner["engine"]}) is unfinished on this host: '
                        f'{describe_claim(owner)}. Finish it there, or take the host over.'
                    ),
                )
            took_over = owner
        state['fence'] += 1
        state['claim'] = {
            'fence': state['fence'],
            'run': run_id,
            'engine': ask['engine'],
            'commit': ask['commit'],
            'by': ask['by'],
            'since': now(),
            'state': 'open',
            'outcome': None,
        }
        state['runs'][run_id] = state['fence']
        state['runs'] = dict(sorted(state['runs'].items(), key=lambda pair: pair[1])[-100:])
        state['mark'], state['restart'], state['tookOver'] = [0, 0], None, took_over
        host.save()
    elif owner['state'] == 'closed':
        raise Refused('Fenced', f'This deploy has ended on this host: {describe_claim(owner)}.')
    stopped = stop_jobs_before(host, state['fence'])
    # The run before this one may still ask how its job ended. Older runs do not ask any more.
    forget_jobs_before(host, state['fence'] - 1)
    host.unlock()
    remove_scraps(host)
    return {'fence': state['fence'], 'tookOver': state['tookOver'], 'stoppedJobs': stopped}


def verb_finish(host: Host, ask: FinishRequest, stdin: BinaryIO) -> FinishResult:
    host.lock()
    host.check_claim(ask['claim'], closed=True)
    host.close_claim(ask['outcome'])
    drop_guard(host)
    return {'closed': True}
