/** The commands of the jobs that build environments. Pure: every value is a positional parameter, none is part of a script. */
import type { Packaging } from '../../config/resolved';
import { chosenFor, EXPORT } from './export-script';
import { BEGIN, command, END, each, MAKE_VENV, PIP_INSTALL, UV_INSTALL } from './install-parts';

/**
 * With a line such as `-e .`, the version of the project may come from the history of Git, which a release does not
 * have. The version is given only then: it would also count for a dependency that is built in the same way.
 */
const REQUIREMENTS = `${BEGIN}${MAKE_VENV}${UV_INSTALL}${PIP_INSTALL}install() {
  if [ -n "$uv" ]; then uv_install "$@"; else pip_install "$@"; fi
}
install "$@" || {
  [ -n "\${LANDFALL_VERSION-}" ] && grep -qiE 'unable to detect version|version from source .?vcs' "$TMPDIR/said" || exit "$status"
  echo "landfall: once more, with the version $LANDFALL_VERSION" >&2
  export SETUPTOOLS_SCM_PRETEND_VERSION="$LANDFALL_VERSION" PDM_BUILD_SCM_VERSION="$LANDFALL_VERSION"
  install "$@"
}
${END}`;

/**
 * The packages in uv.lock, without those of the release itself, which are listed in `.landfall-local`.
 * uv sync asks the addresses in the lock alone. Where the host names an index or a folder of its own for uv,
 * the exported versions and hashes are taken from there.
 * The check also counts an index of the host as a change of the project, so it is made without it too. A check that
 * fails for the build of dynamic metadata, or for an index of both, proves nothing about the lock.
 */
const UV_LOCK = `${BEGIN}${MAKE_VENV}${UV_INSTALL}root=$1
shift
export UV_PYTHON="$venv/bin/python"
index='^[[:space:]]*(\\[\\[index]]|index|default-index|extra-index-url|find-links|no-index)'
has_index() {
  [ -n "\${UV_INDEX_URL-}\${UV_DEFAULT_INDEX-}\${UV_INDEX-}\${UV_EXTRA_INDEX_URL-}\${UV_FIND_LINKS-}\${UV_NO_INDEX-}" ] ||
    grep -qsE "$index" /etc/uv/uv.toml "\${XDG_CONFIG_HOME:-$HOME/.config}/uv/uv.toml"
}
# Another source of the packages is not a change of the project.
checked() { env -u UV_NO_INDEX -u UV_FIND_LINKS "$uv" lock --check --offline "$@" 2>&1; }
if ! said=$(checked) && ! said=$(checked --no-config); then
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
  uv_install --no-deps -r "$TMPDIR/locked"
else
  UV_PROJECT_ENVIRONMENT=$venv "$uv" sync --frozen --no-install-local --compile-bytecode "$@"
fi
${END}`;

/** The packages that a pylock.toml or a pyproject.toml without a lock names. `own` is '-e .' when the commit has a package to install. */
const UV_FILE = `${BEGIN}${MAKE_VENV}${UV_INSTALL}own=$1
shift
uv_install "$@"
[ -z "$own" ] || echo "$own" >"$venv/.landfall-local"
${END}`;

export interface Installation {
  venv: string;
  /** The interpreter by its path. */
  python: string;
  /** Path of `uv` on the host; null: pip. */
  uv: string | null;
  packaging: Packaging;
  /** The environment of Poetry or PDM, for their lock files; null for others. */
  exporter: string | null;
}

/** The command that fills the environment of these files. */
export function installCommand({ venv, python, uv, packaging, exporter }: Installation): string[] {
  const run = (script: string, ...more: string[]) => command(script, venv, python, uv ?? '', ...more);
  if (packaging.tool === 'requirements') return run(REQUIREMENTS, ...each('-r', packaging.files));
  const { tool, groups, extras, project } = packaging;
  const own = project ? '-e .' : '';
  if (tool === 'poetry' || tool === 'pdm')
    return run(
      EXPORT[tool],
      folderOf(packaging.lock),
      exporter ?? '',
      own,
      ...chosenFor(tool, groups, extras),
    );
  const chosen = [...each('--group', groups), ...each('--extra', extras)];
  if (tool === 'uv')
    return run(
      UV_LOCK,
      folderOf(packaging.lock),
      ...(groups.length === 0 ? ['--no-dev'] : ['--no-default-groups']),
      ...chosen,
    );
  const file = 'lock' in packaging ? packaging.lock : (packaging.files[0] ?? 'pyproject.toml');
  return run(UV_FILE, own, '-r', file, ...chosen);
}

/** The folder from which the packages of a lock file are named. */
export function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.';
}
