/** The jobs that bring the tools of lock files to a host, each into an environment of its own. Pure but for the lists. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../package-root';
import { BEGIN, command, END, MAKE_VENV } from './install-parts';

export type ToolName = 'uv' | 'poetry' | 'pdm';

/**
 * The version of each tool with all that it needs is listed with hashes. An index that does not have these versions,
 * or not for its interpreter, gives its own of the same generation. Another file of a listed version ends it.
 */
const TOOL = `${BEGIN}${MAKE_VENV}listed=$1
shift
printf '%s\n' "$listed" >"$TMPDIR/listed"
install() {
  if [ -n "$uv" ]; then
    "$uv" pip install --python "$venv/bin/python" --only-binary :all: "$@"
  else
    "$venv/bin/python" -I -m pip install --no-input --disable-pip-version-check --only-binary :all: "$@"
  fi
}
if ! said=$(install --require-hashes -r "$TMPDIR/listed" 2>&1); then
  printf '%s\n' "$said" >&2
  case $said in
    *"o matching distribution"* | *"o solution found"*) install "$@" ;;
    *) exit 1 ;;
  esac
fi
${END}`;

/** Where the listed versions are not in the index of a host. */
const GENERATIONS = {
  uv: ['uv>=0.5,<1'],
  poetry: ['poetry>=1.8,<3', 'poetry-plugin-export'],
  pdm: ['pdm>=2.15,<3'],
};

/** The command that fills the environment of a tool. @param uv path of `uv` on the host; null: pip */
export function toolCommand(tool: ToolName, venv: string, python: string, uv: string | null): string[] {
  return command(TOOL, venv, python, uv ?? '', listOf(tool), ...GENERATIONS[tool]);
}

/** Names the list of a tool: its version, and a digest of the list. */
export function toolVersion(tool: ToolName): string {
  const list = listOf(tool);
  const version = new RegExp(`^${tool}==([\\w.]+)`, 'm').exec(list)?.[1] ?? '0';
  return `${version}+${createHash('sha256').update(list).digest('hex').slice(0, 12)}`;
}

function listOf(tool: ToolName): string {
  const lines = readFileSync(join(packageRoot(), 'host', 'tools', `${tool}.txt`), 'utf8').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).join('\n');
}
