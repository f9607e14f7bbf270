"""landfall-host: everything that Landfall can do on this machine as root.

One request per call: a JSON object on the first line of standard input, one JSON line back.
sudo lets the deploying user run this program without arguments and nothing else, so each request
is treated as hostile: it is checked against /etc/landfall/<service>.json, which only root
writes, and must not be a way to become root. What happens inside directories that the
deploying user owns is done by a child process that has become that user (`run.as_user`).

A request's way: __main__ - verbs (which verb, its fields) - state (policy, claim, lock) - the
module of that verb, whose function is called verb_<name>.

    contract                what a request may hold: contract.json, which the controller reads too
    protocol                a request is read and checked; an answer for whatever happens
    state, claims           root's policy, the run that owns this host, the lock
    inspection, repair      what this host is; what a torn-off deploy left
    scraps, trash           what a killed writer left; what is removed without the lock
    releases, staging       releases and their records; from an archive to a release
    room                    how much an archive may take of the disk
    environments            virtual environments by what determines them
    jobs, job_start         long commands as units: finding one again, starting it once
    job_unit, job_command   a job's unit file; what that runs, as the job's user
    job_sandbox             what a job of the deploying user may reach
    keep_output, job_end    what a job prints, bounded; how it ended
    job_sweep               ending jobs and forgetting them
    unit_render             a unit's text from these values, every word quoted (unit_quoting)
    unit_verify, drop_ins   what systemd says about that text; what root has put beside it
    release_unit            the unit of a release: rendered, put in force, and taken back
    unit_files              units on disk: what is in force, what boots, what was before
    systemd                 what systemd and the journal print, parsed in one place
    unit, service           the unit's state; restarting and stopping it
    processes, listeners    what a unit's processes hold; who accepts connections on an address
    overdue                 units that put off their end
    unix_sockets, started   the same for a unix socket; which release a start is of
    instances, overlap      releases beside each other: starting one, letting it take over
    starting, root_places   the one way in which systemd starts something; the places that must be root's for it
    addresses, sockets      where a service may listen; its socket unit
    unit_texts              unit texts that the host writes itself
    journal, probe          what it said; what it answers
    mark_good               a release becomes the one that boots; old ones go
    setup, setup_policy     root sets this host up; what root must not be talked into
    helper_file             all this as one file, with bytecode so that it starts quickly
    run, files              running programs, root's files
    redaction               hiding secrets
    secret_values, readings which values those are; what a text says to whoever decodes it
    places, machine         paths; this machine's figures

Python's standard library only, 3.8 or newer. Modules that not every call needs are imported where
they are used: a deploy asks `observe` and `job-wait` many times.
"""
