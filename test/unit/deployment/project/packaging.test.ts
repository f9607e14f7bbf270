import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceSettings } from '../../../../src/config/deploy-input';
import { type ProjectSettings, readFacts } from '../../../../src/deployment/project/read-facts';
import { packagingWords } from '../../../../src/deployment/project/with-facts';
import { settings as standard } from '../../../harness/deploy-input';
import { commitOf } from './commit';

interface Row {
  files: Record<string, string>;
  folder?: string;
  requirements?: string[];
  dependencies?: Partial<ServiceSettings['dependencies']>;
}

const LOCK = 'version = 1\n';
const APP = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["six"]\n';
const BUILT = `${APP}[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n`;
const WORKSPACE = '[tool.uv.workspace]\nmembers = ["services/*", "libs/**"]\nexclude = ["services/old*"]\n';
const POETRY = '[tool.poetry]\nname = "my-shop"\n[tool.poetry.dependencies]\npython = "^3.11"\nsix = "*"\n';
const POETRY_BUILT = `${POETRY}[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n`;

/** The packaging that is found, with all files that decide; `project` where the commit has code to install. */
const FOUND: Record<string, [Row, string]> = {
  'a requirements.txt': [{ files: { 'requirements.txt': '' } }, 'requirements: requirements.txt'],
  'a file that is written counts, whatever else is there': [
    {
      files: { 'a.txt': '', 'uv.lock': LOCK, 'pyproject.toml': APP, 'poetry.lock': LOCK },
      requirements: ['a.txt'],
    },
    'requirements: a.txt',
  ],
  'two written files': [
    { files: { 'a.txt': '', 'b.txt': '' }, requirements: ['a.txt', 'b.txt'] },
    'requirements: a.txt, b.txt',
  ],
  'requirements.txt before all other names': [
    { files: { 'requirements.txt': '', 'requirements/prod.txt': '', 'requirements-dev.txt': '' } },
    'requirements: requirements.txt',
  ],
  'the file of production': [
    {
      files: {
        'requirements/production.txt': '-r base.txt',
        'requirements/base.txt': '',
        'requirements/dev.txt': '',
      },
    },
    'requirements: requirements/production.txt',
  ],
  'requirements/prod.txt': [
    { files: { 'requirements/prod.txt': '' } },
    'requirements: requirements/prod.txt',
  ],
  'requirements-prod.txt': [
    { files: { 'requirements-prod.txt': '' } },
    'requirements: requirements-prod.txt',
  ],
  'requirements/base.txt alone': [
    { files: { 'requirements/base.txt': '' } },
    'requirements: requirements/base.txt',
  ],
  'a bare pyproject.toml next to requirements.txt': [
    { files: { 'requirements.txt': '', 'pyproject.toml': APP } },
    'requirements: requirements.txt',
  ],
  'a pyproject.toml of tools alone': [
    { files: { 'requirements.txt': '', 'pyproject.toml': '[tool.ruff]\nline-length = 100\n' } },
    'requirements: requirements.txt',
  ],
  'a broken pyproject.toml that nothing needs': [
    { files: { 'requirements.txt': '', 'pyproject.toml': '[tool' } },
    'requirements: requirements.txt',
  ],
  'an editable line': [
    { files: { 'requirements.txt': '-e .', 'pyproject.toml': BUILT } },
    'requirements: requirements.txt; local',
  ],
  'a wheel of the repository': [
    { files: { 'requirements.txt': './vendor/x-1-py3-none-any.whl', 'vendor/x-1-py3-none-any.whl': '' } },
    'requirements: requirements.txt; local',
  ],
  'a local line of an included file': [
    {
      files: {
        'requirements.txt': '-r more/a.txt',
        'more/a.txt': 'six==1\n./libs/x[all] ; python_version>"3"',
        'libs/x/setup.py': '',
      },
    },
    'requirements: requirements.txt; local',
  ],
  'direct links are not local': [
    {
      files: {
        'requirements.txt':
          'a @ https://example.org/a-1.zip\ngit+ssh://git@example.org/x/y.git@v1\nb[c]>=1,<2 ; x/y\n',
      },
    },
    'requirements: requirements.txt',
  ],
  'uv.lock': [{ files: { 'uv.lock': LOCK, 'pyproject.toml': APP } }, 'uv.lock of uv.lock pyproject.toml'],
  'uv.lock of a project with a build system': [
    { files: { 'uv.lock': LOCK, 'pyproject.toml': BUILT } },
    'uv.lock of uv.lock pyproject.toml; project',
  ],
  'uv.lock of a project that is not a package': [
    { files: { 'uv.lock': LOCK, 'pyproject.toml': `${BUILT}[tool.uv]\npackage = false\n` } },
    'uv.lock of uv.lock pyproject.toml',
  ],
  'uv.lock of a package without a build system': [
    { files: { 'uv.lock': LOCK, 'pyproject.toml': `${APP}[tool.uv]\npackage = true\n` } },
    'uv.lock of uv.lock pyproject.toml; project',
  ],
  'uv.lock before requirements.txt': [
    { files: { 'uv.lock': LOCK, 'pyproject.toml': APP, 'requirements.txt': '' } },
    'uv.lock of uv.lock pyproject.toml',
  ],
  'groups and extras': [
    {
      files: {
        'uv.lock': LOCK,
        'pyproject.toml': `${APP}[project.optional-dependencies]\npg = ["psycopg"]\n[dependency-groups]\nmy_prod = []\n`,
      },
      dependencies: { groups: ['My-Prod'], extras: ['pg'] },
    },
    'uv.lock (groups My-Prod; extras pg) of uv.lock pyproject.toml',
  ],
  'a member of a workspace': [
    {
      files: {
        'uv.lock': LOCK,
        'pyproject.toml': WORKSPACE,
        'services/shop/pyproject.toml': `${APP}[tool.uv.sources]\ncommon = { workspace = true }\n`,
        'services/older/pyproject.toml': BUILT,
        'libs/a/common/pyproject.toml': BUILT,
      },
      folder: 'services/shop',
    },
    '../../uv.lock of ../../uv.lock ../../pyproject.toml pyproject.toml ../../libs/a/common/pyproject.toml; project',
  ],
  'code below its project': [
    { files: { 'uv.lock': LOCK, 'pyproject.toml': BUILT, 'src/shop/main.py': '' }, folder: 'src/shop' },
    '../../uv.lock of ../../uv.lock ../../pyproject.toml; project',
  ],
  'requirements of the folder above': [
    { files: { 'requirements.txt': '', 'app/main.py': '' }, folder: 'app' },
    'requirements: ../requirements.txt',
  ],
  'the nearest requirements': [
    { files: { 'requirements.txt': '', 'app/requirements.txt': '' }, folder: 'app' },
    'requirements: requirements.txt',
  ],
  'a path dependency': [
    {
      files: {
        'uv.lock': LOCK,
        'pyproject.toml': `${APP}[tool.uv.sources]\ncommon = { path = "libs/common", editable = true }\n`,
        'libs/common/pyproject.toml': BUILT,
      },
    },
    'uv.lock of uv.lock pyproject.toml; project',
  ],
  'poetry.lock': [
    { files: { 'poetry.lock': LOCK, 'pyproject.toml': POETRY } },
    'poetry.lock of poetry.lock pyproject.toml',
  ],
  'poetry.lock with a package of the project': [
    { files: { 'poetry.lock': LOCK, 'pyproject.toml': POETRY_BUILT, 'src/my_shop/__init__.py': '' } },
    'poetry.lock of poetry.lock pyproject.toml; project',
  ],
  'poetry.lock of an app whose folder has another name': [
    { files: { 'poetry.lock': LOCK, 'pyproject.toml': POETRY_BUILT, 'main.py': '' } },
    'poetry.lock of poetry.lock pyproject.toml',
  ],
  'poetry without package mode': [
    {
      files: {
        'poetry.lock': LOCK,
        'pyproject.toml': POETRY_BUILT.replace('[tool.poetry]', '[tool.poetry]\npackage-mode = false'),
        'my_shop/__init__.py': '',
      },
    },
    'poetry.lock of poetry.lock pyproject.toml',
  ],
  'groups of poetry': [
    {
      files: {
        'poetry.lock': LOCK,
        'pyproject.toml': `${POETRY}[tool.poetry.group.prod.dependencies]\nx = "*"\n`,
      },
      dependencies: { groups: ['prod'] },
    },
    'poetry.lock (groups prod) of poetry.lock pyproject.toml',
  ],
  'pdm.lock': [{ files: { 'pdm.lock': LOCK, 'pyproject.toml': APP } }, 'pdm.lock of pdm.lock pyproject.toml'],
  'pdm without a distribution': [
    { files: { 'pdm.lock': LOCK, 'pyproject.toml': `${BUILT}[tool.pdm]\ndistribution = false\n` } },
    'pdm.lock of pdm.lock pyproject.toml',
  ],
  'pylock.toml': [{ files: { 'pylock.toml': LOCK } }, 'pylock.toml of pylock.toml'],
  'pylock.toml with its project': [
    { files: { 'pylock.toml': LOCK, 'pyproject.toml': BUILT } },
    'pylock.toml of pylock.toml pyproject.toml; project',
  ],
  'a lock file that is written': [
    {
      files: { 'uv.lock': LOCK, 'poetry.lock': LOCK, 'pyproject.toml': APP },
      dependencies: { lock: 'uv.lock' },
    },
    'uv.lock of uv.lock pyproject.toml',
  ],
  'a named pylock': [
    {
      files: { 'pylock.prod.toml': LOCK, 'requirements.txt': '' },
      dependencies: { lock: 'pylock.prod.toml' },
    },
    'pylock.prod.toml of pylock.prod.toml',
  ],
  'not locked, as written': [
    { files: { 'pyproject.toml': BUILT }, dependencies: { unlocked: true } },
    'pyproject.toml, not locked of pyproject.toml; project',
  ],
  'locked, although it need not be': [
    { files: { 'pyproject.toml': APP, 'uv.lock': LOCK }, dependencies: { unlocked: true } },
    'uv.lock of uv.lock pyproject.toml',
  ],
};

const REFUSED: Record<string, [Row, string | RegExp]> = {
  'a pylock.toml with the project itself': [
    {
      files: {
        'pylock.toml': `${LOCK}[[packages]]\nname = "shop"\ndirectory = { path = ".", editable = true }\n`,
      },
    },
    /^pylock\.toml installs a folder of the repository\. Lock without it/,
  ],
  'nothing at all': [
    { files: { 'main.py': '' } },
    'The commit has no requirements.txt, uv.lock, pylock.toml, poetry.lock or pdm.lock. Commit one of them, or write requirements: [FILE] in landfall.yaml.',
  ],
  'nothing in the folder': [
    {
      files: { 'services/shop/main.py': '', 'services/shop/pyproject.toml': '[tool.ruff]\n' },
      folder: 'services/shop',
    },
    'The commit has no requirements.txt, uv.lock, pylock.toml, poetry.lock or pdm.lock in services/shop. Commit one of them, or write requirements: [FILE] in landfall.yaml.',
  ],
  'two lock files': [
    { files: { 'uv.lock': LOCK, 'poetry.lock': LOCK, 'pyproject.toml': APP } },
    'The commit has uv.lock and poetry.lock. Name the one that counts: dependencies: { lock: uv.lock }.',
  ],
  'two files of production': [
    { files: { 'requirements/production.txt': '', 'requirements-prod.txt': '' } },
    'The commit has requirements/production.txt and requirements-prod.txt, and no requirements.txt. Name the one that counts: requirements: [requirements/production.txt].',
  ],
  'a pyproject.toml alone': [
    { files: { 'pyproject.toml': APP } },
    'pyproject.toml lists dependencies, and no lock file pins them. Run uv lock and commit uv.lock, or write dependencies: { unlocked: true }.',
  ],
  'poetry without its lock': [
    { files: { 'pyproject.toml': POETRY } },
    'pyproject.toml lists dependencies, and no lock file pins them. Run poetry lock and commit poetry.lock, or write dependencies: { unlocked: true }.',
  ],
  'a path dependency that no lock file pins': [
    {
      files: {
        'pyproject.toml': `${APP}[tool.uv.sources]\nsix = { path = "libs/common" }\n`,
        'libs/common/pyproject.toml': APP,
      },
      dependencies: { unlocked: true },
    },
    'pyproject.toml installs libs/common from the repository, and no lock file says how. Run uv lock and commit uv.lock.',
  ],
  'a lock file without its project': [
    { files: { 'uv.lock': LOCK } },
    'The commit has uv.lock, but no pyproject.toml that belongs to it. Commit pyproject.toml, from which the lock file was made.',
  ],
  'a project that the workspace excludes': [
    {
      files: { 'uv.lock': LOCK, 'pyproject.toml': WORKSPACE, 'services/older/pyproject.toml': APP },
      folder: 'services/older',
    },
    'pyproject.toml lists dependencies, and no lock file pins them. Run uv lock and commit uv.lock, or write dependencies: { unlocked: true }.',
  ],
  'a project below another one': [
    { files: { 'poetry.lock': LOCK, 'pyproject.toml': POETRY, 'api/pyproject.toml': POETRY }, folder: 'api' },
    'pyproject.toml lists dependencies, and no lock file pins them. Run poetry lock and commit poetry.lock, or write dependencies: { unlocked: true }.',
  ],
  'a written file that is not there': [
    { files: { 'services/shop/requirements.txt': '' }, folder: 'services/shop', requirements: ['prod.txt'] },
    'The commit has no requirement file prod.txt in services/shop. Commit that file, or correct `requirements:` in landfall.yaml.',
  ],
  'an included file that is not there': [
    { files: { 'requirements.txt': '-c constraints.txt' } },
    'The commit has no constraints.txt, which requirements.txt names. Commit that file, or remove the line that names it.',
  ],
  'a local path that is not there': [
    { files: { 'requirements.txt': '-e libs/common' } },
    'requirements.txt installs from a path that the commit does not have: -e libs/common. Name a folder or a file of the repository, a package of the index, or a URL.',
  ],
  'a path of the developer': [
    { files: { 'requirements.txt': 'common @ file:///home/ada/common' } },
    'requirements.txt installs from a path that the commit does not have: common @ file:///home/ada/common. Name a folder or a file of the repository, a package of the index, or a URL.',
  ],
  'a path dependency that is not there': [
    {
      files: {
        'uv.lock': LOCK,
        'pyproject.toml': `${APP}[tool.uv.sources]\ncommon = { path = "../common" }\n`,
      },
    },
    'pyproject.toml names ../common, which the commit does not have. Name a folder of the repository, a package of the index, or a URL.',
  ],
  'a lock file that is written and not there': [
    { files: { 'uv.lock': LOCK, 'pyproject.toml': APP }, dependencies: { lock: 'poetry.lock' } },
    'The commit has no poetry.lock, which dependencies.lock names. Commit that file, or correct `dependencies: { lock: … }` in landfall.yaml.',
  ],
  'a group that is not there': [
    {
      files: { 'uv.lock': LOCK, 'pyproject.toml': `${APP}[dependency-groups]\ndev = []\n` },
      dependencies: { groups: ['prod'] },
    },
    'pyproject.toml has no group prod. Correct dependencies.groups: it has dev.',
  ],
  'an extra that is not there': [
    { files: { 'uv.lock': LOCK, 'pyproject.toml': APP }, dependencies: { extras: ['pg'] } },
    'pyproject.toml has no extra pg. Correct dependencies.extras: it has no extras.',
  ],
  'a lock file with a broken pyproject.toml': [
    { files: { 'uv.lock': LOCK, 'pyproject.toml': 'a = ' } },
    /^pyproject\.toml is not TOML: .+\. Correct pyproject\.toml\.$/,
  ],
  pipenv: [
    { files: { 'Pipfile.lock': '{}', Pipfile: '' } },
    'The commit has no requirements.txt, uv.lock, pylock.toml, poetry.lock or pdm.lock. Run: pipenv requirements > requirements.txt, and commit that file.',
  ],
  conda: [
    { files: { 'environment.yml': '' } },
    'The commit has no requirements.txt, uv.lock, pylock.toml, poetry.lock or pdm.lock. Landfall does not use conda: write requirements.txt with the packages that pip can install.',
  ],
  'requirements that were never compiled': [
    { files: { 'requirements.in': 'six' } },
    'The commit has no requirements.txt, uv.lock, pylock.toml, poetry.lock or pdm.lock. Run: uv pip compile requirements.in -o requirements.txt, and commit requirements.txt.',
  ],
  'a setup.py alone': [
    { files: { 'setup.py': '' } },
    'The commit has no requirements.txt, uv.lock, pylock.toml, poetry.lock or pdm.lock. Run: uv pip compile setup.py -o requirements.txt, and commit it with a line -e . in it.',
  ],
  'a named pylock that is not chosen': [
    { files: { 'pylock.prod.toml': LOCK } },
    'The commit has no requirements.txt, uv.lock, pylock.toml, poetry.lock or pdm.lock. Write dependencies: { lock: pylock.prod.toml }.',
  ],
  'a service in a folder that is not named': [
    { files: { 'backend/requirements.txt': '', 'frontend/package.json': '', 'docs/requirements.txt': '' } },
    'The commit has no requirements.txt, uv.lock, pylock.toml, poetry.lock or pdm.lock. Write path: backend in landfall.yaml, if the service is there.',
  ],
  'several services': [
    { files: { 'services/a/uv.lock': LOCK, 'services/b/requirements.txt': '' } },
    'The commit has no requirements.txt, uv.lock, pylock.toml, poetry.lock or pdm.lock. Write path: in landfall.yaml with the folder of the service: services/a, services/b.',
  ],
  'requirements under another name': [
    { files: { 'deps.txt': '', 'dev-requirements.txt': '' } },
    'The commit has no requirements.txt, uv.lock, pylock.toml, poetry.lock or pdm.lock. Write requirements: [deps.txt] in landfall.yaml, if that is the file.',
  ],
};

function factsOf({ files, folder, requirements, dependencies }: Row) {
  const usual = standard();
  const settings: ProjectSettings = {
    ...usual,
    requirements: requirements ?? null,
    dependencies: { ...usual.dependencies, ...dependencies },
  };
  return readFacts(commitOf(files, folder), settings);
}

for (const [name, [row, expected]] of Object.entries(FOUND))
  test(`found: ${name}`, () => {
    const { packaging, refusals } = factsOf(row);
    assert.deepEqual(refusals, []);
    assert.ok(packaging);
    const words = packagingWords(packaging);
    const shown =
      packaging.tool === 'requirements'
        ? `requirements: ${words}${packaging.local ? '; local' : ''}`
        : `${words} of ${packaging.files.join(' ')}${packaging.project ? '; project' : ''}`;
    assert.equal(shown, expected);
  });

for (const [name, [row, expected]] of Object.entries(REFUSED))
  test(`refused: ${name}`, () => {
    const [refusal, ...more] = factsOf(row).refusals;
    assert.deepEqual(more, []);
    const said = `${refusal?.message} ${refusal?.advice}`;
    if (typeof expected === 'string') assert.equal(said, expected);
    else assert.match(said, expected);
  });

test('a file that is not read is named, with the way to use it', () => {
  const { notices } = factsOf({ files: { 'uv.lock': LOCK, 'pyproject.toml': APP, 'requirements.txt': '' } });
  assert.deepEqual(notices, [
    'uv.lock is installed; requirements.txt is not read (write requirements: [requirements.txt] to use it)',
  ]);
});
