"""Loads a port until standard input ends, and never retries; the last line printed is JSON that says what failed.
Before it, `{"answered": release}` for each release that has answered 50 times.

Kinds of clients:

- `new` connects for each request;
- `kept` reuses its connection every few milliseconds;
- `lazy` reuses it after a second;
- `late` connects and waits before it asks;
- `slow` asks for an answer that takes a second.

A client obeys `Connection: close`, and sends nothing into a connection that it knows to be closed. Every other
error is a failure.
"""

from __future__ import annotations

import asyncio
import collections
import json
import random
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

slowest = 0.0
failed: list[dict[str, Any]] = []
done: collections.Counter[str] = collections.Counter()
versions: collections.Counter[str] = collections.Counter()


class Client:
    def __init__(self, kind: str, port: int, path: str) -> None:
        self.kind, self.port, self.path = kind, port, path
        self.connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, keep: bool, think: float = 0.0) -> None:
        global slowest
        begun = time.monotonic()
        step = 'connect'
        try:
            if self.connection is None or self.connection[0].at_eof():
                self.drop()
                self.connection = await asyncio.open_connection('127.0.0.1', self.port)
                if think:
                    await asyncio.sleep(think)
            step = 'send'
            reader, writer = self.connection
            connection = 'keep-alive' if keep else 'close'
            writer.write(
                (
                    f'GET {self.path} HTTP/1.1\r\nHost: shop.example\r\nConnection: {connection}\r\n\r\n'
                ).encode()
            )
            step = 'read'
            body, closes = await asyncio.wait_for(response(reader), 20)
            if closes or not keep:
                self.drop()
            done[self.kind] += 1
            version = body.split(' ')[0]
            versions[version] += 1
            if versions[version] == 50:
                print(json.dumps({'answered': version}), flush=True)
        except Exception as error:
            failed.append({'kind': self.kind, 'step': step, 'error': repr(error), 'at': time.monotonic()})
            self.drop()
        if self.kind in ('new', 'kept'):
            slowest = max(slowest, time.monotonic() - begun)

    def drop(self) -> None:
        if self.connection is not None:
            self.connection[1].close()
        self.connection = None


async def response(reader: asyncio.StreamReader) -> tuple[str, bool]:
    """(body, whether the connection ends with it)."""
    head = (await reader.readuntil(b'\r\n\r\n')).decode().lower().split('\r\n')
    if ' 200 ' not in head[0]:
        raise ValueError(head[0])
    fields = dict(line.split(': ', 1) for line in head[1:] if line)
    if 'content-length' in fields:
        body = await reader.readexactly(int(fields['content-length']))
    else:
        body = b''
        while True:
            size = int(await reader.readline(), 16)
            body += (await reader.readexactly(size + 2))[:size]
            if not size:
                break
    return body.decode(), fields.get('connection') == 'close'


async def until(
    stop: asyncio.Event,
    client: Client,
    keep: bool,
    pause: Callable[[], float],
    think: Callable[[], float],
) -> None:
    while not stop.is_set():
        await client.ask(keep, think())
        await asyncio.sleep(pause())


async def main(port: int) -> None:
    stop = asyncio.Event()
    kinds = [
        (6, 'new', '/', False, lambda: random.uniform(0.01, 0.04), lambda: 0.0),
        (6, 'kept', '/', True, lambda: random.uniform(0.01, 0.04), lambda: 0.0),
        (4, 'lazy', '/', True, lambda: random.uniform(0.3, 1.5), lambda: 0.0),
        (3, 'late', '/', False, lambda: 0.01, lambda: random.uniform(0.0, 0.5)),
        (2, 'slow', '/slow?1', True, lambda: 0.01, lambda: 0.0),
    ]
    tasks = [
        asyncio.create_task(until(stop, Client(kind, port, path), keep, pause, think))
        for count, kind, path, keep, pause, think in kinds
        for _ in range(count)
    ]
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    stop.set()
    await asyncio.gather(*tasks)
    print(
        json.dumps(
            {
                'requests': sum(done.values()) + len(failed),
                'done': done,
                'failed': failed,
                'slowest': round(slowest, 3),
                'versions': versions,
            }
        )
    )


asyncio.run(main(int(sys.argv[1])))
