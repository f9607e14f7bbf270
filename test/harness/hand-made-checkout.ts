/** A service as a person has set it up: a checkout, an environment in it, a unit with `--preload`. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { World } from './world';

export const CHECKOUT = '/srv/shop';

/** Clones the repository on the host, at its newest commit, and starts the service from there. */
export async function setUpByHand(world: World): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-bundle-'));
  const bundle = join(folder, 'all.bundle');
  execFileSync('git', [
    '-C',
    world.repository.directory,
    'bundle',
    'create',
    '--quiet',
    bundle,
    'main',
    'HEAD',
  ]);
  const input = readFileSync(bundle).toString('base64');
  rmSync(folder, { recursive: true });
  await world.host.root('base64 -d > /tmp/all.bundle && chmod 644 /tmp/all.bundle', { input });
  const bind = `${world.host.address}:8000`;
  await world.host.root(`set -e
    id shop >/dev/null 2>&1 || useradd --system --no-create-home --home-dir /srv/shop.landfall --shell /usr/sbin/nologin shop
    install -d -o deploy -g deploy -m 755 ${CHECKOUT}
    runuser -u deploy -- sh -ec '
      git clone --quiet --branch main /tmp/all.bundle ${CHECKOUT}
      cd ${CHECKOUT}
      python3 -m venv --without-pip venv
      echo "GREETING = 1" > local_settings.py
      echo venv/ >> .git/info/exclude
    '
    python3 -m pip --version >/dev/null 2>&1 || true
    install -d -o shop -g shop ${CHECKOUT}/shared`);
  await world.host.root(
    `runuser -u deploy -- sh -ec 'cd ${CHECKOUT} && rm -rf venv && python3 -m venv venv && venv/bin/pip install --quiet --no-index --find-links /opt/wheels -r requirements.txt'`,
  );
  await world.host.root('cat > /etc/systemd/system/shop.service', {
    input: `[Unit]
Description=shop
[Service]
User=shop
WorkingDirectory=${CHECKOUT}
ExecStart=${CHECKOUT}/venv/bin/gunicorn --preload --workers 1 --worker-class uvicorn_worker.UvicornWorker --bind ${bind} main:app
Restart=always
[Install]
WantedBy=multi-user.target
`,
  });
  await world.host.root('systemctl daemon-reload && systemctl enable --now --quiet shop.service');
}
