"""Judges the same answers as `test/unit/deployment/judge.test.ts`."""

from __future__ import annotations

import json
import unittest
from pathlib import Path

from landfall_gate.judge import FinalCauses, Question, judge

EXAMPLES = json.loads(Path(__file__).with_name('judge_examples.json').read_text())


class AnAnswer(unittest.TestCase):
    def test_is_judged_like_the_controller_judges_it(self) -> None:
        for example in EXAMPLES:
            with self.subTest(example):
                question = Question(
                    example.get('path', '/health/ready'),
                    '127.0.0.1:8000',
                    example.get('secure', False),
                    example.get('expect'),
                )
                cause = example['cause']
                fault = None if cause is None else (cause, example['words'])
                status, headers, body = example['seen']
                self.assertEqual(judge(status, headers, body, question), fault)

    def test_may_hold_any_json(self) -> None:
        question = Question('/', 'shop', False, None)
        for body in ('[' * 100_000, '9' * 10_000, 'NaN', '\ud800'):
            self.assertIsNone(judge(200, {}, body, question))


class FinalCausesOfAWait(unittest.TestCase):
    def over(self, *seen: tuple[str, float]) -> bool:
        causes = FinalCauses()
        for cause, now in seen:
            causes.see(cause, now)
        return causes.is_over(seen[-1][1])

    def test_end_it_after_five_answers_and_three_seconds(self) -> None:
        many = [('host', second / 10) for second in range(30)]
        self.assertFalse(self.over(*many))
        self.assertTrue(self.over(*many, ('route', 3)))
        self.assertFalse(self.over(('host', 0), ('host', 1), ('host', 9), ('host', 10)))

    def test_begin_again_after_another_answer(self) -> None:
        many = [('host', second) for second in range(9)]
        for other in ('', 'says-not-ready', 'unexpected'):
            self.assertFalse(self.over(*many, (other, 9), ('host', 10)))
