"""Who may change a host: the run that has claimed it, and no request that comes too late."""

from __future__ import annotations

import unittest
from unittest import mock

from landfall_host.protocol import Refused
from landfall_host.state import Host, empty_state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.contract_types import Claim, ClaimRecord

OWNER: ClaimRecord = {
    'fence': 7,
    'run': 'run-7',
    'engine': 'e',
    'commit': '0123456789abcdef',
    'by': 'ann',
    'since': '2024-01-01T00:00:00Z',
    'state': 'open',
    'outcome': None,
}


class AClaim(unittest.TestCase):
    def setUp(self) -> None:
        self.host = Host(
            {
                'service': 's',
                'user': 'u',
                'deployUser': 'd',
                'base': '/x',
                'envFiles': [],
                'unit': 's.service',
            }
        )
        state = empty_state()
        state['claim'], state['mark'] = {**OWNER}, [4, 2]
        for name, value in (('load', lambda: state), ('save', lambda: None)):
            patch = mock.patch.object(self.host, name, value)
            patch.start()
            self.addCleanup(patch.stop)
        self.state = state

    def refused(self, live: bool = False, closed: bool = False, **fields: object) -> str | None:
        claim: Claim = {'fence': 7, 'run': 'run-7', 'seq': 5, 'attempt': 1}
        with mock.patch.dict(self.host.__dict__, {'_state': self.state}):
            try:
                self.host.check_claim({**claim, **fields}, live, closed)  # type: ignore[typeddict-item]  # of any form
            except Refused as refused:
                return f'{refused.kind}: {refused.message}'
        return None

    def test_of_the_owner_is_accepted_and_marks_a_live_change(self) -> None:
        self.assertIsNone(self.refused())
        self.assertEqual(self.state['mark'], [4, 2])
        self.assertIsNone(self.refused(live=True))
        self.assertEqual(self.state['mark'], [5, 1])

    def test_of_another_run_or_fence_is_refused(self) -> None:
        for fields in ({'fence': 6}, {'fence': 8}, {'run': 'run-6'}):
            self.assertRegex(
                self.refused(**fields) or '', r'^Fenced: Fence \d is not the present one: fence 7, '
            )

    def test_that_comes_too_late_is_refused(self) -> None:
        late = 'Fenced: Change 4, attempt 1 comes too late: change 4, attempt 2 was already made.'
        self.assertEqual(self.refused(live=True, seq=4, attempt=1), late)
        self.assertIsNone(self.refused(live=True, seq=4, attempt=2))
        self.assertIsNone(self.refused(seq=4, attempt=1), 'only a live change compares attempts')
        self.assertRegex(self.refused(seq=3, attempt=9) or '', '^Fenced: Change 3, attempt 9 comes too late')

    def test_of_a_deploy_that_has_ended_only_closes_again(self) -> None:
        self.state['claim'] = {**OWNER, 'state': 'closed', 'outcome': 'deployed'}
        self.assertRegex(self.refused() or '', 'has ended on this host: .* closed as deployed')
        self.assertIsNone(self.refused(closed=True))

    def test_is_refused_where_no_deploy_has_the_host(self) -> None:
        self.state['claim'] = None
        self.assertEqual(self.refused(), 'Fenced: No deploy has claimed s on this host.')


if __name__ == '__main__':
    unittest.main()
