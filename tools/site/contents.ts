/** The pages of the site, in the order of their use. */
export interface Section {
  title: string;
  /** Path in the repository, and its name in the list. */
  pages: readonly (readonly [path: string, name: string])[];
}

export const CONTENTS: readonly Section[] = [
  {
    title: 'Begin',
    pages: [
      ['docs/index.md', 'Where to begin'],
      ['README.md', 'Landfall in short'],
      ['docs/install.md', 'Install'],
      ['docs/up.md', 'From nothing to a service'],
      ['docs/comparison.md', 'Comparison with other tools'],
    ],
  },
  {
    title: 'Guides',
    pages: [
      ['docs/guides/fastapi.md', 'FastAPI'],
      ['docs/guides/django.md', 'Django'],
      ['docs/guides/celery.md', 'Celery'],
      ['docs/guides/behind-nginx.md', 'Behind nginx'],
      ['docs/guides/github-actions.md', 'GitHub Actions'],
      ['docs/guides/moving-from.md', 'Moving from another tool'],
      ['docs/adopt.md', 'A service set up by hand'],
    ],
  },
  {
    title: 'Use',
    pages: [
      ['docs/configuration.md', 'landfall.yaml'],
      ['docs/commands.md', 'Commands'],
      ['docs/environment.md', 'Variables'],
      ['docs/ci.md', 'CI'],
      ['docs/host.md', 'The host'],
      ['docs/eject.md', 'Leaving Landfall'],
      ['docs/controller.md', 'The controller'],
    ],
  },
  {
    title: 'How it works',
    pages: [
      ['docs/architecture.md', 'Architecture'],
      ['docs/gate.md', 'The gate'],
      ['docs/durability.md', 'Durability'],
      ['docs/security.md', 'Security'],
      ['docs/performance.md', 'Performance'],
      ['docs/zoo.md', 'Projects that were tried'],
      ['docs/glossary.md', 'Glossary'],
    ],
  },
  {
    title: 'Project',
    pages: [
      ['CHANGELOG.md', 'Changelog'],
      ['CONTRIBUTING.md', 'Contributing'],
      ['bench/README.md', 'The bench'],
    ],
  },
];
