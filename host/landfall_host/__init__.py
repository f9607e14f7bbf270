"""landfall-host: everything that Landfall can do on this machine as root.

One request per call: a JSON object on the first line of standard input, one JSON line back.
sudo lets the deploying user run this program without arguments, and nothing else. So each request is treated as
hostile: it must not be a way to become root. The program checks it against /etc/landfall/<service>.json, which
only root writes. A child process that has become the deploying user (`run.as_user`) works inside that user's
directories.

A request's way: __main__ - verbs (which verb, its fields) - state (policy, claim, lock) - the
module of that verb, whose function is called verb_<name>.

    contract                the fields of a request: contract.json, which the controller reads too
    protocol                reads and checks a request; answers in every case
    state, claims           root's policy, the run that owns this host, the lock
    inspection, repair      the facts of this host; the leftovers of an abandoned deploy
    scraps, trash           leftovers of killed writers; trees that are removed without the lock
    releases, staging       releases and their records; from an archive to a release
    room                    how much an archive may take of the disk
    environments            virtual environments by what determines them
    jobs, job_start         long commands as units: finding one again, starting it once
    job_unit, job_command   a job's unit file; its command, as the job's user
    job_sandbox             the limits of a job of the deploying user
    keep_output, job_end    a job's output, bounded; how it ended
    job_sweep               ending jobs and forgetting them
    unit_render             a unit's text from these values, every word quoted (unit_quoting)
    unit_verify, drop_ins   systemd's verdict on that text; root's drop-ins for it
    release_unit            the unit of a release: rendered, put in force, and restored
    unit_files              units on disk: the current one, the boot unit, the previous one
    systemd                 the output of systemd and the journal, parsed in one place
    unit, service           the unit's state; restarting and stopping it
    processes, listeners    the open files of a unit's processes; which unit accepts connections on an address
    overdue                 units that put off their end
    unix_sockets, started   the same for a unix socket; which release a start is of
    instances, overlap      releases alongside each other: starting one, letting it take over
    starting, root_places   the one way in which systemd starts a unit; the places that must be root's for it
    addresses, sockets      where a service may listen; its socket unit
    unit_texts              unit texts that the host writes itself
    journal, probe          the release's log; its answers
    mark_good               a release becomes last good and boots; old ones are removed
    setup, setup_policy     root sets this host up; the policies that root must refuse
    helper_file             all this as one file, with bytecode so that it starts quickly
    run, files              running programs, root's files
    redaction               hiding secrets
    secret_values, readings the secret values; the decoded forms of a text
    places, machine         paths; this machine's figures

Python's standard library only, 3.8 or newer. Modules that not every call needs are imported where
they are used: a deploy asks `observe` and `job-wait` many times.
"""
