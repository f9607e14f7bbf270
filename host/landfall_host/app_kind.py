"""Which kind of app a module defines, as far as its text says so. Pure, apart from reading the files."""

from __future__ import annotations

import ast
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, Iterator, Optional, Tuple

    from landfall_host.contract_types import ExaminedApp, ExaminedAppKind

    # (kind, what makes the app)
    Found = Optional[Tuple[ExaminedAppKind, str]]

CALLS: dict[str, ExaminedAppKind] = {
    'FastAPI': 'asgi',
    'Starlette': 'asgi',
    'Litestar': 'asgi',
    'Quart': 'asgi',
    'Sanic': 'asgi',
    'get_asgi_application': 'asgi',
    'ProtocolTypeRouter': 'asgi',
    'ASGIApp': 'asgi',
    'WsgiToAsgi': 'asgi',
    'Flask': 'wsgi',
    'get_wsgi_application': 'wsgi',
    'Bottle': 'wsgi',
    'default_app': 'wsgi',
    'make_wsgi_app': 'wsgi',
    'WSGIApp': 'wsgi',
}
# Of these, those that stand for an app alone.
CANDIDATE_CALLS = (
    'FastAPI',
    'Starlette',
    'Litestar',
    'Quart',
    'get_asgi_application',
    'Flask',
    'get_wsgi_application',
    'Bottle',
)
MAKERS = ('create', 'make', 'build', 'get', 'init', 'factory')
MOST_BYTES = 1 << 20
DEPTH = 4


class Modules:
    """`inside`: folders of the release. `installed`: folders of packages."""

    def __init__(self, inside: list[str], installed: list[str]) -> None:
        self.inside, self.installed = inside, installed

    @staticmethod
    def tree_of(path: str) -> ast.Module | None:
        try:
            if not os.path.isfile(path) or os.path.getsize(path) > MOST_BYTES:
                return None
            with open(path, 'rb') as file:
                return ast.parse(file.read())
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    def path_of(self, module: str) -> str | None:
        for folder in self.inside:
            path = os.path.join(folder, *module.split('.'))
            for file in (path + '.py', os.path.join(path, '__init__.py')):
                if os.path.isfile(file):
                    return file
        return None

    def is_certainly_missing(self, module: str) -> bool:
        """A namespace package, an extension or an installed package may have it all the same."""
        top = module.split('.')[0]
        for folder in self.inside + self.installed:
            try:
                if any(name.split('.')[0] == top for name in os.listdir(folder)):
                    return folder in self.inside and self.lacks(folder, module)
            except OSError:
                continue
        # An editable installation leads elsewhere.
        return not any(name.endswith('.pth') and name != '_landfall.pth' for name in self.all_names())

    def lacks(self, folder: str, module: str) -> bool:
        """The folder has the package of this module, and no file of it."""
        *above, last = module.split('.')
        parent = os.path.join(folder, *above)
        if not os.path.isdir(parent):
            return True
        return not any(name.split('.')[0] == last for name in os.listdir(parent))

    def all_names(self) -> Iterator[str]:
        for folder in self.installed:
            try:
                yield from os.listdir(folder)
            except OSError:
                continue


def kind_of_app(modules: Modules, app: str) -> ExaminedApp:
    module, _, expression = app.partition(':')
    name, is_called = expression.split('(')[0], '(' in expression
    path = modules.path_of(module)
    if path is None:
        missing = modules.is_certainly_missing(module)
        return {'kind': 'no-module' if missing else 'unknown', 'file': None, 'line': 0, 'by': None}
    file = next(
        os.path.relpath(path, folder) for folder in modules.inside if path.startswith(folder + os.sep)
    )
    tree = modules.tree_of(path)
    if tree is None:
        return {'kind': 'unknown', 'file': file[:300], 'line': 0, 'by': None}
    statement = definition(tree, name)
    if statement is None:
        return {
            'kind': 'unknown' if is_dynamic(tree) else 'missing',
            'file': file[:300],
            'line': 0,
            'by': None,
        }
    found = resolve(modules, module, name, is_called, DEPTH)
    return {
        'kind': found[0] if found else 'unknown',
        'file': file[:300],
        'line': statement.lineno,
        'by': found[1] if found else None,
    }


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Of a module, those in `if`, `try` and `with` included."""
    for statement in body:
        yield statement
        for part in ('body', 'orelse', 'finalbody'):
            if isinstance(statement, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
                yield from statements(getattr(statement, part, []))
        for handler in getattr(statement, 'handlers', []):
            yield from statements(handler.body)


def definition(tree: ast.Module, name: str) -> ast.stmt | None:
    """The last statement that gives this name a value."""
    found: ast.stmt | None = None
    for statement in statements(tree.body):
        if name in names_given(statement):
            found = statement
    return found


def names_given(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name
    elif isinstance(statement, (ast.Import, ast.ImportFrom)):
        for alias in statement.names:
            yield alias.asname or alias.name.split('.')[0]
    elif isinstance(statement, ast.Assign):
        for target in statement.targets:
            yield from (each.id for each in ast.walk(target) if isinstance(each, ast.Name))
    elif isinstance(statement, (ast.AnnAssign, ast.AugAssign)) and isinstance(statement.target, ast.Name):
        yield statement.target.id


def is_dynamic(tree: ast.Module) -> bool:
    """Names may come from elsewhere."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and any(alias.name == '*' for alias in node.names):
            return True
        if isinstance(node, (ast.Global, ast.NamedExpr)):
            return True
        if isinstance(node, ast.FunctionDef) and node.name == '__getattr__':
            return True
        if isinstance(node, ast.Name) and node.id in ('globals', 'exec', 'setattr'):
            return True
    return False


def resolve(modules: Modules, module: str, name: str, is_called: bool, depth: int) -> Found:
    path = modules.path_of(module)
    tree = modules.tree_of(path) if path and depth else None
    statement = definition(tree, name) if tree else None
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return by_function(modules, module, statement, is_called, depth)
    if isinstance(statement, ast.ImportFrom):
        original = next(alias.name for alias in statement.names if (alias.asname or alias.name) == name)
        return resolve(modules, imported_from(statement, module, path or ''), original, is_called, depth - 1)
    if isinstance(statement, (ast.Assign, ast.AnnAssign)) and not is_called:
        return by_value(modules, module, name, statement.value, depth)
    return None


def imported_from(statement: ast.ImportFrom, module: str, path: str) -> str:
    if not statement.level:
        return statement.module or ''
    parts = module.split('.')
    up = statement.level - (1 if path.endswith('__init__.py') else 0)
    return '.'.join([*(parts[:-up] if up else parts), *([statement.module] if statement.module else [])])


def by_function(
    modules: Modules,
    module: str,
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    is_called: bool,
    depth: int,
) -> Found:
    parameters = [each.arg for each in function.args.args]
    if not is_called and isinstance(function, ast.AsyncFunctionDef):
        return ('asgi', 'async function') if len(parameters) == 3 else None
    if not is_called and len(parameters) == 2:
        return 'wsgi', 'function'
    made = in_body(modules, module, function, depth)
    if is_called:
        return made
    required = len(parameters) - len(function.args.defaults)
    looks_so = made or any(word in function.name.lower() for word in MAKERS)
    if required or function.decorator_list or not looks_so:
        return None
    return 'factory', made[1] if made else function.name


def in_body(modules: Modules, module: str, function: ast.AST, depth: int) -> Found:
    """The app that a function makes: by the first telling call in it."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and called(node) in CALLS:
            name = called(node)
            return CALLS[name], name
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Call):
            found = by_value(modules, module, '', node.value, depth - 1)
            if found:
                return found
    return None


def by_value(modules: Modules, module: str, name: str, value: ast.expr | None, depth: int) -> Found:
    if isinstance(value, ast.Name):
        return None if value.id == name else resolve(modules, module, value.id, False, depth - 1)
    if not isinstance(value, ast.Call):
        return None
    maker = called(value)
    if maker in CALLS:
        return CALLS[maker], maker
    if isinstance(value.func, ast.Name):
        made = resolve(modules, module, maker, True, depth - 1)
        if made:
            return made
    return None


def called(call: ast.Call) -> str:
    """The last part of what is called: `FastAPI` of `fastapi.FastAPI(…)`."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ''
