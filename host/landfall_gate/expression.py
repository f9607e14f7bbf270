"""The app of a release as landfall.yaml writes it: `main:app`, `shop.web:create_app('prod', debug=False)`."""

from __future__ import annotations

import ast
import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def load_app(written: str) -> Any:
    """Imports the module and resolves the name in it. A call gets its arguments, which are literals."""
    module, _, expression = written.partition(':')
    tree = ast.parse(expression or 'application', mode='eval').body
    found: Any = importlib.import_module(module)
    call = tree if isinstance(tree, ast.Call) else None
    for name in names_of(call.func if call else tree):
        found = getattr(found, name)
    if call is None:
        return found
    positional = [ast.literal_eval(each) for each in call.args]
    named = {each.arg: ast.literal_eval(each.value) for each in call.keywords if each.arg}
    return found(*positional, **named)


def names_of(tree: ast.expr) -> list[str]:
    if isinstance(tree, ast.Name):
        return [tree.id]
    if isinstance(tree, ast.Attribute):
        return [*names_of(tree.value), tree.attr]
    raise ValueError('app: is neither a name nor a call')
