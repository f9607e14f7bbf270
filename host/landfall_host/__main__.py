"""One request from standard input; or systemd starts a command here, tells that a job has ended, or boots."""

from __future__ import annotations

import os
import sys

from landfall_host.clean_process import enter_clean_environment
from landfall_host.protocol import answer_of, write_answer


def main() -> None:
    if sys.argv[1:] == ['--run-job']:  # as the job's user, with the job's environment and directory
        from landfall_host.job_command import run_job

        run_job()
        return
    if sys.argv[1:2] == ['--with-environment'] and len(sys.argv) > 2:  # likewise, of a unit of the service
        from landfall_host.with_environment import run_with_environment

        run_with_environment(sys.argv[2:])
    given = enter_clean_environment()
    if len(sys.argv) == 3 and sys.argv[1] == '--job-ended':
        from landfall_host.job_end import job_ended

        job_ended(sys.argv[2], given)
        return
    if len(sys.argv) == 3 and sys.argv[1] == '--move-checkout-back':
        from landfall_host.checkout_boot import move_checkout_back

        move_checkout_back(sys.argv[2])
        return
    if len(sys.argv) > 1:
        sys.exit('landfall-host: takes its request from standard input')
    if 'SUDO_UID' in given:
        os.environ['SUDO_UID'] = given['SUDO_UID']
    from landfall_host.verbs import serve

    write_answer(answer_of(serve, sys.stdin.buffer))


if __name__ == '__main__':
    main()
