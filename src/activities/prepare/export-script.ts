/** The jobs that install a poetry.lock or a pdm.lock, each read by its own tool. Pure. */
import { BEGIN, END, each, MAKE_VENV, PIP_INSTALL, UV_INSTALL } from './install-parts';

/** Neither tool makes an environment or asks anything; both may keep files of their own in TMPDIR. */
const EXPORT_BEGIN = `${BEGIN}${MAKE_VENV}${UV_INSTALL}${PIP_INSTALL}root=$1 tool=$2 own=$3
shift 3
cd "$root"
export VIRTUAL_ENV="$venv" PDM_PYTHON="$venv/bin/python" PDM_CHECK_UPDATE=0 PDM_LOG_DIR="$TMPDIR/log"
export POETRY_VIRTUALENVS_CREATE=false POETRY_NO_INTERACTION=1
# An exported index may have its login in its address.
(umask 077 && : >"$TMPDIR/all")
stale() {
  printf '%s\n' "$1" >&2
  echo "landfall: $2 does not fit pyproject.toml" >&2
  exit 65
}
`;

const POETRY = `${EXPORT_BEGIN}said=$("$tool/bin/poetry" export --format requirements.txt --with-credentials --output "$TMPDIR/all" "$@" 2>&1) ||
  case $said in
    *"changed significantly"* | *"not up to date"* | *"out of date"*) stale "$said" poetry.lock ;;
    *) printf '%s\n' "$said" >&2; exit 1 ;;
  esac
`;

/**
 * PDM exports no hash at all when one package has none, as a folder or a repository. So these are exported by
 * themselves, and the others from a copy of the lock file without them.
 */
const PDM = `${EXPORT_BEGIN}said=$("$tool/bin/pdm" lock --check 2>&1) || stale "$said" pdm.lock
"$tool/bin/pdm" export --format requirements --no-hashes --output "$TMPDIR/every" "$@"
cp pdm.lock "$TMPDIR/pdm.lock"
"$tool/bin/python" -I - "$TMPDIR/pdm.lock" <<'PYTHON'
import sys, tomlkit
with open(sys.argv[1], encoding='utf-8') as file:
    lock = tomlkit.parse(file.read())
packages = lock['package']
for at in reversed(range(len(packages))):
    if {'path', 'git', 'hg', 'svn', 'bzr'} & packages[at].keys():
        del packages[at]
with open(sys.argv[1], 'w', encoding='utf-8') as file:
    file.write(tomlkit.dumps(lock))
PYTHON
"$tool/bin/pdm" export --lockfile "$TMPDIR/pdm.lock" --format requirements --output "$TMPDIR/all" "$@"
grep -E '^(-e |[^#]* @ (file|git|hg|svn|bzr)[+:])' "$TMPDIR/every" >>"$TMPDIR/all" || true
`;

/**
 * Sorts what was exported. Packages of the release are named from its folder, because releases share an environment.
 * Repositories have no hash, and pip takes all or none with one. Where the host has an index of its own, it counts
 * instead of PyPI; where it uses none, no other counts either.
 */
const INSTALL = `"$venv/bin/python" -I - "$TMPDIR" "$venv" "$own" "$uv" <<'PYTHON'
import os, re, sys
from urllib.parse import unquote
folder, venv, own, uv = sys.argv[1:]
config = os.environ.get('XDG_CONFIG_HOME') or os.path.expanduser('~/.config')
if uv:
    files, prefix = ['/etc/uv/uv.toml', config + '/uv/uv.toml'], 'UV_'
else:
    files, prefix = ['/etc/pip.conf', config + '/pip/pip.conf', os.path.expanduser('~/.pip/pip.conf')], 'PIP_'
said = '\\n'.join(name[len(prefix):].lower().replace('_', '-') + ' = ' + value for name, value in os.environ.items() if name.startswith(prefix))
for path in files:
    if os.path.exists(path):
        with open(path, encoding='utf-8', errors='replace') as file:
            said += '\\n' + file.read()
alone = re.search(r'(?mi)^\\s*no-index\\s*=\\s*(true|yes|on|1)', said)
indexed = re.search(r'(?m)^\\s*(\\[\\[index]]|index|index-url|default-index|extra-index-url|find-links)\\s*(=|$)', said)
with open(folder + '/all', encoding='utf-8') as file:
    text = file.read().replace('\\\\\\n', ' ')
local, direct, locked = [own] if own else [], [], []
for line in (line.strip() for line in text.splitlines()):
    code = re.match(r'(-e )?(?:[^@;]+? @ )?file:(?://)?(\\S+)(.*)', line)
    if not line or line.startswith('#'):
        continue
    if code:
        local.append('%s./%s%s' % (code[1] or '', os.path.relpath(unquote(code[2])), code[3]))
    elif ' @ ' in line:
        direct.append(line)
    elif line.startswith('-'):
        if not alone and not (indexed and re.search(r'//pypi\\.org/', line)):
            locked.append(re.sub('^--index-url', '--extra-index-url', line) if indexed else line)
    else:
        locked.append(line)
with open(venv + '/.landfall-local', 'w', encoding='utf-8') as file:
    file.writelines(line + '\\n' for line in local)
os.umask(0o077)
for name, lines in (('locked', locked), ('direct', direct)):
    with open('%s/%s' % (folder, name), 'w', encoding='utf-8') as file:
        file.writelines(line + '\\n' for line in lines)
PYTHON
for list in locked direct; do
  if [ ! -s "$TMPDIR/$list" ]; then
    continue
  elif [ -n "$uv" ]; then
    uv_install --no-deps -r "$TMPDIR/$list"
  else
    pip_install --no-deps -r "$TMPDIR/$list"
  fi
done
${END}`;

/** By tool; after the interpreter and uv: the folder of the lock file, the tool's environment, the own package. */
export const EXPORT = { poetry: POETRY + INSTALL, pdm: PDM + INSTALL };

/** Of Poetry, `main` and the named groups. PDM takes its groups for development only if no `--prod` excludes them. */
export function chosenFor(tool: 'poetry' | 'pdm', groups: string[], extras: string[]): string[] {
  if (tool === 'poetry') return ['--only', ['main', ...groups].join(','), ...each('--extras', extras)];
  return [...(groups.length === 0 ? ['--prod'] : []), ...each('--group', [...groups, ...extras])];
}
