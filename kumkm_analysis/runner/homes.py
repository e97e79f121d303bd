"""Temporary homes of runs: each holds a lock for as long as its run lives, however that ends.

A run's folder for sockets and logs is taken away by the run, or by its warm server when the run
was killed. Where both were killed, the next run finds a home whose lock nobody holds: it ends what
notebooks of that run left running, and clears the home away.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kumkm_analysis.runner import orphans

try:
    import fcntl
except ImportError:  # Windows: no such locks, so nothing is ever cleared there
    fcntl = None  # type: ignore[assignment]

PREFIX = "kumkm-"
HIDDEN = "."  # before the name of a home that has no lock yet
LOCK = "lock"
NONE = -1
LONGEST_TEMP = 40  # bytes of a temporary folder that leaves room for the paths of sockets


@dataclass(slots=True)
class Home:
    """A folder of a run, and the descriptor that keeps it from being cleared.

    A child that is to keep it too inherits the descriptor; one that is not closes it.
    """

    path: Path
    lock: int = NONE

    def remove(self) -> None:
        """Take the folder away, and let go of its lock."""
        remove(self.path)
        if self.lock != NONE:
            os.close(self.lock)
            self.lock = NONE


def make() -> Home:
    """Return a new home, after homes that killed runs have left were cleared away.

    It gets its name when its lock is held, so that no home is ever seen without one.
    """
    folder = _short_temp()
    clear(folder)
    hidden = Path(tempfile.mkdtemp(prefix=HIDDEN + PREFIX, dir=folder))
    lock = NONE
    try:
        lock = _hold(hidden)
        return Home(hidden.rename(hidden.with_name(hidden.name.removeprefix(HIDDEN))), lock)
    except OSError:
        if lock != NONE:
            os.close(lock)
        shutil.rmtree(hidden, ignore_errors=True)
        raise


def clear(folder: Path) -> None:
    """Clear away every home in a folder that is ours and whose lock nobody holds any more.

    What has no lock, is a link, or belongs to somebody else is left alone.
    """
    if fcntl is None:
        return
    for path in _ours(folder):
        with suppress(OSError):
            lock = os.open(path / LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                if _is_ours(os.fstat(lock), stat.S_ISREG):
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    orphans.end_marked(str(path))
                    remove(path)
            finally:
                os.close(lock)


def remove(path: Path) -> None:
    """Take a home away, its lock last: what a kill leaves of it can still be cleared."""
    entries: list[Path] = []
    with suppress(OSError):
        entries = list(path.iterdir())
    for entry in entries:
        with suppress(OSError):
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry, ignore_errors=True)
            elif entry.name != LOCK:
                entry.unlink()
    shutil.rmtree(path, ignore_errors=True)


def _hold(path: Path) -> int:
    """Make the lock of a home and hold it, together with whoever inherits the descriptor."""
    if fcntl is None:
        return NONE
    lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        # A file system without locks: nobody can take this one, nor take the home for a stale one.
        os.close(lock)
        (path / LOCK).unlink(missing_ok=True)
        return NONE
    return lock


def _ours(folder: Path) -> Iterator[Path]:
    """Yield the homes in a folder that belong to our user."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                if entry.name.startswith(PREFIX) and _is_ours(
                    entry.stat(follow_symlinks=False), stat.S_ISDIR
                ):
                    yield Path(entry.path)


def _is_ours(found: os.stat_result, kind: Any) -> bool:
    return bool(kind(found.st_mode)) and found.st_uid == os.geteuid()


def _short_temp() -> Path:
    """Return a folder for temporary files whose path leaves room for the paths of sockets."""
    usual = tempfile.gettempdir()
    if len(os.fsencode(usual)) <= LONGEST_TEMP or not os.access("/tmp", os.W_OK):  # noqa: S108
        return Path(usual)
    return Path("/tmp")  # noqa: S108
