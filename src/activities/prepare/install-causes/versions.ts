/** Versions that the index does not have, or that exclude each other. */
import type { InstallCause, InstallContext, Row } from './row';

export const VERSIONS: Row[] = [
  {
    sign: /(\S+) (?:was|is) yanked/,
    cause: ([, version], { packaging }) => ({
      message: `${version?.replace(/`/g, '')} was withdrawn by its authors (yanked).`,
      advice: `Take another version of it in ${packaging.files[0] ?? 'the lock file'}.`,
    }),
  },
  {
    sign: /Cannot install ([^\n]+?) because these package versions have conflicting dependencies|ResolutionImpossible/,
    cause: ([, names]) => contradiction(names === undefined ? '' : `: ${names.slice(0, 200)}`),
  },
  {
    sign: /No matching distribution found for (\S+)|there is no version of (\S+?) and|Because (?:only )?(\S+)(?: was not found| is not available)|only the following versions of (\S+) are available/,
    cause: ([, a, b, c, d], context) => notThere(a ?? b ?? c ?? d ?? 'a package', context),
  },
  {
    sign: /(Because [^\n]+)\n?[\s\S]*?your requirements are unsatisfiable/,
    cause: ([, why = '']) => contradiction(`: ${why.trim().slice(0, 300)}`),
  },
  {
    sign: /Failed to build `([^`]+)`|Failed building (?:wheel|editable) for (\S+)|ERROR: Failed to build '?([\w.-]+)'?|metadata-generation-failed[\s\S]*?from (\S+)/,
    cause: ([, a, b, c, d], { host, deployUser }) => ({
      message: `the build of ${a ?? b ?? c ?? d} on ${host} failed.`,
      advice: `Read its last lines below. Try it there as ${deployUser}, or pin a version with a wheel.`,
    }),
  },
];

function notThere(name: string, { host, python, wheels }: InstallContext): InstallCause {
  if (wheels === null)
    return {
      message: `${name} is not in the index that ${host} uses.`,
      advice: `Correct its name or version, or name the index that has it, for ${host}: in /etc/pip.conf and /etc/uv/uv.toml.`,
    };
  return {
    message: `${name} is not in ${wheels}, the folder of wheels, for ${python} of ${host}.`,
    advice:
      'Add its wheel there (pip download --only-binary :all: makes one), or remove `wheels:` from landfall.yaml.',
  };
}

function contradiction(why: string): InstallCause {
  return {
    message: `the requirements exclude each other${why}.`,
    advice: 'Loosen or change one of them, lock again, and commit the result.',
  };
}
