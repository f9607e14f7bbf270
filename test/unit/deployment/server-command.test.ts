import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Server } from '../../../src/config/resolved';
import { serverOf } from '../../../src/deployment/server';
import { type Listens, serverCommand } from '../../../src/deployment/server-command';
import { settings } from '../../harness/deploy-input';

/** A server of which nothing is written. */
const silent: Server = {
  ...serverOf(settings()),
  workerClass: null,
  workers: null,
  timeout: null,
  gracefulTimeout: null,
};
const written = { workers: 3, threads: 8, timeout: 120_000, gracefulTimeout: 45_000, preload: true };
const of = (name: Server['name'], changes: Partial<Server> = {}) => ({ ...silent, name, ...changes });

const COMMANDS: [string, Server, Listens, 'tcp' | 'unix', string][] = [
  ['gunicorn handed', silent, 'handed', 'tcp', '-m gunicorn --config {gate}/conf.py main:app'],
  [
    'gunicorn handed, written',
    { ...silent, ...written },
    'handed',
    'tcp',
    '-m gunicorn --config {gate}/conf.py --workers 3 --threads 8 --timeout 120 --graceful-timeout 45 --preload main:app',
  ],
  [
    'gunicorn itself',
    { ...silent, workerClass: 'sync' },
    'itself',
    'tcp',
    '-m gunicorn --config {gate}/conf.py --bind {bind} --worker-class sync main:app',
  ],
  [
    'uvicorn handed',
    of('uvicorn', { workers: 2, options: ['--proxy-headers'] }),
    'handed',
    'tcp',
    '{gate}/serve.py uvicorn handed --fd 3 --workers 2 --timeout-graceful-shutdown 30 --proxy-headers landfall_gate.wrapped:app',
  ],
  [
    'uvicorn on TCP',
    of('uvicorn'),
    'itself',
    'tcp',
    '{gate}/serve.py uvicorn itself --host {host} --port {port} --timeout-graceful-shutdown 30 landfall_gate.wrapped:app',
  ],
  [
    'uvicorn on a unix socket',
    of('uvicorn'),
    'itself',
    'unix',
    '{gate}/serve.py uvicorn itself --uds {socket} --timeout-graceful-shutdown 30 landfall_gate.wrapped:app',
  ],
  [
    'hypercorn handed',
    of('hypercorn'),
    'handed',
    'tcp',
    '{gate}/serve.py hypercorn handed --bind fd://3 --graceful-timeout 30 landfall_gate.wrapped:app',
  ],
  [
    'hypercorn itself',
    of('hypercorn', { workers: 4 }),
    'itself',
    'unix',
    '{gate}/serve.py hypercorn itself --bind {bind} --workers 4 --graceful-timeout 30 landfall_gate.wrapped:app',
  ],
  [
    'granian handed',
    of('granian', { interface: 'wsgi' }),
    'handed',
    'tcp',
    '{gate}/serve.py granian handed --interface wsgi --workers-kill-timeout 30 landfall_gate.wrapped:wsgi',
  ],
  [
    'granian on TCP',
    of('granian', { stop: 1_500 }),
    'itself',
    'tcp',
    '{gate}/serve.py granian itself --host {host} --port {port} --interface asgi --workers-kill-timeout 2 landfall_gate.wrapped:app',
  ],
];

for (const [name, server, listens, on, command] of COMMANDS) {
  test(`the command of ${name}`, () => {
    assert.equal(serverCommand(server, 'main:app', listens, on).join(' '), command);
  });
}
