"""The published folder: one folder a report, moved into place whole, and an index made last.

A report's files are written aside, then its folder is exchanged with the old one in a single step
of the file system, so that page and results always belong together, whenever a run is killed.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import secrets
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from kumkm_analysis.errors import Fault, ParameterError
from kumkm_analysis.runner.provenance import FILE as PROVENANCE

RESULTS = "results.json"  # beside the page of a report
INDEX = "index.html"
FAILED = "failed"  # where the notebooks of failed reports are kept
OWNERS = ".notebooks.json"  # from which notebook of a user's own a page was made
STAGING = ".staging"
ASIDE = ".aside"  # after the name of a report that is being replaced
LOCK = ".lock"
TAKEN = "is there already, and is no report"
AT_FDCWD, RENAME_EXCHANGE = -100, 2  # of Linux


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
            if not os.access(self.path, os.W_OK | os.X_OK):
                lock.release()
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        except Timeout:
            step = "Wait for it to end (--wait), or choose another --output."
            where = f"output folder {self.path}"
            raise BusyError(Fault(where, "another run at work", "a free folder", step)) from None
        except OSError as error:
            reason = error.strerror or type(error).__name__
            step, where = "Choose another --output.", f"output folder {self.path}"
            raise ParameterError(
                Fault(where, reason, "a folder that can be written", step)
            ) from None
        try:
            self._restore()
            self._sweep()
            yield
        finally:
            self._sweep()
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
        names = (p.name for p in self.path.iterdir() if not p.name.startswith("."))
        return sorted(name for name in names if self.page(name).is_file())

    def stage(self, files: Mapping[str, bytes]) -> Path:
        """Write the files of a report aside; return the folder that :meth:`place` moves."""
        fresh = self._aside()
        try:
            for file, content in files.items():
                _write(fresh / file, content)
        except OSError:
            shutil.rmtree(fresh, ignore_errors=True)  # a full disk needs the room
            raise
        return fresh

    def place(self, name: str, fresh: Path) -> Path:
        """Put a staged folder in place of the published one, all at once; return its page.

        Raises :class:`OSError` when that cannot be, or when what stands there is no report.
        """
        home = self.home(name)
        if not self.takes(name):
            shutil.rmtree(fresh, ignore_errors=True)
            raise FileExistsError(errno.EEXIST, f"{name} {TAKEN}")
        _replace(fresh, home)
        self.forget_failed(name)
        return self.page(name)

    def takes(self, name: str) -> bool:
        """Tell whether a report can be put in its place: it is free, or has a report."""
        return _is_report(self.home(name))

    def owner(self, name: str) -> Path | None:
        """Return the notebook of a user's own that a published page was made from, if it is known.

        One that is no longer there has moved, or was given up; its page is free.
        """
        owners = self._owners()
        same = {one.casefold(): path for one, path in owners.items()}  # to some file systems
        found = owners.get(name) or same.get(name.casefold())
        known = Path(found) if found and self.page(name).is_file() else None
        return known if known and known.is_file() else None

    def own(self, notebooks: Mapping[str, Path]) -> None:
        """Note from which notebooks pages are about to be made; by the names of the pages."""
        before = self._owners()
        after = {**before, **{name: str(path) for name, path in notebooks.items()}}
        if after != before:
            text = json.dumps(after, indent=1, sort_keys=True, ensure_ascii=False)
            self.write(self.path / OWNERS, text.encode("utf-8", "surrogateescape"))

    def _owners(self) -> dict[str, str]:
        try:
            text = (self.path / OWNERS).read_bytes().decode("utf-8", "surrogateescape")
            return {str(name): str(path) for name, path in json.loads(text).items()}
        except (OSError, ValueError, AttributeError):
            return {}

    def discard(self, fresh: Path) -> None:
        """Take a staged folder away again."""
        shutil.rmtree(fresh, ignore_errors=True)

    def keep_failed(self, name: str, notebook: bytes | None) -> Path | None:
        """Keep the notebook of a failed report apart; return where, None if it cannot be kept.

        One of an earlier failure goes.
        """
        if notebook is None:
            self.forget_failed(name)
            return None
        kept = self.path / FAILED / f"{name}.ipynb"
        try:
            kept.parent.mkdir(exist_ok=True)
            self.write(kept, notebook)
        except OSError:  # no page hangs on it
            return None
        return kept

    def forget_failed(self, name: str) -> None:
        """Take away the notebook of an earlier failure."""
        with suppress(OSError):
            (self.path / FAILED / f"{name}.ipynb").unlink(missing_ok=True)

    def read(self, name: str, file: str) -> bytes | None:
        """Return a published file of a report; None when there is none."""
        try:
            return (self.home(name) / file).read_bytes()
        except OSError:
            return None

    def write(self, file: Path, content: bytes) -> None:
        """Replace one file, whole or not at all."""
        aside = self._aside()
        try:
            _write(aside / file.name, content)
            (aside / file.name).replace(file)
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def _aside(self) -> Path:
        """Return a new folder to write in; its mode is what the user's umask makes it."""
        staging = self.path / STAGING
        staging.mkdir(exist_ok=True)
        made = staging / secrets.token_hex(8)
        made.mkdir()
        return made

    def _restore(self) -> None:
        """Put back what a killed run had moved aside, where the system has no exchange."""
        staging = self.path / STAGING
        for aside in staging.glob(f"*{ASIDE}") if staging.is_dir() else ():
            home = self.home(aside.name.removesuffix(ASIDE))
            if not home.exists():
                aside.rename(home)

    def _sweep(self) -> None:
        """Take away the folder in which files are written aside."""
        shutil.rmtree(self.path / STAGING, ignore_errors=True)


def _is_report(home: Path) -> bool:
    """Tell whether a place is free or has what a run put there, were it damaged since."""
    if home.is_symlink() or not home.is_dir():
        return not os.path.lexists(home)
    names = {entry.name for entry in home.iterdir()}
    return not names or bool(names & {PROVENANCE, f"{home.name}.html"})


def _write(file: Path, content: bytes) -> None:
    """Write a file through to the disk."""
    with file.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())


def _replace(fresh: Path, home: Path) -> None:
    """Put a folder in the place of another; what was there before is removed."""
    if not home.exists():
        fresh.rename(home)
        return
    if not _exchange(fresh, home):
        # Two steps where the system has no exchange; the next run mends a kill between them.
        aside = fresh.with_name(f"{home.name}{ASIDE}")
        shutil.rmtree(aside, ignore_errors=True)
        home.rename(aside)
        try:
            fresh.rename(home)
        except OSError:
            aside.rename(home)  # the last good page is kept
            raise
        fresh = aside
    shutil.rmtree(fresh, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange what stands in two places in one step; False where the system cannot."""
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
