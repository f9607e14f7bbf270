import type { Contents } from '../../controller/install/contents';
import type { ControllerFacts } from '../../controller/install/facts';
import { megabytes } from '../../controller/install/plan';
import { output } from '../../output/output';
import { CommandError } from '../exit-codes';
import { archiveOf } from './archive';
import { lastLine, type Machine, type ScriptEnded } from './machine';

/**
 * Sends a version, when the machine does not have it, and starts it. A program that is the same as that of the
 * current version is not sent.
 * @param script makes the script, which takes the archive or not
 * @returns the controller's public key
 * @throws CommandError when the version does not start: the version before runs again, when there is one
 */
export async function sendVersion(
  machine: Machine,
  facts: ControllerFacts,
  contents: Contents,
  script: (how: { sends: boolean; kept: string[] }) => string,
): Promise<string> {
  const sends = !facts.versions.includes(contents.name);
  const kept = [...contents.programs].flatMap(([name, hash]) =>
    facts.programHashes.get(name) === hash ? [name] : [],
  );
  const files = contents.files.filter((file) => !kept.includes(file));
  const payload = sends ? withProgress(archiveOf({ ...contents, files })) : undefined;
  const ended = await machine.run(script({ sends, kept }), {
    payload,
    onSaid: ({ name, value }) => progressOf(name, value),
  });
  throwUnlessStarted(machine, ended);
  return ended.said.find(({ name }) => name === 'public-key')?.value ?? '';
}

/** @throws CommandError with what is in the way, and what runs now */
export function throwUnlessStarted(machine: Machine, { code, said, stderr }: ScriptEnded): void {
  const value = (wanted: string) => said.find(({ name }) => name === wanted)?.value;
  if (code === 0) return;
  const unusable = value('unusable');
  if (unusable !== undefined) {
    throw new CommandError([
      `A program of this machine does not run on ${machine.name}: ${unusable}`,
      'Name one that does: --node FILE (from nodejs.org), --temporal FILE. Nothing else was changed.',
    ]);
  }
  const log = said.filter(({ name }) => name === 'log').map((line) => `  ${line.value}`);
  const restored = value('restored');
  const end =
    restored !== undefined
      ? `The version before runs again: ${restored}.`
      : value('not-restored') !== undefined
        ? `The version before (${value('not-restored')}) does not start either.`
        : 'The services are stopped.';
  const started = value('not-started') ?? restored ?? value('not-restored');
  if (started !== undefined) {
    throw new CommandError([
      `The services do not start on ${machine.name}. ${end} Their journal ends with:`,
      ...log,
      `See all of it: landfall controller logs ${machine.name}`,
    ]);
  }
  throw new CommandError([
    `The script on ${machine.name} failed (exit status ${code}): ${lastLine(stderr)}`,
    'Correct that, then run the same command again.',
  ]);
}

function progressOf(name: string, value: string): void {
  if (name === 'done' && value === 'sent') output.say('  The programs are there.');
  if (name === 'started') output.say('  The services run.');
}

async function* withProgress(archive: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of archive) {
    bytes += chunk.length;
    output.progress(`  Sent ${megabytes(bytes)} (compressed).`);
    yield chunk;
  }
}
