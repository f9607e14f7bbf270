/** An interpreter that uv brings (`python: managed`), in a folder of its own that the service's user may read. Pure. */
import { BEGIN, command, END } from './install-parts';

/**
 * uv refuses what has another digest than its own list says. Nothing outside of the folder changes: no link in a home,
 * and the files of a project do not count.
 */
const MANAGED = `${BEGIN}wanted=$1 uv=$2
export TMPDIR="$venv/.tmp" UV_PYTHON_INSTALL_DIR="$venv/python" UV_PYTHON_INSTALL_BIN=0 UV_NO_PROGRESS=1
export UV_PYTHON_DOWNLOADS=manual UV_PYTHON_PREFERENCE=only-managed UV_PYTHON_CACHE_DIR="$venv/.tmp/cache"
mkdir "$TMPDIR" "$venv/bin"
cd "$TMPDIR"
"$uv" python install "$wanted"
ln -s "$("$uv" python find --no-project "$wanted")" "$venv/bin/python3"
"$venv/bin/python3" -I -c ''
cd /
# Any user may write into that file. The rest is as the umask of the job says.
rm -rf "$venv/python/.lock" "$venv/python/.temp"
${END}`;

/** The command that brings an interpreter which fits `wanted`, as `bin/python3` of that folder. */
export function managedCommand(venv: string, wanted: string, uv: string): string[] {
  return command(MANAGED, venv, wanted, uv);
}

/** @param reason why uv failed */
export function notBrought(
  host: string,
  service: string,
  wanted: string,
  reason: string,
): [message: string, advice: string] {
  const install = `/etc/landfall/${service}.install.env`;
  return [
    `uv could not bring Python ${wanted} to ${host} (python: managed): ${reason}`,
    `Let ${host} reach github.com, or name a mirror there: UV_PYTHON_INSTALL_MIRROR=… in ${install} (root, mode 600). Without one, install an interpreter for all users and name it: \`python: python3.12\`.`,
  ];
}
