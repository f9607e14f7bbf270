/** Files that do not fit: the lock, its hashes, the tool that reads it, the Python and the platform of the host. */
import type { Row } from './row';

export const LOCKS: Row[] = [
  {
    sign: /^landfall: (\S+) does not fit (\S+)$/m,
    cause: ([, lock = '', project = '']) => ({
      message: `${lock} does not fit ${project}.`,
      advice: `Run \`${lock.replace('.lock', '')} lock\`, commit ${lock}, and deploy again.`,
    }),
  },
  {
    sign: /THESE PACKAGES DO NOT MATCH THE HASHES[^\n]*\n\s*([^\s@]+)|Hash mismatch for `([^`]+)`/,
    cause: ([, pip, uv], { packaging }) => ({
      message: `the file of ${pip ?? uv ?? 'a package'} has another hash than ${packaging.files[0] ?? 'the lock'} says.`,
      advice:
        'Lock again from the index that the host uses. If the version is the same, find out who changed its file.',
    }),
  },
  {
    sign: /all requirements must (?:have their versions|be) pinned|Hashes are required in --require-hashes mode|don't have a way to hash version control|Can't verify hashes for these (?:file:\/\/ )?requirements/,
    cause: (_, { host, packaging }) => ({
      message: `${packaging.files[0] ?? 'the requirement file'} has hashes for some of its packages, and pip takes all or none.`,
      advice: `Write all with hashes: uv pip compile --generate-hashes. Or install uv on ${host}, which checks those that are there.`,
    }),
  },
  {
    sign: /(?:uses an unsupported (?:schema )?version|Failed to parse `?(?:\S*\/)?uv\.lock|unexpected argument '--)/,
    cause: (_, { host }) => ({
      message: `uv of ${host} is too old for this project.`,
      advice: `Update it there (uv self update), or remove it from the PATH: Landfall then brings its own.`,
    }),
  },
  {
    sign: /lock file is not compatible with the current version of Poetry|(?:The )?lock(?: ?file)? (?:version|format)[^\n]*(?:not compatible|not supported|incompatible)/i,
    cause: (_, { packaging }) => ({
      message: `${packaging.files[0] ?? 'the lock file'} is of another generation than the tool that reads it.`,
      advice: 'Lock again with a current version of the tool, and commit the lock file.',
    }),
  },
  {
    sign: /File "setup\.py" (?:or "setup\.cfg" )?not found[^\n]*|editable mode currently requires a (?:setup\.py|setuptools)[- ]based|Unknown metadata version|no such option: --(?:group|config-settings|no-build-isolation)/,
    cause: (_, { host }) => ({
      message: `pip of ${host} is too old for this project.`,
      advice: `Install uv on ${host} (Landfall uses it instead), or a newer Python.`,
    }),
  },
  {
    sign: /(?:^|\n)[^\n]*[Ee]rror: `?(?:Package|Distribution) `?([^`\n]+?)`? can't be installed because it doesn't have a source distribution or wheel for the current platform|`([^`]+)` can't be installed because it doesn't have/,
    cause: ([, one, two], { host, python }) => ({
      message: `uv.lock has no file of ${one ?? two} for ${host} (${python}).`,
      advice:
        'Lock for this platform: write tool.uv.required-environments in pyproject.toml, then run `uv lock`.',
    }),
  },
  {
    sign: /(\S+\.whl) is not a supported wheel on this platform|A path \((\S+\.whl)\) dependency is incompatible|Because (?:all versions of )?(\S+) (?:has|have) no wheels with a matching/,
    cause: ([, pip, uv, none], { host, python }) => ({
      message: `${pip ?? uv ?? none} has no file for ${host} (${python}).`,
      advice:
        'Name a version that has a wheel for this Python and platform, or a fitting interpreter: `python: python3.12` in landfall.yaml.',
    }),
  },
  {
    sign: /requires a different Python: (\S+) not in '([^']+)'|current Python version \(([^)]+)\) does not satisfy Python([^\s]+)|requested interpreter resolved to Python (\S+), which is incompatible with the project's Python requirement: `([^`]+)`|No interpreter found for Python (\S+)/,
    cause: ([, a, b, c, d, e, f, wanted], { host, python }) => ({
      message: `${host} has Python ${a ?? c ?? e ?? ''} (${python}), and a package needs ${b ?? d ?? f ?? wanted ?? 'another one'}.`,
      advice:
        'Name a fitting interpreter of the host: `python: python3.12` in landfall.yaml, or pin a version for this Python.',
    }),
  },
];
