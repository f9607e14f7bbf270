import type { CommitFiles, FileEntry } from '../../../../src/deployment/project/commit-files';

/** A commit of these files. `-> target` is a link, `@` a submodule. */
export function commitOf(files: Record<string, string | Uint8Array>, folder = ''): CommitFiles {
  const entries: FileEntry[] = [];
  const contents = new Map<string, Uint8Array>();
  for (const [path, content] of Object.entries(files)) {
    const link = typeof content === 'string' && content.startsWith('-> ') ? content.slice(3) : null;
    const bytes = typeof content === 'string' ? new TextEncoder().encode(link ?? content) : content;
    const kind = content === '@' ? 'submodule' : link === null ? 'file' : 'link';
    entries.push({ path, kind, bytes: kind === 'submodule' ? 0 : bytes.length });
    if (kind !== 'submodule') contents.set(path, bytes);
  }
  return { folder, entries, contents };
}
