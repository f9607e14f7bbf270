import { awaitHost } from './await-host';
import { awaitReady } from './await-ready';
import { checkDeployInput, checkDoctorInput } from './check-input';
import { claimHost } from './claim-host';
import { closeClaim } from './close-claim';
import { collectEvidence } from './collect-evidence';
import { endingAtDefects } from './defects';
import type { Dependencies } from './dependencies';
import { discardRelease } from './discard-release';
import { examineHost } from './examine-host';
import { fetchRelease } from './fetch-release';
import { inspectHost } from './inspect-host';
import { installDependencies } from './install-dependencies';
import { installHelper } from './install-helper';
import { installInstance } from './install-instance';
import { makeRoom } from './make-room';
import { markGood } from './mark-good';
import { migrate } from './migrate';
import { preImport } from './pre-import';
import { rehearse } from './rehearse';
import { removeInstance } from './remove-instance';
import { renderUnit } from './render-unit';
import { repairHost } from './repair-host';
import { resolveCommit } from './resolve-commit';
import { restart } from './restart';
import { restoreUnit } from './restore-unit';
import { soak } from './soak';
import { startRelease } from './start-release';
import { stopService } from './stop-service';
import { switchRelease } from './switch-release';

/** The steps of a deploy, one file each, with what they need from the outside. */
export function createActivities(dependencies: Dependencies) {
  const steps = {
    checkDeployInput,
    checkDoctorInput,
    resolveCommit: resolveCommit(dependencies),
    installHelper: installHelper(dependencies),
    inspectHost: inspectHost(dependencies),
    examineHost: examineHost(dependencies),
    claimHost: claimHost(dependencies),
    repairHost: repairHost(dependencies),
    fetchRelease: fetchRelease(dependencies),
    installDependencies: installDependencies(dependencies),
    preImport: preImport(dependencies),
    migrate: migrate(dependencies),
    rehearse: rehearse(dependencies),
    renderUnit: renderUnit(dependencies),
    restart: restart(dependencies),
    installInstance: installInstance(dependencies),
    startRelease: startRelease(dependencies),
    switchRelease: switchRelease(dependencies),
    makeRoom: makeRoom(dependencies),
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
