/** A SQLite database inside of the release. Pure. */
import type { Module } from './code';

export interface DatabaseFile {
  /** In the release. */
  path: string;
  file: string;
  line: number;
}

/** `sqlite:///./app.db` and `BASE_DIR / "data" / "db.sqlite3"`. Three slashes and a dot: relative. */
const URL = /\bsqlite(?:\+\w+)?:\/\/\/(?:\.\/)?((?:[\w-]+\/){0,3}[\w-]+\.(?:db|sqlite3?))\b/;
const DJANGO =
  /["']NAME["']\s*:\s*(?:os\.path\.join\(\s*BASE_DIR\s*,\s*|BASE_DIR\s*\/\s*)((?:["'][\w.-]+["'](?:\s*[/,]\s*)?){1,3})/;

/** null: none is written out. One whose path a variable can change counts too, because its default is used. */
export function databaseFile(modules: Module[]): DatabaseFile | null {
  for (const { file, lines } of modules)
    for (const [at, line] of lines.entries()) {
      const parts = DJANGO.exec(line)?.[1];
      const joined = parts && [...parts.matchAll(/["']([\w.-]+)["']/g)].map(([, part]) => part).join('/');
      const path = URL.exec(line)?.[1] ?? joined;
      if (path !== undefined && path !== '' && /^[\w-][\w./-]*$/.test(path))
        return { path, file, line: at + 1 };
    }
  return null;
}
