"""What travels to whoever makes a report, and what comes back: plain values that can be pickled."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kumkm_analysis.errors import Fault, KumkmError
from kumkm_analysis.runner.plan import Report

SYSTEM = sys.platform


def system_faults() -> list[Fault]:
    """Return why no report can be made on this system: forks and signals are those of POSIX."""
    step = "Run it in WSL; checking, planning and the library itself work here, also in JupyterLab."
    return [Fault("system", "Windows", "Linux or macOS", step)] if SYSTEM == "win32" else []


@dataclass(frozen=True, slots=True)
class Job:
    """One report to be made, with everything that it is made from but the data package.

    ``notebook`` holds the very bytes that the key was computed over; ``translation`` is the name
    of the page in the other language, which is published or will be; ``data_sha256`` is the
    fingerprint of the data that the plan was made for; ``inputs`` are the files that a user's own
    notebook declares, by their relative names, where they have to travel; ``strict`` makes a
    warning on the page a failure.
    """

    report: Report
    notebook: bytes
    key: str
    ingredients: Mapping[str, str]
    data_sha256: str
    translation: str | None = None
    inputs: Mapping[str, bytes] = field(default_factory=dict)
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Product:
    """The finished files of a report, by the name they get in its published folder."""

    files: Mapping[str, bytes]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a job: a product, or an error with the notebook as far as it ran.

    ``lost`` tells a fault of the machinery (a dead kernel, a lost socket), which a fresh attempt
    may mend, from an error of the analysis, which it would only repeat.
    """

    product: Product | None = None
    error: KumkmError | None = None
    notebook: bytes | None = None
    lost: bool = False
    timed_out: bool = False
    attempts: int = 1
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Task:
    """A job on this machine: where its private folder is, and where its kernel is to stand."""

    job: Job
    private: Path
    cwd: Path
    data: Path
