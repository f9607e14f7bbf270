import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Project } from '../../../../src/deployment/project/project';
import { modulesOf } from '../../../../src/init/find/code';
import { envNames } from '../../../../src/init/find/env-names';
import { commitOf } from '../../deployment/project/commit';

/** `NAME` or `NAME!` for a required one. */
function namesIn(text: string): string[] {
  const modules = modulesOf(new Project(commitOf({ 'settings.py': text })), '');
  return envNames(modules).map(({ name, isRequired }) => `${name}${isRequired ? '!' : ''}`);
}

test('variables without a default are required', () => {
  assert.deepEqual(
    namesIn(
      'A = os.environ["A_KEY"]\nB = os.environ.get("B", "x")\nC = os.getenv("C")\nD = os.getenv("A_KEY")\n',
    ),
    ['A_KEY!', 'B', 'C'],
  );
  assert.deepEqual(namesIn('from os import environ\nA = environ["A"]\n'), ['A!']);
});

test('readers of other packages count where the file imports them', () => {
  const calls = 'A = env("A")\nB = env.bool("B", default=False)\nC = config("C", cast=int, default=1)\n';
  assert.deepEqual(namesIn(`import environ\nenv = environ.Env()\n${calls}`), ['A!', 'B', 'C']);
  assert.deepEqual(namesIn(calls), []);
});

test('fields of pydantic settings are variables, with their prefix', () => {
  const settings = `class Settings(BaseSettings):
    """Text."""
    model_config = SettingsConfigDict(env_prefix="SHOP_")
    database_url: PostgresDsn
    debug: bool = False
    token: str = Field(alias="API_TOKEN")

    def url(self) -> str:
        x: int
`;
  assert.deepEqual(namesIn(settings), ['API_TOKEN!', 'SHOP_DATABASE_URL!', 'SHOP_DEBUG']);
});

test('names of the system, of WSGI and of comments, and assignments, are left out', () => {
  assert.deepEqual(
    namesIn(
      'H = os.environ["HOME"]\nP = environ["PATH_INFO"]\n# os.environ["A"]\nos.environ["B"] = "1"\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "x")\nL = os.environ["LANDFALL_RELEASE"]\n',
    ),
    [],
  );
});
