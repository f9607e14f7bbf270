/** Causes in how the server calls the app. */
import { HIDDEN } from './hidden';
import { moduleOf, nameOf } from './modules';
import type { Row } from './row';

export const SERVER: Row[] = [
  {
    seen: /(\w+)\.__call__\(\) (?:takes 3 positional arguments but 4 were given|missing 1 required positional argument: 'start_response')/,
    cause: ([kind = ''], { app }) => ({
      message: `${app} is a WSGI app (${kind}), and its server serves ASGI.`,
      advice: 'Write gunicorn: { workerClass: sync }, or gthread with gunicorn.threads.',
    }),
  },
  {
    seen: /(\w+)\.__call__\(\) missing 1 required positional argument: 'send'/,
    cause: ([kind = ''], { app }) => ({
      message: `${app} is an ASGI app (${kind}), and its worker class serves WSGI.`,
      advice:
        'Write gunicorn: { workerClass: uvicorn_worker.UvicornWorker } and install uvicorn-worker, or workerClass: asgi with Gunicorn 25.',
    }),
  },
  {
    seen: /(\w+)\(\) (?:takes (?:from )?\d[\w ]* positional arguments? but [23] were given|missing \d required positional arguments?: '(?!environ|scope))/,
    cause: ([name = ''], { app }) =>
      name !== nameOf(app)
        ? null
        : {
            message: `${app} is a function that makes the app.`,
            advice: `Write app: ${moduleOf(app)}:${name}().`,
          },
  },
  {
    seen: /Application object must be callable/,
    cause: (_, { app }) => ({
      message: `${app} is not an app: it cannot be called.`,
      advice: 'Write app: with the module and the name of the app, such as app: main:app.',
    }),
  },
];

/** Of the whole output: a server says these itself, after a traceback of its own. */
export const OF_SERVER_ITSELF: Row[] = [
  ...HIDDEN,
  {
    seen: /class uri '?"?([\w.:]{1,200})'?"? invalid or not found/,
    cause: ([name = ''], { dependencies }) => ({
      message: `The worker class ${name} cannot be loaded.`,
      advice: `Add its package to ${dependencies}, or write another class: gunicorn: { workerClass: … }.`,
    }),
  },
  {
    seen: /(\w+) worker requires (\w+)/,
    cause: ([, name = ''], { dependencies }) => ({
      message: `The worker class needs the package ${name}, which is not installed.`,
      advice: `Add ${name} to ${dependencies}, or write another class: gunicorn: { workerClass: … }.`,
    }),
  },
];
