/** The settings of a Django project, as far as its deploy needs them. Pure. */

import type { Module } from './code';
import type { EnvName } from './env-names';

export interface DjangoSettings {
  /** `shop.settings.production`, of the app's module; null: it is not written out. */
  module: string | null;
  /** The same of manage.py, where it is another. */
  manage: string | null;
  /** The first name of ALLOWED_HOSTS, where no name stands for a request from the host itself. */
  host: string | null;
  redirectsToHttps: boolean;
  /** Folder of STATIC_ROOT in the release; null: there is none, or elsewhere. */
  staticRoot: string | null;
  hasStaticRoot: boolean;
  /** Variables without which the settings cannot be imported. */
  required: string[];
}

const MODULE = /DJANGO_SETTINGS_MODULE["']\s*,\s*["']([\w.]+)["']/;

/** @param app `shop.wsgi:application` */
export function djangoSettings(modules: Module[], app: string, names: EnvName[]): DjangoSettings {
  const own = modules.find(({ name }) => name === app.split(':')[0]);
  const manage = modules.find(({ file }) => /(?:^|\/)manage\.py$/.test(file));
  const read = (module: Module | undefined) =>
    module?.lines.flatMap((line) => MODULE.exec(line)?.[1] ?? [])[0] ?? null;
  const [module, other] = [read(own), read(manage)];
  const base = module?.split('.').slice(0, -1).join('.');
  const files = modules.filter(
    ({ name }) =>
      name === module ||
      (name !== null &&
        base !== undefined &&
        name.startsWith(`${base}.`) &&
        /settings/.test(name) &&
        name !== other),
  );
  const text = files.flatMap(({ lines }) => lines).join('\n');
  const hosts = /^ALLOWED_HOSTS\s*(?::[^=]+)?=\s*[[(]([^\])]*)[\])]\s*$/m.exec(text)?.[1] ?? null;
  const allowed = hosts === null ? [] : [...hosts.matchAll(/["']([^"']+)["']/g)].map(([, name = '']) => name);
  const answersItself =
    allowed.length === 0 || allowed.some((name) => /^(?:\*|127\.0\.0\.1|localhost|\[::1\])$/.test(name));
  const root = /^STATIC_ROOT\s*=\s*(.+)$/m.exec(text)?.[1] ?? null;
  const folder = /^(?:BASE_DIR\s*\/\s*|os\.path\.join\(\s*BASE_DIR\s*,\s*)["']([\w-]+)["']\)?\s*$/.exec(
    root?.trim() ?? '',
  )?.[1];
  return {
    module,
    manage: other !== module ? other : null,
    host: answersItself
      ? null
      : (allowed.find((name) => /^[a-z0-9.-]+$/i.test(name))?.replace(/^\./, '') ?? null),
    redirectsToHttps: /^SECURE_SSL_REDIRECT\s*=\s*True\b/m.test(text),
    staticRoot: folder ?? null,
    hasStaticRoot: root !== null,
    required: names
      .filter(({ isRequired, file }) => isRequired && files.some((each) => each.file === file))
      .map(({ name }) => name),
  };
}
