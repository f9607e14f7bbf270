"""landfall-host: everything that Landfall can do on this machine as root.

One request per call: a JSON object on the first line of standard input, one JSON line back.
sudo lets the deploying user run this program without arguments, and nothing else. So each request is treated as
hostile. The helper checks a request against /etc/landfall/<service>.json, which only root writes. No request may be
a way to become root. A child process that has become the deploying user works in the directories that this user
owns (`children.as_user`).

The way of a request: __main__, verbs (which verb, its fields), state (policy, claim, lock), the module of that verb.
Its function there is called verb_<name>. No import leads in a circle, and a test checks that.

    contract                the contract with the controller: contract.json, and the checks of it
    protocol                reads and checks a request; an answer in every case
    state, claims           root's policy, the run that owns this host, the lock
    inspection, repair      facts about this host; the leftovers of an abandoned deploy
    scraps, trash           partial files of a killed writer; trees that are removed without the lock
    releases, staging       releases and their records; from an archive to a release
    archives                an archive, received and unpacked as the deploying user
    room, space             how much an archive may take of the disk; old releases that go for it
    proxies                 proxies of the host that cannot read static files
    environments            virtual environments by what determines them
    jobs, job_start         long commands as units: finding one again, starting it once
    job_unit, job_command   a job's unit file; what that runs, as the job's user
    job_sandbox             what a job of the deploying user may reach
    keep_output, job_end    what a job prints, bounded; how it ended
    job_sweep               ending jobs and forgetting them
    unit_render             a unit's text from these values, every word quoted (unit_quoting)
    unit_verify, drop_ins   systemd's check of that text; root's drop-ins for it
    release_unit            the unit of a release: rendered, put in force, and taken back
    unit_files              units on disk: in force, at boot, before this deploy
    systemd                 what systemd and the journal print, parsed in one place
    unit, service           the unit's state; restarting and stopping it
    processes, listeners    what a unit's processes hold; who accepts connections on an address
    overdue                 units that put off their end
    unix_sockets, started   the same for a unix socket; which release a start is of
    instances, overlap      releases alongside each other: start and switchover
    starting, root_places   the one way to start a unit; the places that must be root's for it
    managed_env, env_verbs  the variables that `landfall env` keeps; reading and changing them
    with_environment        becomes a service's process, with these variables
    metrics_folder          a folder of its own for the metrics of each start
    home                    the home of the service, where it may write
    addresses, sockets      where a service may listen; its socket unit
    unit_texts              unit texts that the host writes itself
    journal, probe          the lines of one start; an HTTP question
    mark_good               a release becomes the boot unit; old ones go
    setup, setup_policy     root sets this host up; the check of its policy
    setup_steps             one step of that: a user, a directory or a file
    setup_record            the things that setup made on this host for a service
    setup_lock              one setup or removal at a time
    removal                 setup --remove; scope, units, data, accounts, host, trees and users are its parts
    setup_files             the gate, a login key, environment files, the sudo rule
    helper_file             all this as one file, with bytecode so that it starts quickly
    eject, eject_plan       root gives a service back: what that consists of, in which order
    eject_trial, eject_switch   a plain unit on a private socket; then in the place of the release, or back
    landfall_unit           reads a unit that Landfall wrote
    plain_server, plain_units   the start command and the units without Landfall
    plain_checkout, deploy_script   the checkout of an ejected service, and the script that deploys it
    running_file            what a running program reads of that file
    run, children           running a program; a child process as another user, or with a time limit
    accounts, files         users of this host; root's files
    clean_process           this process without its caller's environment, limits and signals
    redaction               hiding secrets
    secret_values, readings which values those are; the readings of a text
    places, machine         paths; this machine's figures
    waiting                 the one way to wait for a condition
    gate_result             what the gate of a release says of itself
    contract_types          types of requests and answers, made from contract.json for the type checker
    shapes                  types of the helper's own records, for the type checker

Python's standard library only, 3.8 or newer. Modules that not every call needs are imported where
they are used: a deploy asks `observe` and `job-wait` many times.
"""
