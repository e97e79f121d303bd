"""How a forked kernel publishes: at once, where ipykernel hands every message to a thread.

That thread keeps a busy kernel's front end up to date. A report has nobody who looks on, and pays
two messages and a change of threads for each of a hundred flushes. Here whatever is published is
sent by whoever publishes it, and what is printed is sent when a cell ends or shows something, so
that the outputs of a cell do not depend on how long it took.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import zmq
from ipykernel.iostream import BackgroundSocket, IOPubThread, OutStream

LISTENER = 30_000  # milliseconds in which the client has to subscribe; then we speak all the same
STRAGGLERS = 50  # milliseconds for what a process that was forked by a cell said last
WATCHED = 1.0  # seconds for what was written below Python to be read
LINGER = 3_000  # milliseconds in which a forked process gets rid of its messages


class Publisher(IOPubThread):
    """An IOPub thread without the thread. Its first message waits until somebody listens.

    ``socket`` is the kernel's XPUB socket. Of the base class only the type is wanted, which
    ipykernel asks for.
    """

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.background_socket: Any = BackgroundSocket(self)  # type: ignore[no-untyped-call]
        self.thread = threading.Thread(name="IOPub")  # never started, as ipykernel can tell
        self.io_loop: Any = None
        self._lock = threading.RLock()
        self._process = os.getpid()
        self._awaited = True
        self._from_forked: Any = None
        self._address = ""
        self._forked = False  # by the cell that runs
        os.register_at_fork(before=self._listen_to_forked)

    def start(self) -> None:
        """There is nothing to start."""

    stop = start

    def close(self) -> None:
        """Close the socket."""
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def schedule(self, f: Callable[[], Any]) -> None:
        """Call a function now, while nobody else sends."""
        if os.getpid() == self._process:
            with self._lock:
                f()
        else:  # whoever held the lock is not in this process
            f()

    def send_multipart(self, msg: Sequence[Any], *options: Any, **named: Any) -> None:
        """Send a message; from a process that a cell forked, through the kernel."""
        if os.getpid() != self._process:
            self._send_to_parent(msg)
            return
        with self._lock:
            if self.socket is None:
                return
            if self._awaited:
                self._awaited = False
                self.socket.poll(LISTENER)
            self._pass_on()
            self.socket.send_multipart(msg, *options, **named)

    def settle(self, *_: Any) -> None:
        """End a cell: wait a moment for what the processes that it forked said last."""
        if self._forked:
            self._forked = False
            self._pass_on(STRAGGLERS)

    def _pass_on(self, wait: int = 0) -> None:
        """Send on what forked processes said; waits so many milliseconds for the first of it."""
        with self._lock:
            while self._from_forked is not None and self._from_forked.poll(wait):
                self.socket.send_multipart(self._from_forked.recv_multipart())
                wait = 0

    def _listen_to_forked(self) -> None:
        """Open a way for the first process that a cell forks, before it is forked."""
        if os.getpid() != self._process:
            return
        self._forked = True
        if self._from_forked is None:
            context = self.socket.context
            self._from_forked = context.socket(zmq.PULL)
            self._from_forked.linger = 0
            endpoint = self.socket.getsockopt_string(zmq.LAST_ENDPOINT)
            kind = endpoint.partition(":")[0]
            place = f"{endpoint}-forked" if kind == "ipc" else "tcp://127.0.0.1:*"
            self._from_forked.bind(place)
            self._address = self._from_forked.getsockopt_string(zmq.LAST_ENDPOINT)

    def _send_to_parent(self, msg: Sequence[Any]) -> None:
        context = zmq.Context()  # one of its own: that of the parent does not outlive a fork
        with context.socket(zmq.PUSH) as way:
            way.linger = LINGER
            way.connect(self._address)
            way.send_multipart(msg)
        context.term()  # waits until it is sent; forked processes end abruptly


class Stream(OutStream):
    """Standard output or error of a report's kernel: sent when it is flushed, whole."""

    def flush(self) -> None:
        """Send what was written, also by others into the same file."""
        if self._is_master_process():  # type: ignore[no-untyped-call]
            self._await_watcher()
        self._flush()  # type: ignore[no-untyped-call]

    def _schedule_flush(self) -> None:
        """Send nothing between two flushes; every cell ends with one."""

    def _await_watcher(self) -> None:
        """Let the thread that reads what subprocesses and libraries write take what is there."""
        end = time.monotonic() + WATCHED
        with suppress(OSError, ValueError):
            while self._fid is not None and select.select([self._fid], [], [], 0)[0]:
                if time.monotonic() > end:
                    return
                time.sleep(0.001)
