"""Data packages from elsewhere: a zip file, or an address that fsspec reads, brought into a folder.

The descriptor comes first and is checked, then the files that it names come, and no other. They lie
in a private temporary folder until the process ends. A fault leaves nothing behind.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import stat
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, closing, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import IO, Any, NoReturn
from urllib.parse import quote, urlsplit

from kumkm_analysis import paths
from kumkm_analysis.dataset.files import DESCRIPTOR
from kumkm_analysis.errors import DataError, Fault, short

MOST_BYTES = 512 * 2**20  # of a package, unpacked
MOST_FILES = 1_000
MOST_RATIO = 200  # of the bytes of a zip unpacked to packed; tables reach about 20
SMALL = 10 * 2**20  # bytes that are unpacked whatever the ratio
PATIENCE = 60.0  # seconds for a file to come
CHUNK = 2**20
SCHEME = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
CHECK = "Check the address, or download the package and name its folder."
EXTRA = "pip install 'kumkm-analysis[remote]'"
Opener = Callable[[str], AbstractContextManager[IO[bytes]]]

_addresses: dict[Path, str] = {}


def folder(given: str | Path | None = None) -> Path:
    """Return the folder of a data package: a folder itself, or the copy of a zip or an address.

    Without ``given`` the variable ``KUMKM_DATA`` speaks, or what comes with the library is taken.
    An address is read once in the life of a process. Raises
    :class:`~kumkm_analysis.errors.DataError` when there is no package, or one that is too large.

    >>> folder("mine") == Path("mine")
    True
    """
    text = str(paths.data_given() if given is None else given)
    if SCHEME.match(text):
        return _brought(text)
    if Path(text).suffix.lower() == ".zip" and Path(text).is_file():
        facts = Path(text).stat()
        return _brought(text, facts.st_mtime_ns, facts.st_size)
    return Path(text)


def address(place: Path) -> str:
    """Return where a copy came from, without passwords and queries; a folder is its own address."""
    return _addresses.get(place, str(place))


@cache
def _brought(given: str, *_stamp: int) -> Path:
    root = Path(tempfile.mkdtemp(prefix="kumkm-data-"))
    try:
        (root / "data").mkdir()
        with _source(given, root) as opened:
            _gather(opened, root / "data", _shown(given))
    except BaseException:
        shutil.rmtree(root, ignore_errors=True)
        raise
    atexit.register(_remove, root, os.getpid())
    _addresses[root / "data"] = _shown(given)
    return root / "data"


def _remove(root: Path, owner: int) -> None:
    if os.getpid() == owner:  # not in its forks
        shutil.rmtree(root, ignore_errors=True)


def _gather(opened: Opener, into: Path, shown: str) -> None:
    """Copy a package, file by file; the descriptor says which."""
    from kumkm_analysis.dataset.descriptor import read_descriptor

    left, names, faults = MOST_BYTES, [DESCRIPTOR], list[Fault]()
    for name in names:  # which grow by what the descriptor names
        try:
            left = _copy(opened, name, into, left, shown)
        except (FileNotFoundError, KeyError) as error:
            expected = f"a data package: {DESCRIPTOR} and the tables that it names"
            faults.append(Fault(f"{name} in {shown}", _lacking(error), expected, CHECK))
            continue
        if name == DESCRIPTOR:
            faults, _, resources = read_descriptor(into)
            tables = [] if faults else [*dict.fromkeys(p for r in resources for p in r.paths)]
            if len(tables) > MOST_FILES:
                _refuse(shown, f"{len(tables):,} tables", f"at most {MOST_FILES:,}", CHECK)
            names += [table for table in tables if table != DESCRIPTOR]
    if faults:
        raise DataError(faults, f"The data package in {shown} cannot be used.")


def _copy(opened: Opener, name: str, into: Path, left: int, shown: str) -> int:
    """Copy one file; return how many bytes others may have."""
    over = threading.Event()

    def copy() -> int:
        rest, target = left, into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with opened(name) as source, target.open("xb") as file:
            while not over.is_set() and (chunk := source.read(min(CHUNK, rest + 1))):
                rest -= len(chunk)
                if rest < 0:
                    _refuse(shown, f"more than {MOST_BYTES:,} bytes", "fewer", CHECK)
                file.write(chunk)
        return rest

    where = f"{name} in {shown}"
    try:
        return _within(PATIENCE, copy)
    except TimeoutError:
        _refuse(where, "no answer", f"the file within {PATIENCE:g} seconds", CHECK)
    except (FileNotFoundError, KeyError, DataError):
        raise
    except Exception as error:  # noqa: BLE001 - every protocol has errors of its own
        _refuse(where, _told(error), "a file that can be read", CHECK)
    finally:
        over.set()


def _within(seconds: float, work: Callable[[], int]) -> int:
    """Return what some work returns in time: not every protocol has a limit of its own."""
    done: Future[int] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            done.set_exception(error)

    threading.Thread(target=run, name="fetch", daemon=True).start()
    return done.result(seconds)


@contextmanager
def _source(given: str, root: Path) -> Iterator[Opener]:
    """Yield what opens the files of a package by their names."""
    shown = _shown(given)
    if not SCHEME.match(given):
        file = Path(given)
    else:
        opened, packed = _remote(given, shown)
        if not packed:
            yield opened
            return
        file = root / "package.zip"
        try:
            _copy(opened, file.name, root, MOST_BYTES, shown)
        except FileNotFoundError as error:
            _refuse(shown, _lacking(error), "a zip file", CHECK)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        _refuse(shown, _told(error), "a zip file", "Pack the folder again.")
    with closing(archive):
        top = _checked(archive, shown)
        yield lambda name: archive.open(top + name)


def _checked(archive: zipfile.ZipFile, shown: str) -> str:
    """Refuse a zip that is no plain package; return the folder in it, such as ``mine/``."""
    entries = archive.infolist()
    size, packed = (sum(getattr(e, n) for e in entries) for n in ("file_size", "compress_size"))
    step = "Pack the folder of the package alone, with nothing else in it."
    if len(entries) > MOST_FILES:
        _refuse(shown, f"{len(entries):,} entries", f"at most {MOST_FILES:,}", step)
    if size > MOST_BYTES or size > max(SMALL, MOST_RATIO * packed):
        expected = f"at most {MOST_BYTES:,} bytes, and {MOST_RATIO} times what is packed"
        _refuse(shown, f"{size:,} bytes unpacked, {packed:,} packed", expected, step)
    faults = []
    for entry in entries:
        name, kind = entry.orig_filename, stat.S_IFMT(entry.external_attr >> 16)
        plain = name.isprintable() and not re.search(r"[\\:]", name)
        found = ""
        if not plain or {"", ".", ".."} & {*name.removesuffix("/").split("/")}:
            found = "a path that leads out of it, or to nowhere"
        elif kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            found = "a link or a device"
        elif entry.flag_bits & 1:
            found = "an encrypted file"
        if found:
            faults.append(Fault(f"{short(name)!a} in {shown}", found, "plain files in it", step))
    if faults:
        raise DataError(faults)
    names = {entry.filename for entry in entries}
    tops = [n for n in names if n.count("/") == 1 and n.endswith(f"/{DESCRIPTOR}")]
    return tops[0].removesuffix(DESCRIPTOR) if DESCRIPTOR not in names and len(tops) == 1 else ""


def _remote(given: str, shown: str) -> tuple[Opener, bool]:
    """Return what opens a file below an address, and whether the address is that of a zip."""
    scheme = given.partition("://")[0].lower()
    on_web = scheme in ("http", "https")
    try:
        import fsspec

        kind: Any = fsspec.get_filesystem_class(scheme)
        system = kind(skip_instance_cache=True, **kind._get_kwargs_from_urls(given))
    except (ImportError, ValueError, OSError) as error:  # some protocols connect at once
        step = EXTRA if on_web or scheme == "s3" else CHECK
        _refuse(shown, short(error), "an address that can be read here", step)
    try:
        place = urlsplit(given)
    except ValueError as error:
        _refuse(shown, str(error), "an address", "Check it.")
    base = place.path if on_web else str(system._strip_protocol(given))
    packed = base.lower().endswith(".zip")
    base = base.removesuffix(DESCRIPTOR).rstrip("/")
    # Of a page of the web no part is asked for but the whole, since servers may not know parts.
    opened: Any = partial(system.open, mode="rb", **({"block_size": 0} if on_web else {}))

    def open_below(name: str) -> AbstractContextManager[IO[bytes]]:
        whole = base if packed else f"{base}/{quote(name) if on_web else name}"
        file: IO[bytes] = opened(
            place._replace(path=whole, fragment="").geturl() if on_web else whole
        )
        return file

    return open_below, packed


def _shown(given: str) -> str:
    """Return an address as it may be repeated: without a password, and without a query.

    >>> _shown("https://me:secret@example.org/mine?token=1")
    'https://example.org/mine'
    """
    if not SCHEME.match(given):
        return given
    return re.sub(r"^([^:/]+://)[^/]*@", r"\1", given).partition("?")[0]


def _lacking(error: BaseException) -> str:
    """Return why a file is not there: fsspec says so also where nobody answered."""
    cause = error.__cause__
    gone = cause is None or isinstance(cause, FileNotFoundError)
    return "no such file" if gone or getattr(cause, "status", 0) == 404 else _told(cause)


def _told(error: BaseException | None) -> str:
    text = re.sub(r"[a-z]+://\S+", "the address", str(error).strip(), flags=re.IGNORECASE)
    return short(f"{type(error).__name__}" + f" ({' '.join(text.split())})" * bool(text))


def _refuse(where: str, found: str, expected: str, step: str) -> NoReturn:
    raise DataError(Fault(where, found, expected, step))
