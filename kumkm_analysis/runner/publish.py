"""The published folder: one folder a report, moved into place whole, and an index made last.

A report's files are written aside, then its folder is exchanged with the old one in a single step
of the file system, so that page and results always belong together, whenever a run is killed.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from kumkm_analysis.errors import Fault, ParameterError

FAILED = "failed"  # where the notebooks of failed reports are kept
STAGING = ".staging"
LOCK = ".lock"
AT_FDCWD, RENAME_EXCHANGE = -100, 2


class BusyError(ParameterError):
    """Another run is writing to the output folder."""


class Folder:
    """An output folder. Only one run at a time holds it; only that run writes to it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def held(self, wait: float = 0) -> Iterator[None]:
        """Hold the folder for one run; leftovers of a killed run are cleared away.

        Waits up to ``wait`` seconds (-1: without end) for another run. Raises
        :class:`BusyError` when it is still held then, and
        :class:`~kumkm_analysis.errors.ParameterError` when the folder cannot be written.
        """
        from filelock import FileLock, Timeout

        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path / LOCK)
            lock.acquire(timeout=wait)
        except Timeout:
            step = "Wait for it to end (--wait), or choose another --output."
            where = f"output folder {self.path}"
            raise BusyError(Fault(where, "another run at work", "a free folder", step)) from None
        except OSError as error:
            raise ParameterError(self._unwritable(error)) from None
        try:
            shutil.rmtree(self.path / STAGING, ignore_errors=True)
            yield
        finally:
            shutil.rmtree(self.path / STAGING, ignore_errors=True)
            lock.release()

    def home(self, name: str) -> Path:
        """Return the folder of a report."""
        return self.path / name

    def page(self, name: str) -> Path:
        """Return the page of a report, whether it exists or not."""
        return self.home(name) / f"{name}.html"

    def published(self) -> list[str]:
        """Return the names of the reports that have a page, sorted."""
        if not self.path.is_dir():
            return []
        homes = (p for p in self.path.iterdir() if p.is_dir() and not p.name.startswith("."))
        return sorted(p.name for p in homes if self.page(p.name).is_file())

    def publish(self, name: str, files: Mapping[str, bytes]) -> Path:
        """Put the files of a report in place of the old ones, all at once; return its page."""
        staging = self.path / STAGING
        staging.mkdir(exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=staging))
        for file, content in files.items():
            _write(fresh / file, content)
        fresh.chmod(0o755)
        _swap(fresh, self.home(name))
        (self.path / FAILED / f"{name}.ipynb").unlink(missing_ok=True)
        return self.page(name)

    def keep_failed(self, name: str, notebook: Path) -> Path | None:
        """Keep the notebook of a failed report apart; return where, None if there is none."""
        if not notebook.is_file():
            return None
        kept = self.path / FAILED / f"{name}.ipynb"
        kept.parent.mkdir(exist_ok=True)
        self.write(kept, notebook.read_bytes())
        return kept

    def write(self, file: Path, content: bytes) -> None:
        """Replace one file, whole or not at all."""
        staging = self.path / STAGING
        staging.mkdir(exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=staging)) / file.name
        _write(fresh, content)
        fresh.replace(file)

    def _unwritable(self, error: OSError) -> Fault:
        where = f"output folder {self.path}"
        reason = error.strerror or type(error).__name__
        return Fault(where, reason, "a folder that can be written", "Choose another --output.")


def _write(file: Path, content: bytes) -> None:
    """Write a file through to the disk."""
    with file.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())


def _swap(fresh: Path, home: Path) -> None:
    """Put a folder in the place of another; what was there before is removed."""
    if not home.exists():
        fresh.rename(home)
        return
    if not _exchange(fresh, home):
        # Two steps where the system has no exchange; a kill between them is mended by a rerun.
        aside = fresh.with_name(fresh.name + "-old")
        home.rename(aside)
        fresh.rename(home)
        fresh = aside
    shutil.rmtree(fresh, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    names = os.fsencode(one), os.fsencode(other)
    if rename(AT_FDCWD, names[0], AT_FDCWD, names[1], RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code), str(other))
