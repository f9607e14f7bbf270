import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type Document, readMarkdown } from './markdown';

/** Reads each document once. */
export class Repository {
  private readonly documents = new Map<string, Document>();

  constructor(readonly root: string) {}

  /** @throws Error that names the file, when the document cannot be read */
  document(path: string): Document {
    const known = this.documents.get(path);
    if (known !== undefined) return known;
    try {
      const document = readMarkdown(readFileSync(join(this.root, path), 'utf8'));
      this.documents.set(path, document);
      return document;
    } catch (error) {
      throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Every Markdown file that people read here: none of a library, none that a build has made. */
  markdownFiles(folder = '.'): string[] {
    return readdirSync(join(this.root, folder), { withFileTypes: true })
      .filter(({ name }) => !name.startsWith('.') && !['node_modules', 'build'].includes(name))
      .flatMap((entry) => {
        const path = posix.join(folder, entry.name);
        if (entry.isDirectory()) return this.markdownFiles(path);
        return entry.isFile() && path.endsWith('.md') ? [path] : [];
      })
      .sort();
  }

  /** The links of a document that lead nowhere, each with its file, line and reason. */
  deadLinks(path: string): string[] {
    return this.document(path).links.flatMap(({ target, line }) => {
      const problem = this.problemOf(path, target);
      return problem === null ? [] : [`${path}:${line}: ${target}: ${problem}`];
    });
  }

  private problemOf(from: string, target: string): string | null {
    const place = resolveLink(from, target);
    if (place === null) return null;
    if (place.path.startsWith('../')) return 'leads out of the repository';
    if (!existsSync(join(this.root, place.path))) return `${place.path} does not exist`;
    const file = this.fileAt(place.path);
    if (place.anchor === null || !file.endsWith('.md')) return null;
    return this.document(file).anchors.has(place.anchor) ? null : `${file} has no heading #${place.anchor}`;
  }

  /** A folder shows its README. */
  fileAt(path: string): string {
    if (!statSync(join(this.root, path)).isDirectory()) return path;
    return posix.join(path, 'README.md');
  }
}

/** The place that a link names. @returns null for an address on the web */
export function resolveLink(from: string, target: string): { path: string; anchor: string | null } | null {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return null;
  const [path = '', anchor = null] = target.split('#');
  return { path: path === '' ? from : posix.join(posix.dirname(from), path), anchor };
}
