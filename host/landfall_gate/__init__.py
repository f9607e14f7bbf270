"""The gate: Gunicorn workers that prove themselves before they listen, and drain before they end.

`gunicorn --config <this package>/conf.py` loads the project's own Gunicorn configuration and puts a gate into
its worker class. A worker then starts the app and asks it, in its own process, for the readiness path. Only
when the answer is good does the worker accept from the listener. systemd hears READY=1 when all workers do.
A worker of a release on trial that cannot prove itself ends the whole instance. A live service is never made
worse than it would be without a gate.

The files in reading order. Each one imports only files above it, and a test checks that.

    gunicorn_types          what the gate relies on in Gunicorn's and uvicorn's workers; for the type checker
    settings                LANDFALL_GATE and LANDFALL_TRIAL: what Landfall tells the gate
    shorten                 cuts texts, and marks the cut
    channel                 what the gate says in the journal, whatever the project does with logging
    error_words             an exception in one line
    notify                  messages to systemd
    result                  how the gate went, as data in the unit's status
    instance                what the workers of one instance know of each other
    master_state            what the master decides once and its workers inherit
    origin                  whether the app comes from its release
    judge                   judges the answer to a readiness question
    phase                   LANDFALL_PHASE, which changes when a trial has ended well
    gate                    the way of one worker to readiness
    gated                   what every worker class with a gate does
    readiness_request       the readiness request and its answer, as bytes
    wsgi                    asks a WSGI app
    sync, gthread           the gates of Gunicorn's WSGI workers
    asgi_ask                asks an ASGI app
    lifespan                why the start-up of an ASGI app failed
    asgi_drain              ends ASGI connections without losing a request
    asgi                    opens the listener late: for both ASGI workers
    asgi_uvicorn, asgi_gunicorn   the gates of uvicorn's worker and of Gunicorn's own ASGI worker
    workers                 which worker class gets which gate
    hooks                   what the master does: puts the gate in, ends a trial
    precedence              who decides a setting of Gunicorn
    call_asgi, call_wsgi    ask an app where the server has no protocol in Python
    alone                   the gate of uvicorn without Gunicorn
    alone_hypercorn, alone_granian   the gates of Hypercorn and of Granian
    expression, wrapped     the app of the release, and the app that those servers serve in its place
    start                   the command of such a server
    boot_hypercorn, boot_granian   how each of them comes to the gate's socket
    serve                   starts and supervises such a server; the main process of the unit
    configuration, conf     the project's configuration and the hooks together; the file that Gunicorn loads
    pre_import              imports the app as its server will, before the release serves

Python's standard library only, 3.8 or newer. Gunicorn and uvicorn are the project's own, of any version. Where
a version is not as expected, the worker serves without a gate, and the log and the unit's status say so.
"""
