/** The repository's address and the service's name, from what a checkout is called. Pure. */
import { isRepositoryAddress } from '../config/repository';
import { serviceName } from '../config/values';

export interface KnownRemote {
  /** As landfall.yaml takes it; null: no such form. */
  repository: string | null;
  /** For people: why the address is another than that of `origin`. */
  note: string | null;
  ci: 'github' | 'gitlab' | null;
}

/** @param hasGitlabFile whether the repository has a `.gitlab-ci.yml` or another sign of its CI */
export function knownRemote(remote: string | null, signs: { github: boolean; gitlab: boolean }): KnownRemote {
  const ci = ciOf(remote ?? '', signs);
  if (remote === null) return { repository: null, note: null, ci };
  const plain = remote.replace(/^(https:\/\/)[^/@]*@/, '$1');
  if (!isRepositoryAddress(plain))
    return {
      repository: null,
      note: `the address of origin cannot be used: ${plain.replace(/\/\/[^/@]*@/, '//')}`,
      ci,
    };
  const note = plain === remote ? null : 'the login in the address of origin was left out';
  return { repository: plain, note, ci };
}

function ciOf(remote: string, { github, gitlab }: { github: boolean; gitlab: boolean }): KnownRemote['ci'] {
  if (/(?:^|[@/.])github\.[a-z.]+[:/]/.test(remote)) return 'github';
  if (/(?:^|[@/.])gitlab\.[a-z.]+[:/]/.test(remote)) return 'gitlab';
  if (gitlab) return 'gitlab';
  return github ? 'github' : null;
}

/** The first of these texts that gives a name: of the project, of the folder, of the repository. */
export function proposedName(texts: (string | null)[]): string | null {
  for (const text of texts) {
    const name = (text ?? '')
      .toLowerCase()
      .replace(/\.git\/?$/, '')
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^[^a-z]+/, '')
      .slice(0, 31)
      .replace(/-+$/, '');
    if (name !== '' && serviceName.written.safeParse(name).success) return name;
  }
  return null;
}
