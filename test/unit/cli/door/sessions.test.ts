import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkSessions } from '../../../../src/cli/door/sessions';

const KEY = { operator: false, services: ['shop'], environments: ['production'], commands: ['deploy'] };

test('a key has at most so many sessions at a time as its limit says, and other keys and programs do not count', (t) => {
  const proc = mkdtempSync(join(tmpdir(), 'landfall-proc-'));
  t.after(() => rmSync(proc, { recursive: true }));
  const starts = (pid: string, ...words: string[]) => {
    mkdirSync(join(proc, pid));
    writeFileSync(join(proc, pid, 'cmdline'), words.map((word) => `${word}\0`).join(''));
  };
  mkdirSync(join(proc, '7')); // it ends at this moment
  mkdirSync(join(proc, 'sys'));
  starts('8', 'node', 'landfall.js', 'door', 'github-blog');
  starts('9', 'node', 'landfall.js', 'deploy', 'door', '--env', 'github-shop');
  for (let pid = 10; pid < 20; pid++) starts(String(pid), 'node', 'landfall.js', 'door', 'github-shop');
  checkSessions('github-shop', KEY, proc);
  starts('20', '/bin/sh', '/opt/landfall-controller/current/bin/landfall', 'door', 'github-shop');
  assert.throws(
    () => checkSessions('github-shop', KEY, proc),
    /the key github-shop has 10 sessions open already[\s\S]*keys\.github-shop\.sessions in policy\.yaml/,
  );
  checkSessions('github-shop', { ...KEY, sessions: 11 }, proc);
  assert.throws(() => checkSessions('github-shop', { ...KEY, sessions: 1 }, proc), /has 1 sessions open/);
  checkSessions('github-blog', { ...KEY, sessions: 1 }, proc);
});
