import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseFile } from '../../../../src/init/find/database-file';

test('a SQLite file inside of the release is found, however the code names it', () => {
  const flask = 'from flask_sqlalchemy import SQLAlchemy\n';
  const rows: [string, string | null][] = [
    ['engine = create_engine("sqlite:///./app.db")', 'app.db'],
    ['url = os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///data/app.sqlite3")', 'data/app.sqlite3'],
    ['sqlite_file_name = "database.db"\nsqlite_url = f"sqlite:///{sqlite_file_name}"', 'database.db'],
    ['db_url="sqlite://db.sqlite3"', 'db.sqlite3'],
    ['with sqlite3.connect("shop.db") as connection:', 'shop.db'],
    ['db = await aiosqlite.connect("shop.db")', 'shop.db'],
    ["db = SqliteDatabase('people.db')", 'people.db'],
    ['"NAME": BASE_DIR / "data" / "db.sqlite3",', 'data/db.sqlite3'],
    [`${flask}app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///project.db"`, 'instance/project.db'],
    ['DATABASE=os.path.join(app.instance_path, "flaskr.sqlite")', 'instance/flaskr.sqlite'],
    ['"sqlite:////var/lib/shop/app.db"', null],
    ['"sqlite:///:memory:"', null],
    ['"sqlite:///../up.db"', null],
    ['url = f"sqlite:///{settings.path}"', null],
    ['url = f"sqlite:///{path}"', null],
  ];
  for (const [text, path] of rows) {
    const found = databaseFile([{ file: 'main.py', name: 'main', lines: text.split('\n') }]);
    assert.equal(found?.path ?? null, path, text);
  }
});
