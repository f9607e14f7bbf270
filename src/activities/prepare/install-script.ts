/** The commands of the jobs that build environments. Pure: every value is a positional parameter, none is part of a script. */
import type { Packaging } from '../../config/resolved';

/**
 * Each script builds at the final path, because the scripts of a virtual environment name it, and marks it
 * complete last. What an interrupted build left is removed first; the directory itself stays, because the
 * job may write in nothing above it. Builds run programs in TMPDIR, which a hardened host forbids in /tmp (noexec).
 */
const BEGIN = `set -eu
venv=$1
shift
empty() { rm -rf "$venv"/..?* "$venv"/.[!.]* "$venv"/*; }
empty
trap empty EXIT
begin() { export TMPDIR="$venv/.tmp" UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1; mkdir "$TMPDIR"; }
`;

/** On disk before it is marked complete: a marked environment is not built again after a power loss. */
const END = `rm -rf "$TMPDIR"
sync -f "$venv"
touch "$venv/.landfall-complete"
trap - EXIT
`;

/** Python is isolated (-I): it runs in the release's directory, where a file `venv.py` or `pip.py` would be taken for that module. */
const MAKE_VENV = `python=$1 uv=$2
shift 2
if [ -n "$uv" ]; then "$uv" venv --quiet --python "$python" "$venv"; else "$python" -I -m venv "$venv"; fi
begin
`;

const REQUIREMENTS = `${BEGIN}${MAKE_VENV}if [ -n "$uv" ]; then
  "$uv" pip install --python "$venv/bin/python" --compile-bytecode "$@"
else
  "$venv/bin/python" -I -m pip install --no-input --disable-pip-version-check "$@"
fi
${END}`;

/**
 * The packages in uv.lock, without those of the release itself, which are listed in `.landfall-local`.
 * uv sync asks the addresses in the lock alone. Where the host names an index or a folder of its own for uv,
 * the exported versions and hashes are taken from there.
 * The check also counts an index of the host as a change of the project, so it is made without it too. A check that
 * fails for the build of dynamic metadata, or for an index of both, proves nothing about the lock.
 */
const UV_LOCK = `${BEGIN}${MAKE_VENV}root=$1
shift
export UV_PYTHON="$venv/bin/python"
index='^[[:space:]]*(\\[\\[index]]|index|default-index|extra-index-url|find-links|no-index)'
has_index() {
  [ -n "\${UV_INDEX_URL-}\${UV_DEFAULT_INDEX-}\${UV_INDEX-}\${UV_EXTRA_INDEX_URL-}\${UV_FIND_LINKS-}\${UV_NO_INDEX-}" ] ||
    grep -qsE "$index" /etc/uv/uv.toml "\${XDG_CONFIG_HOME:-$HOME/.config}/uv/uv.toml"
}
if ! said=$("$uv" lock --check --offline 2>&1) && ! said=$("$uv" lock --check --offline --no-config 2>&1); then
  case $said in
    *"Failed to build"* | *"build backend"* | *"build-system.requires"* | *"unexpected argument"*) ;;
    *)
      if ! has_index || ! grep -qsE '^\\[+tool\\.uv[].]' "$root/pyproject.toml"; then
        echo 'landfall: uv.lock does not fit pyproject.toml' >&2
        exit 65
      fi
      ;;
  esac
fi
own='^(-e |[.]|/|file:)'
"$uv" export --quiet --frozen --no-header --no-annotate --output-file "$TMPDIR/all" "$@" >/dev/null
grep -E "$own" "$TMPDIR/all" >"$venv/.landfall-local" || true
grep -vE "$own" "$TMPDIR/all" >"$TMPDIR/locked" || true
if has_index || ! "$uv" sync --help | grep -q -- --no-install-local; then
  "$uv" pip install --python "$venv/bin/python" --compile-bytecode --no-deps -r "$TMPDIR/locked"
else
  UV_PROJECT_ENVIRONMENT=$venv "$uv" sync --frozen --no-install-local --compile-bytecode "$@"
fi
${END}`;

/** The packages that a pylock.toml or a pyproject.toml without a lock names. `own` is '-e .' when the commit has a package to install. */
const UV_FILE = `${BEGIN}${MAKE_VENV}own=$1
shift
"$uv" pip install --python "$venv/bin/python" --compile-bytecode "$@"
[ -z "$own" ] || echo "$own" >"$venv/.landfall-local"
${END}`;

/**
 * The packages of the release, in an environment of their own on top of the shared one. Both are seen by imports,
 * by `importlib.metadata` and by entry points. Scripts of the shared environment are copied, so that they see both too.
 */
const LAYER = `${BEGIN}shared=$1 uv=$2 root=$3
python=$shared/bin/python
"$python" -I -m venv --without-pip "$venv"
begin
"$venv/bin/python" -I - "$shared" <<'PYTHON'
import subprocess, sys, sysconfig
ask = 'import sysconfig; print(*{sysconfig.get_path(name) for name in ("purelib", "platlib")}, sep="\\\\n")'
found = subprocess.check_output([sys.argv[1] + '/bin/python', '-I', '-c', ask], text=True).split('\\n')[:-1]
with open(sysconfig.get_path('purelib') + '/_landfall.pth', 'w') as file:
    file.writelines('import site; site.addsitedir(%r)\\n' % path for path in found)
PYTHON
if [ -n "$uv" ]; then
  (cd "$root" && "$uv" pip install --python "$venv/bin/python" --no-deps -r "$shared/.landfall-local")
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

/** A program from the package index in an environment of its own; nothing else on the host changes. */
const TOOL = `${BEGIN}python=$1
shift
"$python" -I -m venv "$venv"
begin
"$venv/bin/python" -I -m pip install --no-input --disable-pip-version-check --only-binary :all: "$@"
${END}`;

/** The version that a host without uv gets. */
export const UV_VERSION = '0.13.9';

export interface Installation {
  venv: string;
  /** The interpreter by its path. */
  python: string;
  /** Path of `uv` on the host; null: pip. */
  uv: string | null;
  packaging: Packaging;
}

/** The command that fills the environment of these files. */
export function installCommand({ venv, python, uv, packaging }: Installation): string[] {
  const run = (script: string, ...more: string[]) => command(script, venv, python, uv ?? '', ...more);
  if (packaging.tool === 'requirements') return run(REQUIREMENTS, ...each('-r', packaging.files));
  const { groups, extras, project } = packaging;
  const chosen = [...each('--group', groups), ...each('--extra', extras)];
  if (packaging.tool === 'uv')
    return run(
      UV_LOCK,
      folderOf(packaging.lock),
      ...(groups.length === 0 ? ['--no-dev'] : ['--no-default-groups']),
      ...chosen,
    );
  const file = 'lock' in packaging ? packaging.lock : (packaging.files[0] ?? 'pyproject.toml');
  return run(UV_FILE, project ? '-e .' : '', '-r', file, ...chosen);
}

/** The command that fills the layer of a release. @param root the folder from which its packages are named */
export function layerCommand(layer: string, shared: string, uv: string | null, root: string): string[] {
  return command(LAYER, layer, shared, uv ?? '', root);
}

/** The command that fills the environment of a tool. */
export function toolCommand(venv: string, python: string, ...requirements: string[]): string[] {
  return command(TOOL, venv, python, ...requirements);
}

function command(script: string, ...values: string[]): string[] {
  return ['/bin/sh', '-c', script, 'install', ...values];
}

/** The folder from which the packages of a lock file are named. */
export function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.';
}

function each(option: string, values: string[]): string[] {
  return values.flatMap((value) => [option, value]);
}
