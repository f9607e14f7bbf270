"""Remembers why the start-up of an ASGI app failed: its server only logs that, where the project's logging wants it."""

from __future__ import annotations

from landfall_gate.error_words import in_words, of_text
from landfall_gate.shorten import ending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Awaitable

    from landfall_gate.gunicorn_types import App, Message, Receive, Scope, Send

FAILED = 'not ready: the start-up of the application (lifespan) failed'
# Bytes of the reason.
MOST_REASON = 500


class Lifespan:
    # The reason of the app; None: it has not said that it failed.
    failed: str | None = None
    # An exception counts only when the server ends because of it: many apps do not know the lifespan.
    raised: str | None = None

    def refusal(self) -> str:
        why = self.failed or self.raised
        return f'{FAILED}: {ending(why, MOST_REASON)}' if why else FAILED

    def watched(self, app: App) -> App:
        """The app, which answers requests as before."""

        async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
            async def tell(message: Message) -> None:
                if message['type'] == 'lifespan.startup.failed':
                    self.failed = of_text(str(message.get('message') or '')) or 'no reason given'
                await send(message)

            try:
                await app(scope, receive, tell)
            except BaseException as error:
                self.raised = in_words(error)
                raise

        def call(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
            return (lifespan if scope['type'] == 'lifespan' else app)(scope, receive, send)

        return call
