import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Mirrors } from '../../../src/git/mirrors';

/** A repository that people push to, a checkout to push from, and a controller's folder of mirrors. */
export class Origin {
  readonly folder = mkdtempSync(join(tmpdir(), 'landfall-sources-'));
  readonly url = join(this.folder, 'shop.git');
  readonly mirrorsFolder = join(this.folder, 'state', 'mirrors');
  readonly mirrors = new Mirrors(this.mirrorsFolder);
  private readonly checkout = join(this.folder, 'checkout');

  constructor() {
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', this.url]);
    execFileSync('git', ['clone', '--quiet', this.url, this.checkout], { stdio: 'ignore' });
    this.git('config', 'user.name', 'Test');
    this.git('config', 'user.email', 'test@example.com');
    this.git('checkout', '--quiet', '-b', 'main');
  }

  /** Commits these files on the branch that is checked out, and pushes it. @returns the full SHA */
  push(subject: string, files: Record<string, string> = {}): string {
    const commit = this.commit(subject, files);
    this.git('push', '--quiet', '--force', 'origin', 'HEAD');
    return commit;
  }

  commit(subject: string, files: Record<string, string> = {}): string {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.checkout, name)), { recursive: true });
      writeFileSync(join(this.checkout, name), content);
    }
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '-m', subject);
    return this.git('rev-parse', 'HEAD').trim();
  }

  /** git in the checkout. */
  git(...args: string[]): string {
    const env = { PATH: process.env.PATH, HOME: process.env.HOME };
    return execFileSync('git', ['-C', this.checkout, ...args], { encoding: 'utf8', env, stdio: 'pipe' });
  }

  async remove(): Promise<void> {
    await this.mirrors.close();
    rmSync(this.folder, { recursive: true });
  }
}
