import { allowedRun } from './allowed';
import { markGood } from './change/mark-good';
import { finishProcesses, startProcesses, switchProcesses } from './change/processes';
import {
  makeRoom,
  moveCheckout,
  removeInstance,
  renderUnit,
  restoreUnit,
  stopService,
  switchRelease,
} from './change/requests';
import { restart } from './change/restart';
import { startRelease } from './change/start-release';
import { checkDeployInput, checkDoctorInput } from './check-input';
import { endingAtDefects } from './defects';
import type { Dependencies } from './dependencies';
import { awaitHost } from './observe/await-host';
import { awaitReady } from './observe/await-ready';
import { collectEvidence } from './observe/collect-evidence';
import { compareCommits } from './observe/compare-commits';
import { inspectHost } from './observe/inspect-host';
import { previewUnit } from './observe/preview-unit';
import { soak } from './observe/soak';
import { buildRelease } from './prepare/build-release';
import { claimHost } from './prepare/claim-host';
import { examineRelease } from './prepare/examine-release';
import { fetchRelease } from './prepare/fetch-release';
import { installDependencies } from './prepare/install-dependencies';
import { migrate } from './prepare/migrate';
import { preImport } from './prepare/pre-import';
import { rehearse } from './prepare/rehearse';
import { closeClaim, discardRelease, installInstance, repairHost } from './prepare/requests';
import { sendCommit } from './prepare/send-commit';
import { resolveCommit } from './resolve-commit';

/** The steps of a deploy, with what they need from the outside. */
export function createActivities(dependencies: Dependencies) {
  const steps = {
    checkDeployInput: allowedRun(dependencies, checkDeployInput),
    checkDoctorInput: allowedRun(dependencies, checkDoctorInput),
    checkSearchable: async () => dependencies.searchable(),
    resolveCommit: resolveCommit(dependencies),
    inspectHost: inspectHost(dependencies),
    previewUnit: previewUnit(dependencies),
    compareCommits: compareCommits(dependencies),
    claimHost: claimHost(dependencies),
    repairHost: repairHost(dependencies),
    fetchRelease: fetchRelease(dependencies),
    sendCommit: sendCommit(dependencies),
    installDependencies: installDependencies(dependencies),
    buildRelease: buildRelease(dependencies),
    examineRelease: examineRelease(dependencies),
    preImport: preImport(dependencies),
    migrate: migrate(dependencies),
    rehearse: rehearse(dependencies),
    renderUnit: renderUnit(dependencies),
    restart: restart(dependencies),
    installInstance: installInstance(dependencies),
    startRelease: startRelease(dependencies),
    switchRelease: switchRelease(dependencies),
    startProcesses: startProcesses(dependencies),
    switchProcesses: switchProcesses(dependencies),
    finishProcesses: finishProcesses(dependencies),
    makeRoom: makeRoom(dependencies),
    moveCheckout: moveCheckout(dependencies),
    removeInstance: removeInstance(dependencies),
    awaitHost: awaitHost(dependencies),
    awaitReady: awaitReady(dependencies),
    soak: soak(dependencies),
    markGood: markGood(dependencies),
    collectEvidence: collectEvidence(dependencies),
    restoreUnit: restoreUnit(dependencies),
    stopService: stopService(dependencies),
    discardRelease: discardRelease(dependencies),
    closeClaim: closeClaim(dependencies),
  };
  return guarded(steps);
}

/** A defect ends every one of them at once. */
function guarded<Steps extends object>(steps: Steps): Steps {
  const each = Object.entries(steps).map(([name, step]) => [name, endingAtDefects(step)]);
  return Object.fromEntries(each) as Steps;
}

export type Activities = ReturnType<typeof createActivities>;
