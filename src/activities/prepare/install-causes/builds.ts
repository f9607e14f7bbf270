/** Compilers, libraries and versions that a build from source lacks on the host. */
import { needsToBuild, type Row } from './row';

export const BUILDS: Row[] = [
  {
    sign: /setuptools[-_]scm was unable to detect version|unable to detect version|Error getting the version from source `vcs`|hatch-vcs|dunamai[^\n]*(?:Git|version)|versioneer[^\n]*(?:unable|cannot)/i,
    cause: (_, { service }) => ({
      message: 'the version of a package comes from the history of Git, which a release does not have.',
      advice: `Write the version into pyproject.toml, or SETUPTOOLS_SCM_PRETEND_VERSION=1.0 into /etc/landfall/${service}.install.env.`,
    }),
  },
  {
    sign: /(?:build-system\.requires`?[\s\S]*?No solution found when resolving: `([^`]+)`)|(?:install build dependencies[\s\S]*?No matching distribution found for (\S+))/,
    cause: ([, uv, pip], { host }) => ({
      message: `a package is built there, and its build needs ${uv ?? pip}, which ${host} finds in no index.`,
      advice: `Put ${uv ?? pip} into the index or the folder of wheels that ${host} uses, or pin a version with a wheel.`,
    }),
  },
  {
    sign: /pg_config(?: executable)? (?:is required|not found)|libpq-fe\.h/,
    cause: (_, context) => needsToBuild('libpq-dev', 'libpq-dev gcc python3-dev', context),
  },
  {
    sign: /mysql_config|mysqlclient[^\n]*pkg-config|MYSQLCLIENT_CFLAGS/,
    cause: (_, context) =>
      needsToBuild('the headers of MySQL', 'default-libmysqlclient-dev pkg-config gcc python3-dev', context),
  },
  {
    sign: /(?:rustc|cargo|Rust)[^\n]*(?:not (?:installed|found)|is required|No such file)|can't find Rust compiler/,
    cause: (_, context) => needsToBuild('Rust', 'rustc cargo', context),
  },
  {
    sign: /cmake[^\n]*(?:not found|No such file|must be installed)|CMake must be installed/i,
    cause: (_, context) => needsToBuild('cmake', 'cmake g++ python3-dev', context),
  },
  {
    sign: /Python\.h: No such file/,
    cause: (_, context) => needsToBuild('the headers of Python', 'python3-dev gcc', context),
  },
  {
    sign: /fatal error: (\S+\.h): No such file/,
    cause: ([, header = ''], context) => needsToBuild(header, `the package with ${header}`, context),
  },
  {
    sign: /command '[^']*(?:gcc|cc|g\+\+)' failed: No such file|No such file or directory: '[^']*(?:gcc|g\+\+|cc)'|unable to execute '[^']*(?:gcc|cc)'|(?:gcc|cc1): (?:command )?not found/,
    cause: (_, context) => needsToBuild('a C compiler', 'gcc python3-dev', context),
  },
  {
    sign: /No module named '?(distutils|imp|pkg_resources|setuptools)'?/,
    cause: ([, module], { host, python }) => ({
      message: `a package is built from source on ${host}, and its build is too old for ${python}: ${module} is not there.`,
      advice:
        'Take a newer version of that package, or an older Python: `python: python3.11` in landfall.yaml.',
    }),
  },
  {
    sign: /Package '?([\w.+-]+)'?,? (?:required by '[^']*', )?(?:was )?not found|No package '([^']+)' found|Dependency "([^"]+)" not found|cannot find -l([\w.+-]+)|Run-time dependency (\S+) found: NO/,
    cause: ([, a, b, c, d, e], context) => {
      const library = a ?? b ?? c ?? d ?? e ?? 'a library';
      return needsToBuild(
        `the library ${library}`,
        `the -dev package of ${library}, pkg-config and gcc`,
        context,
      );
    },
  },
  {
    sign: /Unknown compiler\(s\)|[Cc]ompiler \S+ cannot (?:compile|create)|no acceptable C compiler/,
    cause: (_, context) => needsToBuild('a C compiler', 'gcc g++ python3-dev', context),
  },
  {
    sign: /(?:command '?|error: |: )(swig|ninja|meson|make|pkg-config|node|npm|gfortran|autoconf)'?(?:'? failed: No such file|: (?:command )?not found)/,
    cause: ([, program = ''], context) => needsToBuild(program, program, context),
  },
  {
    sign: /Killed signal terminated program|g?(?:cc|\+\+): fatal error: Killed/,
    cause: (_, { host }) => ({
      message: `the memory for a build on ${host} was used up.`,
      advice: 'Raise `installMemory` in landfall.yaml, or pin a version with a wheel.',
    }),
  },
  {
    sign: /^[^\n]*Read-only file system[^\n]*$/m,
    cause: ([line = ''], { host }) => ({
      message: `a build on ${host} may write only into its environment and TMPDIR: ${line.trim().slice(0, 200)}.`,
      advice: 'Give the build another place to write, or pin a version with a wheel.',
    }),
  },
  {
    sign: /^[^\n]*Permission denied[^\n]*$/m,
    cause: ([line = ''], { host, deployUser }) => ({
      message: `${deployUser} of ${host} may not do this: ${line.trim().slice(0, 200)}.`,
      advice: 'Look at the owner and the mode of that path, and at its mount (noexec) in /proc/mounts.',
    }),
  },
];
