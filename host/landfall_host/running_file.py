"""Texts that the program that runs finds in its own file. `helper_file` writes them there.

Most requests read them, and reading needs less than writing: the module `zipfile` takes as long to import as half of
the other modules together.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# The digest of the sources that the controller sent. The controller recognises its own version by the digest.
DIGEST = 'landfall_host/sha256'
# Where the gate of this version lies.
GATE = 'landfall_host/gate'


def running_digest() -> str:
    """Of the program that runs."""
    return of_running(DIGEST)


def of_running(name: str) -> str:
    """A text of the program that runs: from the file that its modules were imported from."""
    loader: Any = __spec__.loader  # zipimport's
    data: bytes = loader.get_data(os.path.join(loader.archive, name))
    return data.decode()


def gate_of_running() -> str:
    """The folder of the gate that belongs to this program."""
    return os.path.join(of_running(GATE), 'landfall_gate')
