import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { leadsTo } from '../../../src/deployment/leads-to';
import { CHOICES, type HostState } from '../../../src/deployment/status';
import { statusMarkdown } from '../../../src/deployment/status-markdown';
import { status, unreachable } from '../cli/status';

function asking(phase: 'rollback' | 'finish', states: Record<string, HostState>) {
  const hosts = Object.fromEntries(
    Object.entries(states).map(([name, state]) => [name, { state, live: '1-aaaaaaa', problem: null }]),
  );
  return status({ phase, outcome: 'needs-operator', trouble: unreachable, question: 2, hosts });
}

describe('what a decision leads to', () => {
  it('in a rollback, of the hosts that are left', () => {
    const asked = asking('rollback', {
      web1: 'restored',
      web2: 'needs-operator',
      web3: 'unreachable',
      // Another deploy owns it.
      web4: 'unknown',
    });
    assert.deepEqual(
      CHOICES.map((choice) => leadsTo(choice, asked)),
      [
        'The rollback of web2, web3 is tried again.',
        'The deploy ends as accepted, with exit code 4, and every host stays as it stands.',
        'The new release is put in service once more on web1, web2, web3.',
      ],
    );
  });

  it('past the commit point, of the hosts that are not good', () => {
    const asked = asking('finish', { web1: 'good', web2: 'needs-operator' });
    assert.deepEqual(
      CHOICES.map((choice) => leadsTo(choice, asked)),
      [
        'Marking the new release good is tried again on web2.',
        'The deploy ends as accepted, with exit code 4, and every host stays as it stands.',
        'The new release is put in service once more on web2.',
      ],
    );
  });

  it('nothing, when it is none of the three: it never counts as another one', () => {
    assert.throws(() => leadsTo('Accept' as 'accept', asking('rollback', {})), /there is no choice Accept/);
  });

  it('stands in the details of the run, with what to paste', () => {
    const details = statusMarkdown(asking('rollback', { web1: 'needs-operator' }));
    assert.ok(
      details.includes(
        '- `{"choice":"retry","by":"your name","question":2}`: The rollback of web1 is tried again.',
      ),
      details,
    );
  });
});
