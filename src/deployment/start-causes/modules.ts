/** Causes in the packages of a release: a module, a library or a version that it needs. */
import type { Cause, Row, Started } from './row';

/** Module → the package that has it, where their names differ. */
const PACKAGES: Record<string, string> = {
  attr: 'attrs',
  bs4: 'beautifulsoup4',
  corsheaders: 'django-cors-headers',
  cv2: 'opencv-python-headless',
  dateutil: 'python-dateutil',
  debug_toolbar: 'django-debug-toolbar',
  decouple: 'python-decouple',
  django_filters: 'django-filter',
  dotenv: 'python-dotenv',
  environ: 'django-environ',
  google: 'the google-cloud package that has it',
  jose: 'python-jose',
  jwt: 'PyJWT',
  ldap: 'python-ldap',
  magic: 'python-magic',
  multipart: 'python-multipart',
  MySQLdb: 'mysqlclient',
  OpenSSL: 'pyOpenSSL',
  PIL: 'Pillow',
  pkg_resources: 'setuptools<81',
  psycopg2: 'psycopg2-binary',
  rest_framework: 'djangorestframework',
  serial: 'pyserial',
  sklearn: 'scikit-learn',
  slugify: 'python-slugify',
  socketio: 'python-socketio',
  storages: 'django-storages',
  uvicorn_worker: 'uvicorn-worker',
  yaml: 'PyYAML',
  zmq: 'pyzmq',
};
const FOR_DEVELOPMENT =
  /^(pytest|debug_toolbar|django_extensions|factory|faker|freezegun|hypothesis|ipdb|IPython|mypy|silk)$/;
/** Modules that a later Python no longer has. */
const REMOVED =
  /^(distutils|imp|asyncore|asynchat|smtpd|cgi|cgitb|crypt|imghdr|nntplib|pipes|sndhdr|telnetlib|uu|xdrlib)$/;
const SINCE: Record<string, string> = { zoneinfo: '3.9', graphlib: '3.9', tomllib: '3.11' };
const NAMES_SINCE: Record<string, string> = {
  UTC: '3.11',
  StrEnum: '3.11',
  Self: '3.11',
  LiteralString: '3.11',
  assert_never: '3.11',
  TypeAlias: '3.10',
  ParamSpec: '3.10',
  pairwise: '3.10',
  override: '3.12',
  batched: '3.12',
};
/** Beginning of a library's file name → Debian's package. */
const LIBRARIES: [RegExp, string][] = [
  [/^libpq/, 'libpq5'],
  [/^libmysqlclient|^libmariadb/, 'libmariadb3'],
  [/^libGL\b/, 'libgl1'],
  [/^libg(lib|thread|object)-2/, 'libglib2.0-0'],
  [/^libpango/, 'libpango-1.0-0 libpangoft2-1.0-0'],
  [/^libcairo/, 'libcairo2'],
  [/^libgdk_pixbuf/, 'libgdk-pixbuf-2.0-0'],
  [/^libxmlsec1/, 'libxmlsec1-openssl'],
  [/^libxslt/, 'libxslt1.1'],
  [/^libxml2/, 'libxml2'],
  [/^libodbc/, 'unixodbc'],
  [/^libmagic/, 'libmagic1'],
  [/^libgomp/, 'libgomp1'],
  [/^libgdal/, 'gdal-bin'],
  [/^libgeos/, 'libgeos-c1v5'],
  [/^libldap|^liblber/, 'libldap2'],
  [/^libsndfile/, 'libsndfile1'],
  [/^libjemalloc/, 'libjemalloc2'],
];

/** `pip install` in the words of the project. */
function add(name: string, { dependencies }: Started): string {
  return `Add ${name} to ${dependencies}`;
}

function missingModule(name: string, started: Started): Cause {
  const root = name.split('.')[0] ?? name;
  if (root === moduleOf(started.app).split('.')[0]) {
    return {
      message: `The release has no module ${name}, in which app: ${started.app} is looked for.`,
      advice: `Write app: with the module and the name of the app. For a package below src/, ${lower(add('-e .', started))}, or write pythonPath: [src], from the root of the repository.`,
    };
  }
  if (REMOVED.test(root)) {
    return {
      message: `This version of Python no longer has the module ${root}.`,
      advice: `Update the package that imports ${root}, or write python: with an older version, such as python: python3.11.`,
    };
  }
  const since = SINCE[root];
  if (since !== undefined) return newerPython(`the module ${root}`, since);
  const known = PACKAGES[root];
  if (FOR_DEVELOPMENT.test(root)) {
    return {
      message: `The environment has no module ${root}, which is often for development only.`,
      advice: `${add(known ?? root, started)}, or import ${root} only where it is installed.`,
    };
  }
  if (known !== undefined) {
    return {
      message: `The environment has no module ${root}, which is in the package ${known}.`,
      advice: `${add(known, started)}.`,
    };
  }
  return {
    message: `Neither the environment nor the release has a module ${name}.`,
    advice: `${add(`the package that has ${root}`, started)}. For a folder ${root} elsewhere in the repository, write pythonPath: with the folder that holds ${root}, from the root.`,
  };
}

function newerPython(what: string, version: string): Cause {
  return {
    message: `The code needs Python ${version} or newer: ${what} is not in the version of the environment.`,
    advice: `Write python: with a newer version, such as python: python${version}.`,
  };
}

function missingLibrary(file: string, { host }: Started): Cause {
  const found = LIBRARIES.find(([begin]) => begin.test(file));
  return {
    message: `${host} lacks the system library ${file}.`,
    advice:
      found === undefined
        ? `Install the Debian package that has ${file} on ${host}, or a wheel that brings its own libraries.`
        : `Install it there as root: apt install ${found[1]}.`,
  };
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

export function moduleOf(app: string): string {
  return app.split(':')[0] ?? app;
}

export function nameOf(app: string): string {
  return (app.split(':')[1] ?? 'application').replace(/\(.*$/s, '');
}

export const MODULES: Row[] = [
  {
    seen: /env: ['‘]([\w.+-]{1,100})['’]: No such file or directory/,
    cause: ([command = ''], started) => ({
      message: `Neither the environment nor ${started.host} has a command ${command}.`,
      advice: `${add(`the package that has ${command}`, started)}, or install it on ${started.host}.`,
    }),
  },
  {
    seen: /python[\d.]*: No module named '?([\w.]+)/,
    cause: ([name = ''], started) => ({
      message: `The environment has no ${name}.`,
      advice: `${add(name, started)}.`,
    }),
  },
  {
    seen: /No module named '?([\w.]+)/,
    cause: ([name = ''], started) => missingModule(name, started),
  },
  {
    seen: /cannot import name '(\w+)' from partially initialized module '([\w.]+)'/,
    cause: ([name, module]) => ({
      message: `${module} and a module that it imports need each other: ${name} is not there yet.`,
      advice: 'Move one of the two imports into the function that uses it, and deploy again.',
    }),
  },
  {
    seen: /cannot import name '(\w+)' from '([\w.]+)' \(([^)]*)\)/,
    cause: ([name = '', module = '', file = ''], started) => {
      if (module === moduleOf(started.app) && name === nameOf(started.app)) return noApp(started);
      const since = NAMES_SINCE[name];
      if (since !== undefined && /^(datetime|enum|typing|itertools)$/.test(module))
        return newerPython(`${name} of ${module}`, since);
      if (!/(site|dist)-packages/.test(file)) return null;
      const root = module.split('.')[0];
      return {
        message: `The installed version of ${root} has no ${name} in ${module}.`,
        advice: `Pin a version of ${root} in ${started.dependencies} that fits the packages that import it.`,
      };
    },
  },
  {
    seen: /Failed to find attribute '(\w+)' in '([\w.]+)'|module '[\w.]+' has no attribute '(\w+)'/,
    cause: ([name = '', , attribute = ''], started) =>
      (name || attribute) === nameOf(started.app) ? noApp(started) : null,
  },
  {
    seen: /PackageNotFoundError: (?:No package metadata was found for )?([\w.-]+)/,
    cause: ([name = ''], started) => ({
      message: `The package ${name} is not installed in the environment, so it has no metadata there.`,
      advice: `${add(name, started)}, or -e . if ${name} is the project itself.`,
    }),
  },
  {
    seen: /([\w.+-]+\.so[\w.]*): cannot open shared object file|cannot load library '([\w.+-]+)'/,
    cause: ([file = '', library = ''], started) => missingLibrary(file || library, started),
  },
  {
    seen: /no pq wrapper available|Error loading psycopg2? or psycopg module/,
    cause: (_, started) => ({
      message: 'The driver of PostgreSQL cannot be loaded.',
      advice: `${add('psycopg[binary]', started)}.`,
    }),
  },
  {
    seen: /Error loading MySQLdb module/,
    cause: (_, started) => ({
      message: 'The driver of MySQL cannot be loaded.',
      advice: `${add('mysqlclient', started)}.`,
    }),
  },
  {
    seen: /pip3? install (?:-U |--upgrade )?["'`]?([A-Za-z][\w.-]*(?:\[[\w,-]+\])?)/,
    cause: ([name = ''], started) => ({
      message: `The environment lacks the package ${name}, which another one needs here.`,
      advice: `${add(name, started)}.`,
    }),
  },
  {
    seen: /version `(GLIBC\w*_[\d.]+)' not found/,
    cause: ([version], { host }) => ({
      message: `A compiled package needs ${version}, which is newer than the system of ${host}.`,
      advice: 'Pin an older version of that package, or deploy to a newer release of the system.',
    }),
  },
  {
    seen: /numpy\.\w+ size changed|compiled using NumPy 1\.x/,
    cause: (_, { dependencies }) => ({
      message: 'A package was compiled for another version of NumPy.',
      advice: `Pin numpy<2 in ${dependencies}, or a newer version of that package.`,
    }),
  },
  {
    seen: /unsupported operand type\(s\) for \|: '(?:type|NoneType|_GenericAlias|ABCMeta)'/,
    cause: () => newerPython('the | between types', '3.10'),
  },
  {
    seen: /(?:SyntaxError|IndentationError|TabError): ([^\n]*)/,
    cause: ([what = ''], { host }) => ({
      message: `Python on ${host} does not accept the code: ${what.replace(/\.$/, '')}.`,
      advice:
        'Correct that line. If a newer Python accepts it, write python: with that version (python: python3.12).',
    }),
  },
];

function noApp({ app }: Started): Cause {
  return {
    message: `The module ${moduleOf(app)} has no ${nameOf(app)}.`,
    advice: `Write app: ${moduleOf(app)}:NAME with the name of the app there, or NAME() for a function that makes it.`,
  };
}
