/** A SQLite database inside of the release. Pure. */
import type { Module } from './code';

export interface DatabaseFile {
  /** In the release. */
  path: string;
  file: string;
  line: number;
}

const NAME = String.raw`(?:[\w-]+\/){0,3}[\w-]+\.(?:db3?|sqlite3?)\b`;

/** Each gives a path in its first group. Three slashes and a dot: relative; Tortoise takes two slashes. */
const WRITTEN = [
  new RegExp(String.raw`\bsqlite(?:\+\w+)?:\/\/\/?(?:\.\/)?(${NAME})`),
  // `sqlite3.connect("app.db")` of the standard library and of aiosqlite, and Peewee.
  new RegExp(
    String.raw`\b(?:(?:aio)?sqlite3?\.connect|SqliteDatabase|SqliteExtDatabase)\(\s*["'](?:\.\/)?(${NAME})["']`,
  ),
];
const DJANGO =
  /["']NAME["']\s*:\s*(?:os\.path\.join\(\s*BASE_DIR\s*,\s*|BASE_DIR\s*\/\s*)((?:["'][\w.-]+["'](?:\s*[/,]\s*)?){1,3})/;
/** `f"sqlite:///{sqlite_file_name}"`, with the name in a line of its own. */
const FROM_VARIABLE = /\bsqlite(?:\+\w+)?:\/\/\/(?:\.\/)?\{([A-Za-z_]\w*)\}/;
/** Flask's folder for files of the installation; Flask-SQLAlchemy takes relative paths from there. */
const INSTANCE = new RegExp(String.raw`\binstance_path\s*(?:,|\/)\s*["'](${NAME})["']`);
const FLASK = /^\s*(?:from|import)\s+flask_sqlalchemy\b/;

/** null: none is written out. One whose path a variable can change counts too, because its default is used. */
export function databaseFile(modules: Module[]): DatabaseFile | null {
  const isFlask = modules.some(({ lines }) => lines.some((line) => FLASK.test(line)));
  for (const { file, lines } of modules)
    for (const [at, line] of lines.entries()) {
      const path = pathIn(line, lines, isFlask);
      if (path !== null && /^[\w-][\w./-]*$/.test(path)) return { path, file, line: at + 1 };
    }
  return null;
}

function pathIn(line: string, lines: string[], isFlask: boolean): string | null {
  const instance = INSTANCE.exec(line)?.[1];
  if (instance !== undefined) return `instance/${instance}`;
  const parts = DJANGO.exec(line)?.[1];
  if (parts !== undefined) return [...parts.matchAll(/["']([\w.-]+)["']/g)].map(([, part]) => part).join('/');
  const variable = FROM_VARIABLE.exec(line)?.[1];
  const found =
    variable === undefined
      ? WRITTEN.map((form) => form.exec(line)?.[1]).find((path) => path !== undefined)
      : assignedTo(variable, lines);
  if (found === undefined) return null;
  return isFlask && /\bsqlite:/.test(line) ? `instance/${found}` : found;
}

function assignedTo(name: string, lines: string[]): string | undefined {
  const assigned = new RegExp(String.raw`^\s*${name}\s*(?::[^=]+)?=\s*["'](?:\.\/)?(${NAME})["']\s*$`);
  return lines.map((line) => assigned.exec(line)?.[1]).find((path) => path !== undefined);
}
