/** Causes in files, ports and memory of the host. */
import type { Row } from './row';

const IN_RELEASE = /^.*\/releases\/[^/]+\/(?!\.venv\/)/;

export const PLACES: Row[] = [
  {
    seen: /(?:^|\s)(\S+) was imported from (\S+), which is not part of the release/,
    cause: ([module = '', file = '']) => ({
      message: `${module} was imported from ${file}, which is not part of the release.`,
      advice: `Remove the folder above ${file} from PYTHONPATH (env, envFiles), or from chdir and pythonpath of Gunicorn.`,
    }),
  },
  {
    seen: /(?:^|\s)(\S+) was imported from (\S+), and the release has (\S+)/,
    cause: ([module = '', file = '', source = ''], { dependencies }) => ({
      message: `${module} was imported from ${file}, and the release has ${source}: it would not serve its own code.`,
      advice: `Remove ${module.split('.')[0]} from ${dependencies}, and install the project itself with a line -e . there.`,
    }),
  },
  {
    seen: /Permission denied.{0,80}\('([^']*)', (\d+)\)/,
    cause: ([, port = '']) => ({
      message: `The user of the service may not listen on port ${port}.`,
      advice: 'Let the app listen on a port above 1023, and leave the address of bind: to Landfall.',
    }),
  },
  {
    seen: /(?:Permission denied|Read-only file system): '([^'\n]{1,300})'/,
    cause: ([path = ''], { host }) => {
      const inside = IN_RELEASE.test(path) ? path.replace(IN_RELEASE, '') : null;
      if (inside !== null || !path.startsWith('/')) {
        const [folder = ''] = (inside ?? path).split('/');
        return {
          message: `The service may not write into its release: ${inside ?? path}.`,
          advice: `Write shared: [${folder}/] for what stays over deploys, or use the folder in $RUNTIME_DIRECTORY.`,
        };
      }
      return {
        message: `The user of the service may not use ${path} on ${host}.`,
        advice: `Give that user access to ${path}, or set another place in the settings (env:).`,
      };
    },
  },
  {
    seen: /(?:FileNotFoundError|No such file or directory)[^\n']{0,40}: '([^'\n]{1,300})'/,
    cause: ([path = ''], { host }) => {
      const inside = IN_RELEASE.test(path) ? path.replace(IN_RELEASE, '') : null;
      if (inside !== null || !path.startsWith('/')) {
        return {
          message: `The release has no ${inside ?? path}.`,
          advice: `Commit it, or put it into the shared folder on ${host} and write shared: [${inside ?? path}].`,
        };
      }
      return {
        message: `${host} has no ${path}.`,
        advice: `Create it there, readable for the user of the service, or set another place in the settings (env:).`,
      };
    },
  },
  {
    seen: /unable to open database file|attempt to write a readonly database/,
    cause: () => ({
      message: 'The SQLite database cannot be opened for writing.',
      advice:
        'Keep it in a folder that the service may write to: write shared: [data/], and its path in env:.',
    }),
  },
  {
    seen: /no such table: ([\w.]+)|relation "([\w.]+)" does not exist|Table '([\w.]+)' doesn't exist/,
    cause: (names) => ({
      message: `The database has no table ${names.find((name) => name !== '') ?? ''}.`,
      advice: 'Write migrate: with the command that creates the tables, and deploy again.',
    }),
  },
  {
    seen: /Error: '([^'\n]{1,300})' isn't writable/,
    cause: ([path = '']) => ({
      message: `Gunicorn may not write its log ${path}.`,
      advice:
        'Remove errorlog and accesslog from the Gunicorn configuration, or write - : the journal keeps them.',
    }),
  },
  {
    seen: /Address already in use/,
    cause: (_, { host }) => ({
      message: `The app opens a port of its own that is taken on ${host}, perhaps by the live release or another worker.`,
      advice:
        'Open that port in one process only with a number from env:, or let the live release stop first: strategy: restart.',
    }),
  },
  {
    seen: /No space left on device/,
    cause: (_, { host }) => ({
      message: `A disk of ${host} is full.`,
      advice: 'Free space there (df -h, df -i), and deploy again.',
    }),
  },
  {
    seen: /Too many open files/,
    cause: () => ({
      message: 'The service has reached its limit of open files.',
      advice: 'Raise LimitNOFILE= in a drop-in of the unit, or open fewer files at the start.',
    }),
  },
  {
    seen: /MemoryError|Cannot allocate memory/,
    cause: (_, { host }) => ({
      message: `The app asked for more memory than ${host} gives it.`,
      advice:
        'Load less at the start or use fewer workers. preImport.memory and rehearse.memory limit the trials.',
    }),
  },
  {
    seen: /UnicodeDecodeError: 'ascii' codec/,
    cause: () => ({
      message: 'The app reads a text file as ASCII.',
      advice: 'Write env: { PYTHONUTF8: "1" }, or name the encoding where the file is opened.',
    }),
  },
];
