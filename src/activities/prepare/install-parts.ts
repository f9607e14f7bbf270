/** The parts that the scripts of installations share. Pure: every value is a positional parameter, none is part of a script. */

/**
 * Each script builds at the final path, because the scripts of a virtual environment name it, and marks it
 * complete last. What an interrupted build left is removed first; the directory itself stays, because the
 * job may write in nothing above it. WHEELS is a folder that packages come from, of the release where the job
 * begins, or of the host. Builds run programs in TMPDIR, which a hardened host forbids in /tmp (noexec).
 */
export const BEGIN = `set -eu
venv=$1
shift
empty() { rm -rf "$venv"/..?* "$venv"/.[!.]* "$venv"/*; }
empty
trap empty EXIT
case \${WHEELS-} in
  '') ;;
  /*) export UV_FIND_LINKS="$WHEELS" PIP_FIND_LINKS="$WHEELS" ;;
  *) export UV_FIND_LINKS="$PWD/$WHEELS" PIP_FIND_LINKS="$PWD/$WHEELS" ;;
esac
begin() { export TMPDIR="$venv/.tmp" UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1; mkdir "$TMPDIR"; }
`;

/** On disk before it is marked complete: a marked environment is not built again after a power loss. */
export const END = `rm -rf "$TMPDIR"
sync -f "$venv"
touch "$venv/.landfall-complete"
trap - EXIT
`;

/** Python is isolated (-I): it runs in the release's directory, where a file `venv.py` or `pip.py` would be taken for that module. */
export const MAKE_VENV = `python=$1 uv=$2
shift 2
if [ -n "$uv" ]; then "$uv" venv --quiet --python "$python" "$venv"; else "$python" -I -m venv "$venv"; fi
begin
`;

/** Runs a command. Its words are seen while it works, because a job may meet its limit, and are kept in `said`. */
const WATCHED = `watched() {
  rm -f "$TMPDIR/pipe"
  mkfifo "$TMPDIR/pipe"
  tee "$TMPDIR/said" <"$TMPDIR/pipe" >&2 &
  status=0
  "$@" 2>"$TMPDIR/pipe" || status=$?
  [ "$status" = 0 ] || wait
  return "$status"
}
`;

/**
 * uv keeps the answers of an index for some minutes, and wheels for longer. Where it does not find a version, or finds
 * another hash, it asks once more for the newest.
 */
export const UV_INSTALL = `${WATCHED}uv_install() {
  set -- "$uv" pip install \${UV_NO_INDEX:+--no-index} --python "$venv/bin/python" --compile-bytecode "$@"
  watched "$@" && return
  if grep -q 'valid authentication' "$TMPDIR/said" || ! grep -qE 'No solution found|[Hh]ash mismatch' "$TMPDIR/said"; then
    return "$status"
  fi
  echo 'landfall: once more, with the newest answers of the index' >&2
  watched "$@" --refresh
}
`;

export const PIP_INSTALL = `pip_install() {
  watched "$venv/bin/python" -I -m pip install --no-input --disable-pip-version-check "$@"
}
`;

export function command(script: string, ...values: string[]): string[] {
  return ['/bin/sh', '-c', script, 'install', ...values];
}

/** `-r one -r two`. */
export function each(option: string, values: string[]): string[] {
  return values.flatMap((value) => [option, value]);
}
