"""The gate: workers of Gunicorn that prove themselves before they listen, and drain before they go.

`gunicorn --config <this package>/conf.py` loads the project's own Gunicorn configuration and puts a
gate into its worker class. A worker then starts the app, asks it in process for its readiness path,
and only when that answers well accepts from the listener; systemd hears READY=1 when all workers do.
While a release is on trial a worker that cannot prove itself ends the whole instance; a live
service is never made worse than it would be without a gate.

    conf, configuration     what Gunicorn loads; the project's configuration and ours together
    settings                LANDFALL_GATE and LANDFALL_TRIAL
    hooks                   what the master does: put the gate in, end a trial
    workers                 which worker class gets which gate
    instance                what the workers of one instance know of each other
    notify                  systemd
    gate, gated             one worker's way to readiness; what all gated workers have in common
    shorten                 texts that are cut
    question                the readiness request and its answer as bytes
    asgi, asgi_question     uvicorn's worker and Gunicorn's own ASGI worker: opening late
    asgi_drain              the same two: leaving without losing a request
    wsgi_question           asking a WSGI app
    sync, gthread           Gunicorn's WSGI workers

Python's standard library only, 3.8 or newer; gunicorn and uvicorn are the project's own, of any
version: what is not as expected there means no gate, said in the log and in the unit's status.
"""
