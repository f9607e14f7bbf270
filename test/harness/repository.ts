import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../src/package-root';

/** A Git repository that begins as a folder of this one, by default the example app; each test commits more. */
export class Repository {
  readonly directory = mkdtempSync(join(tmpdir(), 'landfall-repository-'));

  constructor(from = join('examples', 'fastapi-app')) {
    cpSync(join(packageRoot(), from), this.directory, { recursive: true });
    this.git('init', '--quiet', '--initial-branch=main');
    this.git('config', 'user.name', 'Test');
    this.git('config', 'user.email', 'test@example.com');
  }

  /** Writes files, or removes those that are null, and commits. @returns the full SHA */
  commit(message: string, files: Record<string, string | null> = {}): string {
    for (const [path, content] of Object.entries(files)) {
      const file = join(this.directory, path);
      mkdirSync(dirname(file), { recursive: true });
      if (content === null) rmSync(file);
      else writeFileSync(file, content);
    }
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '--message', message);
    return this.git('rev-parse', 'HEAD').trim();
  }

  /** A commit on a new branch from here, which stays on its own branch. @returns the full SHA */
  branch(name: string, message: string): string {
    this.git('switch', '--quiet', '--create', name);
    const sha = this.commit(message);
    this.git('switch', '--quiet', 'main');
    return sha;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private git(...args: string[]): string {
    return execFileSync('git', ['-C', this.directory, ...args], { encoding: 'utf8' });
  }
}
