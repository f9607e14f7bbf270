/** Causes in the settings of a release: a variable that is missing or has a wrong value. */
import type { Cause, Row, Started } from './row';

function unset(names: string[], { host }: Started, more = ''): Cause {
  const [first = ''] = names;
  return {
    message: `The environment variable${names.length > 1 ? 's' : ''} ${names.join(', ')} ${names.length > 1 ? 'are' : 'is'} not set${more}.`,
    advice: `Put ${first}=… into a file of envFiles on ${host}. For a value that is not secret, write env: { ${first}: … }.`,
  };
}

/** The fields of a pydantic error whose class reads the environment. */
function fieldsOf(lines: string): { missing: string[]; wrong: string[] } {
  const missing: string[] = [];
  const wrong: string[] = [];
  for (const [, field = '', words = ''] of lines.matchAll(/^([A-Za-z_]\w*)(?:\.[\w.]+)?\n\s+([^\n]*)/gm)) {
    (/field required/i.test(words) ? missing : wrong).push(field.toUpperCase());
  }
  return { missing: missing.slice(0, 10), wrong: wrong.slice(0, 10) };
}

const NAME = String.raw`([A-Za-z_]\w{0,80})`;

export const SETTINGS: Row[] = [
  {
    seen: /validation errors? for (\w*(?:[Ss]ettings|[Cc]onf|[Cc]onfig|[Ee]nv)\w*)\n([\s\S]*)/,
    cause: ([model = '', lines = ''], started) => {
      const { missing, wrong } = fieldsOf(lines);
      if (missing.length > 0) return unset(missing, started, `, which ${model} requires`);
      if (wrong.length === 0) return null;
      return {
        message: `${model} refuses the value of ${wrong.join(', ')}.`,
        advice: `Correct it in the file of envFiles on ${started.host}, or under env:.`,
      };
    },
  },
  {
    seen: /DJANGO_SETTINGS_MODULE/,
    cause: () => ({
      message: 'The environment variable DJANGO_SETTINGS_MODULE is not set.',
      advice: 'Write env: { DJANGO_SETTINGS_MODULE: shop.settings } with the module of the settings.',
    }),
  },
  {
    seen: /The (\w+) setting must not be empty/,
    cause: ([name = ''], { host }) => ({
      message: `The setting ${name} of Django is empty.`,
      advice: `Put the variable that ${name} is read from into a file of envFiles on ${host}.`,
    }),
  },
  ...[
    `Set the ${NAME} environment variable`,
    `${NAME} not found\\. Declare it as envvar`,
    `[Ee]nvironment variable ["']?${NAME}["']? (?:is )?(?:not set|not found|missing|required)`,
    `Config '${NAME}' is missing`,
    `Missing (?:required )?environment variable:? ["']?${NAME}`,
    `${NAME} is required in env`,
    // By convention only variables of the environment are written like that.
    `KeyError: '([A-Z][A-Z0-9_]{2,80})'`,
  ].map((pattern) => ({
    seen: new RegExp(pattern),
    cause: ([name = '']: string[], started: Started) => unset([name], started),
  })),
];
