/** Plans in as few characters as a table has room for, with everything that they say but settings. */

import { bindArgument } from '../../../../src/deployment/gunicorn';
import type { Change, Step, Undo } from '../../../../src/deployment/plan/change';

export function stepInShort(step: Step): string {
  switch (step.name) {
    case 'renderUnit':
    case 'switchRelease':
    case 'removeInstance':
      return `${step.name} ${step.release}`;
    case 'restart':
      return `restart ${step.release ?? 'the unit in force'}`;
    case 'makeRoom':
      return [
        'makeRoom',
        step.release !== null && `for ${step.release}`,
        step.closeSocket && 'closing the socket',
        step.endUser && 'ending the user',
        step.listen !== null && `listening ${at(step.listen)}`,
      ]
        .filter(Boolean)
        .join(' ');
    case 'startRelease':
      return [
        `startRelease ${step.release} ${at(step.probe.address)}`,
        step.trial && 'on trial',
        step.provesImport && 'proving the import',
      ]
        .filter(Boolean)
        .join(' ');
    case 'awaitReady': {
      const isNew = step.commit === null ? '' : ' as new';
      return `awaitReady ${step.release ?? 'the unit in force'} ${at(step.probe.address)}${isNew}`;
    }
    case 'moveCheckout':
      return `moveCheckout ${step.release ?? 'back'}`;
    case 'restoreUnit':
      return `restoreUnit ${step.to}`;
    case 'startProcesses':
    case 'switchProcesses':
      return `${step.name} ${step.processes.join('+')} of ${step.release ?? 'none'}`;
    case 'finishProcesses':
      return `${step.name} ${step.processes.join('+')}`;
    case 'stopService':
      return 'stopService';
  }
}

/** The step, with `!` if it touches the live release; the interruption for users; then the undo. */
export function changeInShort({ does, undo, touchesLive, interrupts }: Change): string {
  const mark = touchesLive ? '! ' : '';
  const notice = interrupts === null ? '' : ` [requests ${interrupts.requests}: ${interrupts.why}]`;
  return `${mark}${stepInShort(does)}${notice} <- ${undo.map(undoInShort).join('; ') || 'nothing'}`;
}

function undoInShort(undo: Undo): string {
  return undo.map(stepInShort).join(', ');
}

function at(address: Parameters<typeof bindArgument>[0]): string {
  return `at ${bindArgument(address).split(':').at(-1)}`;
}
