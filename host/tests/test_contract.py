from __future__ import annotations

import importlib
import unittest

from landfall_host.contract import CHECKS, CONTRACT, TYPES, check
from landfall_host.verbs import VERBS, request_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Union

    Shape = Union[str, Dict[str, Any]]

# Words of a description that only the controller reads, or that stand next to others.
BESIDE = {'about', 'is', 'orNull', 'maxLength', 'maximum', 'multipleOf', 'most', 'names'}
OF_ANSWERS = {'prose', 'first', 'otherwise'}


def refusal(shape: Shape, value: object) -> str | None:
    try:
        check(shape, value)
    except ValueError as error:
        return str(error)
    return None


def descriptions(shape: Shape, found: dict[object, Any]) -> dict[object, Any]:
    """All that a shape is made of; a name is followed once."""
    if isinstance(shape, str):
        name = shape.rstrip('?')
        if name not in found:
            found[name] = TYPES[name]
            descriptions(TYPES[name], found)
        return found
    found[id(shape)] = shape
    for key in ('type', 'list', 'map', 'names'):
        if key in shape:
            descriptions(shape[key], found)
    for each in [*shape.get('either', ()), *shape.get('fields', {}).values()]:
        descriptions(each, found)
    return found


class TheContract(unittest.TestCase):
    def test_has_the_verbs_that_the_helper_has(self) -> None:
        self.assertEqual(set(VERBS), set(CONTRACT['verbs']))

    def test_gives_each_verb_its_types(self) -> None:
        """`contract_types` names them. The call by the verb's name hides them from the type checker."""
        for verb, (module, _) in VERBS.items():
            function = 'verb_' + verb.replace('-', '_')
            types = getattr(importlib.import_module('landfall_host.' + module), function).__annotations__
            for part, found in (('request', types['ask']), ('result', types['return'])):
                shape = CONTRACT['verbs'][verb][part]
                name = shape if isinstance(shape, str) else f'{verb}-{part}'
                words = [word[0].upper() + word[1:] for word in name.split('-')]
                self.assertEqual(found, ''.join(words), verb)

    def test_gives_a_claim_to_each_verb_that_is_checked_for_one(self) -> None:
        for verb, (_, kind) in VERBS.items():
            if kind != 'alone':
                request = request_of(verb)
                fields = (TYPES[request] if isinstance(request, str) else request)['fields']
                self.assertEqual(fields.get('claim'), 'claim', verb)

    def test_describes_requests_with_words_that_are_checked(self) -> None:
        for verb in VERBS:
            for shape in descriptions(request_of(verb), {}).values():
                self.assertTrue(set(shape) & set(CHECKS), shape)
                self.assertEqual(set(shape) - set(CHECKS) - BESIDE, set(), shape)

    def test_describes_answers_with_known_words(self) -> None:
        for verb in VERBS:
            for shape in descriptions(CONTRACT['verbs'][verb]['result'], {}).values():
                self.assertEqual(set(shape) - set(CHECKS) - BESIDE - OF_ANSWERS, set(), shape)


class ARefusal(unittest.TestCase):
    def test_names_the_place(self) -> None:
        shape = {'fields': {'claim': 'claim'}}
        claim = {'fence': 1, 'run': 'x', 'seq': 0, 'attempt': True}
        self.assertEqual(
            refusal(shape, {'claim': claim}),
            'claim: attempt: must be a whole number from 0 to 1099511627776',
        )

    def test_tells_of_a_field_that_is_missing_or_unknown(self) -> None:
        shape = {'fields': {'a': 'flag', 'b?': 'flag'}}
        self.assertIsNone(refusal(shape, {'a': True}))
        self.assertEqual(refusal(shape, {'b': True}), "lacks the field 'a'")
        self.assertEqual(refusal(shape, {'a': True, 'b?': True}), "has an unknown field 'b?'")
        self.assertEqual(refusal(shape, {'a': True, 'b': None}), 'b: must be true or false')

    def test_shows_a_name_in_a_form_that_acts_on_nobody(self) -> None:
        self.assertEqual(
            refusal('env', {'\x1b]0;x': ''}),
            "'\\x1b]0;x': must be the name of a variable that belongs neither to systemd nor to Landfall",
        )
        self.assertEqual(refusal({'fields': {}}, {'\u2028': 1}), "has an unknown field '\\u2028'")

    def test_lets_null_pass_only_where_it_may_stand(self) -> None:
        self.assertIsNone(refusal('release?', None))
        self.assertIsNone(refusal({'enum': ['a'], 'orNull': True}, None))
        self.assertEqual(refusal('release', None), 'must be a release such as 12-3fa9c1e')


if __name__ == '__main__':
    unittest.main()
