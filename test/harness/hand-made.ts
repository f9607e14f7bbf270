/** A service as a person sets it up by hand: a unit, a checkout with its environment, a script, nginx in front. */
import { execFileSync } from 'node:child_process';
import type { TestHost } from './hosts';

export interface HandMade {
  /** Lines of `[Service]` besides the usual ones. */
  more?: string[];
  /** Path of a repository that the checkout is a clone of. */
  repository: string;
}

/** Where the unit listens: not where the shortest landfall.yaml says. */
export const OLD_PORT = 8077;
export const CHECKOUT = '/srv/shop';

/** The unit of the starting point: one master that imports the app for all workers. */
export function handMadeUnit(host: TestHost, more: string[] = []): string {
  return `[Unit]
Description=shop
After=network.target

[Service]
User=www-data
Group=www-data
WorkingDirectory=${CHECKOUT}
Environment=LOG_LEVEL=info
Environment="SMTP_PASSWORD=swordfish ${host.name}"
EnvironmentFile=/etc/shop.env
ExecStart=${CHECKOUT}/venv/bin/gunicorn main:app --preload -w 2 -k uvicorn_worker.UvicornWorker \\
    -b ${host.address}:${OLD_PORT} --access-logfile -
Restart=on-failure
${more.map((line) => `${line}\n`).join('')}
[Install]
WantedBy=multi-user.target
`;
}

/** The script that such a host is deployed with, and that edits the unit. */
const SCRIPT = `#!/bin/sh
set -e
cd ${CHECKOUT}
git fetch -q && git reset -q --hard "$1"
venv/bin/pip install -q -r requirements.txt
sed -i "s/^Description=.*/Description=shop $1/" /etc/systemd/system/shop.service
systemctl daemon-reload
systemctl restart shop
`;

/** The host of the starting point: the service runs, and nginx serves it on port 8080. */
export async function setUpByHand(host: TestHost, { repository, more = [] }: HandMade): Promise<void> {
  const bundle = execFileSync('git', ['-C', repository, 'bundle', 'create', '-q', '-', '--all']);
  const files: [string, string, string][] = [
    ['/etc/systemd/system/shop.service', '644', handMadeUnit(host, more)],
    ['/etc/shop.env', '600', `DATABASE_URL=${host.databaseUrl}\n`],
    ['/usr/local/bin/deploy-shop', '755', SCRIPT],
    ['/etc/nginx/sites-enabled/shop', '644', site(host)],
  ];
  for (const [path, mode, input] of files) await root(host, `cat > ${path} && chmod ${mode} ${path}`, input);
  await root(host, 'base64 -d > /tmp/shop.bundle', bundle.toString('base64'));
  await root(
    host,
    `set -e
    rm -f /etc/nginx/sites-enabled/default
    git clone -q -b main /tmp/shop.bundle ${CHECKOUT}
    rm /tmp/shop.bundle
    git -C ${CHECKOUT} remote set-url origin ${repository}
    python3 -m venv ${CHECKOUT}/venv
    ${CHECKOUT}/venv/bin/pip install -q -r ${CHECKOUT}/requirements.txt
    printf 'venv/\\n__pycache__/\\n' >> ${CHECKOUT}/.git/info/exclude
    chown -R deploy: ${CHECKOUT}
    systemctl unmask nginx.service
    systemctl daemon-reload
    systemctl enable -q --now shop.service
    systemctl start nginx.service`,
  );
}

function site(host: TestHost): string {
  return `upstream shop { server ${host.address}:${OLD_PORT}; }
server {
  listen ${host.address}:8080;
  location / { proxy_pass http://shop; }
}
`;
}

async function root(host: TestHost, command: string, input?: string): Promise<void> {
  const ran = await host.root(command, input === undefined ? {} : { input });
  if (ran.code !== 0) throw new Error(`${command} ended with ${ran.code}: ${ran.stderr || ran.stdout}`);
}
