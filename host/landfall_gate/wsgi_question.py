"""Asks a WSGI app for its readiness through the method of the worker that will serve its clients."""

from __future__ import annotations

import time

from gunicorn import http

from landfall_gate.question import CLIENT, read_answer, request_bytes


def prove(worker, ask):
    """Asks until it is ready; `ask` takes the request's bytes. False if the worker was told to stop meanwhile."""
    gate, settings = worker.gate, worker.gate.settings
    gate.asking()
    request = request_bytes(settings.path, settings.headers)
    worker.nr = float('-inf')  # questions do not count for max_requests
    while worker.alive and gate.must_ask():
        try:
            answer = ask(request)
        except Exception as error:
            gate.cannot_ask(error)
            break
        if gate.accepts(*answer) or gate.time_is_up():
            break
        time.sleep(gate.next_pause())
    worker.nr = 0
    gate.proven()
    while worker.alive and gate.others_pending():
        worker.notify()
        time.sleep(0.02)
    return worker.alive


def parse(worker, sock):
    return next(http.RequestParser(worker.cfg, sock, CLIENT))


def answered(worker, sock, call):
    """Calls the worker's handler; an exception is what a client would get as a 500."""
    try:
        call()
    except Exception as error:
        worker.log.exception('Error handling request %s', worker.gate.settings.path)
        return 500, f'{type(error).__name__}: {error}'
    return read_answer(bytes(sock.written))


class InMemory:
    """As much of a client's socket as Gunicorn's parser and response need."""

    def __init__(self, request):
        self.request, self.written = request, bytearray()

    def recv(self, size):
        part, self.request = self.request[:size], self.request[size:]
        return part

    def sendall(self, data):
        self.written += data

    send = sendall

    def sendfile(self, file, offset=0, count=None):
        file.seek(offset)
        data = file.read() if count is None else file.read(count)
        self.written += data
        return len(data)

    def setblocking(self, _):
        pass

    settimeout = setblocking

    def gettimeout(self):
        return None

    def getsockname(self):
        return ('127.0.0.1', 80)

    def getpeername(self):
        return CLIENT

    def shutdown(self, _):
        pass

    def close(self):
        pass
