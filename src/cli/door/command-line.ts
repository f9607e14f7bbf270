import type { Asked, DoorCommand } from '../../controller/door/grammar';

/** Of a run's output and of its story, which the command gets in other ways. */
const NOT_ARGUMENTS = ['--output', '--ci'];

/** Whether a command needs the landfall.yaml of a commit. */
export function readsConfig(command: DoorCommand): boolean {
  return ['deploy', 'plan', 'rollback', 'restart', 'doctor'].includes(command);
}

/**
 * The ordinary command line for a command of the door. Pure.
 * @param commit the full SHA of its landfall.yaml
 */
export function argumentsFor(asked: Asked, commit: string | null): string[] {
  const { command, service, environment, operand, options } = asked;
  const choice = command === 'decide' && operand !== null ? [operand] : [];
  const deploys = command === 'deploy' || command === 'plan';
  const ref = deploys && commit !== null ? ['--ref', commit] : [];
  const words = [...options].flatMap(([option, word]) => {
    if (command === 'status' && option === '--ci') return ['--ci-run', String(word)];
    if (NOT_ARGUMENTS.includes(option)) return [];
    return word === true ? [option] : [option, word];
  });
  return [command, service, ...choice, '--env', environment, ...ref, ...words];
}
