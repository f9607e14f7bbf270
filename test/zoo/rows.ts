/**
 * The projects that people really have, each as small as it can be: `projects/<name>`. `docs/zoo.md` is
 * written from this list and from what their deploys say.
 */
import assert from 'node:assert/strict';
import { WebSocket } from 'undici';
import { until } from '../harness/until';
import type { Resident } from './zoo';

export interface Row {
  /** Folder below `projects/`, and the name of the service. */
  name: string;
  /** For the table: the project in people's words. */
  title: string;
  /** The keys of landfall.yaml beyond service, repository and hosts. */
  own: Record<string, unknown>;
  /** The file that says which version a commit is; default `version.txt`. */
  versionFile?: string;
  /** The words of a deploy about it, which the table shows. */
  says: RegExp[];
  /** Before the first deploy: what the project needs on the host. */
  prepare?: (resident: Resident) => Promise<void>;
  /** Beyond the answer at `/`: everything of the project is of this version. */
  expect?: (resident: Resident, version: string) => Promise<void>;
  /** For the table: the checks beyond two deploys and a rollback. */
  also?: string;
}

/** How a project's dependencies are found and installed. */
export const PACKAGING: Row[] = [
  {
    name: 'fastapi-uv',
    title: 'FastAPI with uv',
    own: {},
    says: [/uv\.lock/],
  },
  {
    name: 'poetry',
    title: 'FastAPI with Poetry, which is not on the host',
    own: {},
    says: [/poetry\.lock/],
  },
  {
    name: 'src-layout',
    title: 'A package in a src layout (hatchling, uv) with an entry point',
    own: { app: 'shop.main:app' },
    versionFile: 'src/shop/version.txt',
    says: [/uv\.lock/],
    expect: async (resident, version) => {
      const { body } = await resident.ask('/');
      assert.match(body, /of shop 1\.0\.0/);
      const { service } = resident.place;
      const ran = await resident.zoo.host.root(`/srv/${service}/current/.venv/bin/shop-version`);
      assert.equal(ran.stdout.trim(), version, ran.stderr);
    },
    also: 'importlib.metadata and the entry point are of the same release',
  },
  {
    name: 'flask-factory',
    title: 'A Flask factory with requirements/prod.txt and gunicorn.conf.py',
    own: { app: "shop:create_app('prod')" },
    says: [/requirements\/prod\.txt/, /3 workers/],
    expect: async (resident) => assert.match((await resident.ask('/')).body, / prod gunicorn/),
    also: 'its three workers and its timeout are in force; its bind is overruled',
  },
];

/** The servers of projects, and the processes next to them. */
export const SERVERS: Row[] = [
  {
    name: 'flask-sync',
    title: 'Flask with Gunicorn (sync)',
    own: {},
    says: [/app:app/, /sync/],
  },
  {
    name: 'django-gthread',
    title: 'Django with collectstatic, Gunicorn (gthread) and nginx',
    own: {
      build: { commands: ['python manage.py collectstatic --noinput'], env: { SECRET_KEY: 'build' } },
      public: ['static'],
      envFiles: ['/etc/django-gthread.env'],
      gunicorn: { workerClass: 'gthread' },
    },
    versionFile: 'assets/version.txt',
    says: [/shop\.wsgi:application/, /gthread/],
    prepare: async (resident) => {
      await resident.zoo.host.root("echo 'SECRET_KEY=only for a test' >/etc/django-gthread.env");
      await startNginx(resident);
    },
    expect: async (resident, version) => {
      const { stdout } = await resident.zoo.host.root('curl -sS http://127.0.0.1:8100/static/version.txt');
      assert.equal(stdout.trim(), version);
    },
    also: 'nginx serves the static files of the live release',
  },
  {
    name: 'starlette-hypercorn',
    title: 'Starlette with Hypercorn',
    own: {},
    says: [/hypercorn/, /2 workers ready/],
  },
  {
    name: 'litestar-granian',
    title: 'Litestar with Granian',
    own: {},
    says: [/granian/, /2 workers ready/],
  },
  {
    name: 'uvicorn-streams',
    title: 'Websockets and server-sent events with uvicorn alone',
    own: {},
    says: [/uvicorn/],
    expect: async (resident, version) => {
      assert.match((await resident.ask('/events')).body, new RegExp(`data: ${version}`));
      assert.equal(
        await firstMessage(resident.url('/echo').replace('http', 'ws'), 'hello'),
        `${version} hello`,
      );
    },
    also: 'a stream and a websocket',
  },
  {
    name: 'celery-redis',
    title: 'Celery and Redis: a worker, beat and a nightly job next to the web',
    own: {
      env: { REDIS_URL: 'redis://127.0.0.1:6399/0' },
      processes: {
        worker: {
          command: 'celery -A shop worker',
          drain: '6h',
          ready: { command: 'celery -A shop inspect ping -d $HOSTNAME' },
        },
        beat: { command: 'celery -A shop beat', singleton: true },
        nightly: { command: 'python -m shop.cleanup', schedule: '*-*-* 03:00' },
      },
    },
    says: [/worker/, /beat/, /nightly/],
    prepare: (resident) => startRedis(resident),
    expect: async (resident, version) => {
      assert.equal((await resident.ask('/task')).body, version);
      await until(async () => (await resident.ask('/told/tick')).body === version);
      await runSchedule(resident, 'nightly');
      assert.equal((await resident.ask('/told/cleanup')).body, version);
    },
    also: 'tasks, beat and the schedule run from the live release, also after the rollback',
  },
  {
    name: 'queues',
    title: 'RQ, arq and APScheduler, each in a process of its own',
    own: {
      env: { REDIS_URL: 'redis://127.0.0.1:6399/1' },
      processes: {
        rq: { command: 'rq worker --url $REDIS_URL', drain: '10m' },
        arq: { command: 'arq worker.WorkerSettings', drain: '10m' },
        clock: { command: 'python clock.py', singleton: true },
      },
    },
    says: [/start rq, arq/, /clock/],
    prepare: (resident) => startRedis(resident),
    expect: async (resident, version) => {
      await resident.ask('/enqueue');
      for (const by of ['rq', 'arq', 'apscheduler'])
        await until(async () => (await resident.ask(`/told/${by}`)).body === version);
    },
    also: 'jobs of all three are done by the live release, also after the rollback',
  },
];

/** Once for all projects of the host. */
async function startRedis({ zoo }: Resident): Promise<void> {
  const server = "systemd-run --unit zoo-redis redis-server --port 6399 --bind 127.0.0.1 --save ''";
  const ran = await zoo.host.root(`systemctl is-active zoo-redis || ${server}`);
  assert.equal(ran.code, 0, ran.stderr);
}

/** Runs what the one timer of that process would start. */
async function runSchedule({ zoo, place }: Resident, process: string): Promise<void> {
  const timers = `systemctl list-units --plain --no-legend '${place.service}@*.${process}.*.timer'`;
  const ran = await zoo.host.root(`systemctl start $(${timers} | sed 's/[.]timer .*/.service/')`);
  assert.equal(ran.code, 0, ran.stderr);
}

async function startNginx(resident: Resident): Promise<void> {
  const { host } = resident.zoo;
  const { service } = resident.place;
  const config = `server { listen 127.0.0.1:8100; location /static/ { alias /srv/${service}/current/static/; } }`;
  await host.root('cat >/etc/nginx/sites-enabled/default', { input: `${config}\n` });
  const ran = await host.root("systemd-run --unit zoo-nginx nginx -g 'daemon off;'");
  assert.equal(ran.code, 0, ran.stderr);
}

/** Sends one message over a new websocket; the first that comes back. */
function firstMessage(url: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.onopen = () => socket.send(text);
    socket.onmessage = ({ data }) => {
      resolve(String(data));
      socket.close();
    };
    socket.onerror = () => reject(new Error(`no websocket at ${url}`));
  });
}
