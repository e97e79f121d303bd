"""Interrupts: Ctrl-C, a polite end, or a terminal that is gone; each is a ``KeyboardInterrupt``.

One is enough. What follows it soon, as when somebody presses Ctrl-C twice or a terminal that
closes sends two signals, would only break up the ending of what runs and the last words.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from types import FrameType

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
AGAIN = 5.0  # seconds after which another is heard: the ending may hang


class _Heard:
    """Raises the first interrupt, and then for a while no other."""

    def __init__(self) -> None:
        self._until = float("-inf")
        self._busy = self._came = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if now < self._until:
            return
        self._until = now + AGAIN
        if self._busy and not self._came:
            self._came = True
        else:  # also when what must not be broken up hangs
            raise KeyboardInterrupt

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Raise what comes inside at the end."""
        self._busy = True
        try:
            yield
        finally:
            self._busy = False
            came, self._came = self._came, False
            if came:
                raise KeyboardInterrupt


_heard = _Heard()


def listen() -> None:
    """Take a polite end, or a terminal that is gone, like Ctrl-C; what is ignored stays so."""
    for name in SIGNALS:
        number = getattr(signal, name, None)
        usual = (signal.SIG_DFL, signal.default_int_handler)
        if number is not None and signal.getsignal(number) in usual:
            signal.signal(number, _heard)


def deferred() -> AbstractContextManager[None]:
    """Return a context in which an interrupt waits for the end of what must not be broken up.

    One that comes a while after it does not wait: what is done inside may hang.
    """
    return _heard.deferred()


def deafen() -> None:
    """Ignore what comes after the last word: the exit code is that of what was done."""
    for name in SIGNALS:
        with suppress(AttributeError, KeyboardInterrupt):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def caused(error: BaseException | None) -> bool:
    """Tell whether an error is an interrupt, or what became of one.

    One that is raised amid Python's own locks comes out as an error of theirs.

    >>> try:
    ...     try:
    ...         raise KeyboardInterrupt
    ...     finally:
    ...         raise RuntimeError("release unlocked lock")
    ... except RuntimeError as error:
    ...     caused(error)
    True
    >>> caused(RuntimeError("another"))
    False
    """
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None
