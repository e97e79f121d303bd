"""Temporary homes of runs: each holds a lock for as long as its run lives, however that ends.

A run's folder is taken away by the run, or by its helper when the run was killed. Where both were
killed at once, the next run finds a home whose lock nobody holds and clears it away.
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

try:
    import fcntl
except ImportError:  # Windows: no such locks, so nothing is ever cleared there
    fcntl = None  # type: ignore[assignment]

PREFIX = "kumkm-"
HIDDEN = "."  # before the name of a home that has no lock yet
LOCK = "lock"
LONGEST_TEMP = 40  # bytes of a temporary folder that leaves room for the paths of sockets


@dataclass(slots=True)
class Home:
    """A folder of a run, and the descriptor that keeps it, which whoever is to keep it inherits."""

    path: Path
    lock: int | None = None

    def remove(self) -> None:
        """Take the folder away, and let go of its lock."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self.lock is not None:
            os.close(self.lock)
            self.lock = None


def make() -> Home:
    """Return a new home, after homes that killed runs have left were cleared away.

    It gets its name when its lock is held, so that no home is ever seen without one.
    """
    folder = _short_temp()
    lock = None
    if fcntl is None:
        return Home(Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder)))
    clear(folder)
    hidden = Path(tempfile.mkdtemp(prefix=HIDDEN + PREFIX, dir=folder))
    with suppress(OSError):  # a file system without locks: nobody can clear it either
        lock = os.open(hidden / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    return Home(hidden.rename(hidden.with_name(hidden.name.removeprefix(HIDDEN))), lock)


def clear(folder: Path) -> None:
    """Clear away every home in a folder that is ours and whose lock nobody holds any more.

    What has no lock, is a link, or belongs to somebody else is left alone.
    """
    for path in _ours(folder):
        with suppress(OSError):
            lock = os.open(path / LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                if stat.S_ISREG(os.fstat(lock).st_mode):
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(lock)


def _ours(folder: Path) -> Iterator[Path]:
    """Yield the homes in a folder that belong to our user."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            own = entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False)
            if own and entry.stat(follow_symlinks=False).st_uid == os.geteuid():
                yield Path(entry.path)


def _short_temp() -> Path:
    """Return a folder for temporary files whose path leaves room for the paths of sockets."""
    usual = tempfile.gettempdir()
    if len(os.fsencode(usual)) <= LONGEST_TEMP or not os.access("/tmp", os.W_OK):  # noqa: S108
        return Path(usual)
    return Path("/tmp")  # noqa: S108
