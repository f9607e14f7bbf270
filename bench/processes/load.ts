/** Deploys of a web server and a Celery worker, while requests and tasks come in. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Zoo } from '../../test/zoo/zoo';
import { Load, type LoadReport, now } from '../load';
import { deploy, mustSucceed } from './times';

const REDIS = 'redis://127.0.0.1:6398/0';
/** Requests a second of each kind. */
const RATE = 30;

/** The example app's Celery half, with tasks that tell of their beginning and of their end. */
const TASKS = `
import os
import time

from celery import Celery

URL = os.environ["REDIS_URL"]
celery = Celery("shop", broker=URL, backend=URL)


@celery.task(ignore_result=True)
def work(number):
    client = celery.backend.client
    client.hincrby("began", number, 1)
    # Every twentieth lasts longer than a deploy.
    time.sleep(12 if number % 20 == 0 else 0.3)
    client.hincrby("done", number, 1)
`;

const WEB = `
import asyncio
from pathlib import Path

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

VERSION = (Path(__file__).parent / "version.txt").read_text().strip()


async def quick(request):
    return JSONResponse({"version": VERSION})


async def slow(request):
    await asyncio.sleep(1)
    return JSONResponse({"version": VERSION})


app = Starlette(routes=[Route("/", quick), Route("/slow", slow), Route("/health/ready", quick)])
`;

/** Sends six tasks a second until it is told to end, and then says how many. */
const SENDER = `
import signal, sys, time
from celery import Celery

celery, ends, sent = Celery(broker="${REDIS}"), [], 0
signal.signal(signal.SIGTERM, lambda *_: ends.append(1))
while not ends:
    celery.send_task("shop.work", [sent])
    sent += 1
    time.sleep(1 / 6)
open("/run/bench-sent", "w").write(str(sent))
`;

/** As many tasks as the sender says: how often each began and was done. */
const COUNT = `
import json, sys
from redis import Redis

client, sent = Redis.from_url("${REDIS}"), int(open("/run/bench-sent").read())
began, done = ({int(k): int(v) for k, v in client.hgetall(name).items()} for name in ("began", "done"))
counts = [done.get(number, 0) for number in range(sent)]
print(json.dumps({
    "sent": sent,
    "once": sum(count == 1 for count in counts),
    "again": sum(count > 1 for count in counts),
    "lost": sum(count == 0 for count in counts),
    "killed": sum(began.get(number, 0) > done.get(number, 0) for number in range(sent)),
}))
`;

export interface Tasks {
  sent: number;
  once: number;
  /** The broker has delivered it again. */
  again: number;
  lost: number;
  /** Begun more often than done. */
  killed: number;
}

export interface LoadResult {
  deploys: number;
  seconds: number[];
  load: LoadReport;
  tasks: Tasks;
}

export async function underLoad(zoo: Zoo, deploys: number, say: (line: string) => void): Promise<LoadResult> {
  const resident = zoo.admit('celery-redis', 'loaded');
  const root = (command: string, input?: string) => onHost(zoo, command, input);
  resident.configure({
    env: { REDIS_URL: REDIS },
    processes: {
      worker: { command: 'celery -A shop worker --concurrency 4', drain: '10m' },
    },
  });
  const files = { 'main.py': WEB, 'shop/__init__.py': TASKS };
  const load = await Load.begin();
  try {
    await root(`systemd-run -q --unit bench-redis redis-server --port 6398 --bind 127.0.0.1 --save ''`);
    await mustSucceed(resident, 'setup');
    await deploy(resident, 'first', files);
    const python = (await root(`readlink -f /srv/loaded/current/.venv`)).trim();
    await root('cat > /root/sender.py', SENDER);
    await root(`systemd-run -q --unit bench-sender ${python}/bin/python /root/sender.py`);
    const paths = { quick: '/', slow: '/slow' };
    const { address } = zoo.host;
    load.start({ host: address, port: resident.place.port, paths }, { fresh: RATE, kept: RATE, slow: RATE });
    await delay(2_000);
    const from = now();
    const seconds: number[] = [];
    for (let at = 1; at <= deploys; at++) {
      seconds.push(await deploy(resident, `deploy ${at}`, files));
      say(`deploy ${at} of ${deploys}: ${seconds.at(-1)?.toFixed(1)} s; ${await busy(root)}`);
    }
    const report = await load.report({ from, to: now() });
    await load.stop();
    await root('systemctl stop bench-sender');
    return { deploys, seconds, load: report, tasks: await allTasks(root, python) };
  } finally {
    await load.end();
    await resident.leave();
  }
}

type Root = (command: string, input?: string) => Promise<string>;

async function onHost(zoo: Zoo, command: string, input?: string): Promise<string> {
  const { code, stdout, stderr } = await zoo.host.root(command, { input });
  if (code !== 0) throw new Error(`On the host, ended with ${code}: ${command}\n${stderr}`);
  return stdout;
}

/** How many workers work, and how many of them only finish their tasks. */
async function busy(root: Root): Promise<string> {
  const listed = await root("systemctl list-units --plain --no-legend 'loaded@*.worker.*.service'");
  const states = listed.split('\n').filter((line) => line.includes('.worker.'));
  const finishing = states.filter((line) => line.includes('deactivating')).length;
  return `${states.length} workers, of which ${finishing} only finish`;
}

/** Waits until each task is done, at most two minutes. */
async function allTasks(root: Root, python: string): Promise<Tasks> {
  for (let tries = 0; ; tries++) {
    const tasks = JSON.parse(await root(`${python}/bin/python -`, COUNT)) as Tasks;
    if (tasks.lost === 0 || tries === 60) return tasks;
    await delay(2_000);
  }
}
