import assert from 'node:assert/strict';
import type { Row } from './rows';
import type { Zoo } from './zoo';

/** Deploys a project twice and rolls it back once. @returns what its second deploy said */
export async function tryRow(zoo: Zoo, row: Row): Promise<string> {
  const resident = zoo.admit(row.name, row.name);
  resident.configure(row.own);
  const serves = async (version: string, output: string) => {
    assert.equal((await resident.ask('/')).body.includes(version), true, output);
    await row.expect?.(resident, version);
  };
  try {
    const setUp = await resident.landfall('setup');
    assert.equal(setUp.code, 0, setUp.output);
    await row.prepare?.(resident);
    let said = '';
    for (const version of ['first', 'second']) {
      const file = row.versionFile ?? 'version.txt';
      const commit = resident.repository.commit(version, { [file]: `${version}\n` });
      const deployed = await resident.landfall('deploy', '--ref', commit);
      assert.equal(deployed.code, 0, deployed.output);
      await serves(version, deployed.output);
      for (const words of row.says) assert.match(deployed.output, words);
      said = deployed.output;
    }
    const back = await resident.landfall('rollback');
    assert.equal(back.code, 0, back.output);
    await serves('first', back.output);
    return said;
  } finally {
    await resident.leave();
  }
}
