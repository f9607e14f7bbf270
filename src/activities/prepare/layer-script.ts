/** The command of the job that installs the packages of a release itself. Pure. */
import { BEGIN, command, END } from './install-parts';

/**
 * The packages of the release, in an environment of their own on top of the shared one. Both are seen by imports,
 * by `importlib.metadata` and by entry points. Scripts of the shared environment are copied, so that they see both too.
 */
const LAYER = `${BEGIN}shared=$1 uv=$2 root=$3
python=$shared/bin/python
pip=
# An environment that uv made has no pip, and only newer ones install into another environment.
if [ -z "$uv" ] && ! "$python" -I -m pip --python "$python" --version >/dev/null 2>&1; then
  "$python" -I -m venv "$venv"
  pip=$venv/bin/python
else
  "$python" -I -m venv --without-pip "$venv"
fi
begin
"$venv/bin/python" -I - "$shared" <<'PYTHON'
import subprocess, sys, sysconfig
ask = 'import sysconfig; print(*{sysconfig.get_path(name) for name in ("purelib", "platlib")}, sep="\\\\n")'
found = subprocess.check_output([sys.argv[1] + '/bin/python', '-I', '-c', ask], text=True).split('\\n')[:-1]
with open(sysconfig.get_path('purelib') + '/_landfall.pth', 'w') as file:
    file.writelines('import site; site.addsitedir(%r)\\n' % path for path in found)
PYTHON
if [ -n "$uv" ]; then
  (cd "$root" && "$uv" pip install \${UV_NO_INDEX:+--no-index} --python "$venv/bin/python" --no-deps -r "$shared/.landfall-local")
elif [ -n "$pip" ]; then
  (cd "$root" && "$pip" -I -m pip install --no-input --disable-pip-version-check --no-deps -r "$shared/.landfall-local")
else
  (cd "$root" && "$python" -I -m pip --python "$venv/bin/python" install --no-input --disable-pip-version-check --no-deps -r "$shared/.landfall-local")
fi
"$venv/bin/python" -I - "$shared" "$venv" <<'PYTHON'
import os, sys
shared, layer = (os.fsencode(path) + b'/bin/' for path in sys.argv[1:])
for name in os.listdir(shared):
    if os.path.lexists(layer + name) or os.path.islink(shared + name) or not os.path.isfile(shared + name):
        continue
    with open(shared + name, 'rb') as file:
        lines = file.read().split(b'\\n', 2)
    if not lines[0].startswith(b'#!') or not any(shared + b'python' in line for line in lines[:2]):
        continue
    lines[:2] = [line.replace(shared + b'python', layer + b'python') for line in lines[:2]]
    with open(layer + name, 'wb') as file:
        file.write(b'\\n'.join(lines))
    os.chmod(layer + name, 0o755)
PYTHON
${END}`;

/** The command that fills the layer of a release. @param root the folder from which its packages are named */
export function layerCommand(layer: string, shared: string, uv: string | null, root: string): string[] {
  return command(LAYER, layer, shared, uv ?? '', root);
}
