"""Moves of whole folders, each in one step of the file system, and what mends a kill between two.

A folder that takes the place of another is exchanged with it. Folders that link to each other and
whose places are free appear together: every place gets a link into a folder that is not there yet,
which then appears in one step; then the folders take the places of the links one by one, which
nobody can see.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

ASIDE = ".aside"
TOGETHER = ".together-"
AT_FDCWD, RENAME_EXCHANGE = -100, 2


def replace(fresh: Path, home: Path) -> None:
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


def together(fresh: Mapping[str, Path], output: Path, aside: Path) -> None:
    """Put folders by name in free places of ``output``, at one instant; ``aside`` is empty.

    Raises :class:`OSError` when that cannot be, as where the system has no links; then every folder
    is where it was.
    """
    shown = output / f"{TOGETHER}{aside.name}"
    try:
        for name, folder in fresh.items():
            folder.rename(aside / name)
        for name in fresh:
            (output / name).symlink_to(_target(shown, name), target_is_directory=True)
        aside.rename(shown)
    except OSError:
        _take_away(output / name for name in fresh)
        for name, folder in fresh.items():
            with suppress(FileNotFoundError):
                (aside / name).rename(folder)
        raise
    with suppress(OSError):  # they can be seen; the next run does it
        _settle(shown)


def restore(output: Path, staging: Path) -> None:
    """Mend what a killed run left between two steps."""
    for aside in staging.glob(f"*{ASIDE}") if staging.is_dir() else ():
        home = output / aside.name.removesuffix(ASIDE)
        if not home.exists():
            aside.rename(home)
    with os.scandir(output) as entries:
        links = [Path(entry.path) for entry in entries if entry.is_symlink()]
    for shown in output.glob(f"{TOGETHER}*"):
        _settle(shown)
    _take_away(link for link in links if not link.exists())


def _settle(shown: Path) -> None:
    """Put what links lead to in their place; with the links done, nothing is left to lead to."""
    for folder in sorted(shown.iterdir()):
        home = shown.parent / folder.name
        if folder.is_symlink() or not (_ours(home, shown) or not os.path.lexists(home)):
            continue
        if not _exchange(folder, home):
            home.unlink(missing_ok=True)
            folder.rename(home)
    shutil.rmtree(shown, ignore_errors=True)


def _take_away(links: Iterable[Path]) -> None:
    """Take away links that were to lead to folders which never appeared."""
    for link in links:
        with suppress(OSError):
            if str(link.readlink()).startswith(TOGETHER):
                link.unlink()


def _target(shown: Path, name: str) -> Path:
    return Path(shown.name, name)


def _ours(home: Path, shown: Path) -> bool:
    return home.is_symlink() and home.readlink() == _target(shown, home.name)


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
