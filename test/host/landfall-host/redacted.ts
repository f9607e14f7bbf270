import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../../src/package-root';

const PROGRAM = `
import sys
sys.path.insert(0, sys.argv[1])
from landfall_host.redaction import Redactor
class Host:
    policy, state = {'envFiles': [sys.argv[2]]}, {}
    service, unit, stem, var = 'landfall-none', 'landfall-none.service', 'landfall-none', '/nonexistent'
sys.stdout.write(Redactor(Host)(sys.stdin.read()))
`;

/** The text after the helper's redaction on a host with this environment file. */
export function redacted(environment: string, text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'landfall-redaction-'));
  try {
    const file = join(directory, 'env');
    writeFileSync(file, environment);
    const argv = ['-I', '-B', '-c', PROGRAM, join(packageRoot(), 'host'), file];
    return execFileSync('python3', argv, { input: text, encoding: 'utf8' });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
