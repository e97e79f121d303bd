"""The plan: which reports a request means, decided before anything runs.

Planning is pure: it reads notebooks' contracts, checks every value against the domain of the
data, and either returns all reports or raises all faults at once.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

from kumkm_analysis.dataset.request import STANDARD, Domain, check_parameters, check_windows
from kumkm_analysis.errors import Fault, ParameterError
from kumkm_analysis.runner import inputs, notebooks
from kumkm_analysis.runner.notebooks import Notebook

RESERVED = frozenset({"index", "failed"})  # names in the output folder that are not reports
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asks for: every combination is one report; what is empty takes its default.

    ``extra`` are texts, read in the types that a notebook declares; ``stored`` are values that were
    read once already, and are taken as they are. ``inputs`` are patterns of files that notebooks of
    one's own read, besides those that they declare themselves; ``kernel`` is the one that these
    are to run in, in place of the one that they ask for.
    """

    notebooks: Sequence[str] = ()
    region: Sequence[str] = ()
    period: Sequence[str] = ()
    reading: Sequence[str] = ()
    language: Sequence[str] = ()
    extra: Sequence[tuple[str, str]] = ()
    stored: Mapping[str, Any] = field(default_factory=dict, hash=False)
    inputs: Sequence[str] = ()
    kernel: str = ""

    @classmethod
    def again(
        cls,
        name: str,
        made_from: Mapping[str, str],
        notebook: str | None = None,
        inputs: Sequence[str] = (),
    ) -> Request:
        """Return the request that makes a published report, and no other one, again.

        ``made_from`` are the ingredients that its provenance names, ``notebook`` is the path of a
        user's own, which they do not hold.
        """
        parameters = json.loads(made_from["parameters"])
        standard: dict[str, Any] = {
            name: [f"{value:.15g}" if isinstance(value, float) else str(value)]
            for name, value in parameters.items()
            if name in STANDARD
        }
        # Ingredients have a language always, names only where the notebook has a parameter for it.
        language = made_from["language"]
        if name.endswith(f".{language}"):
            standard["language"] = [language]
        stored = {n: v for n, v in parameters.items() if n not in STANDARD}
        named = [notebook or made_from["notebook"]]
        kernel = made_from.get("kernel", "") if notebook else ""
        own = inputs if notebook else ()
        return cls(named, stored=stored, inputs=own, kernel=kernel, **standard)

    @property
    def empty(self) -> bool:
        """Tell whether nothing was named at all."""
        return not (self.notebooks or self.given or self.extra or self.inputs or self.kernel)

    @property
    def given(self) -> dict[str, Sequence[str]]:
        """The standard parameters that the user named."""
        named = {name: getattr(self, name) for name in STANDARD}
        return {name: values for name, values in named.items() if values}


@dataclass(frozen=True, slots=True)
class Report:
    """One report to be made: a notebook and the parameters it gets.

    ``remarks`` are what has to be said of how it is made.
    """

    notebook: str
    path: Path
    parameters: Mapping[str, Any] = field(hash=False)
    shipped: bool = False
    kernel: str = "python3"
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
    inputs: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def place(self) -> Path:
        """Where the notebook lies, whichever way leads there."""
        return self.path.parent.resolve() / self.path.name

    @property
    def language(self) -> str:
        """The language of the page; a notebook that declares none is taken as English."""
        return str(self.parameters.get("language", "en"))

    @property
    def group(self) -> str:
        """The name without the language: reports of one group are each other's translations."""
        parts = [self.notebook]
        parts += [str(self.parameters[n]) for n in STANDARD[:3] if n in self.parameters]
        if self.extra:
            parts.append(_digest(json.dumps(self.extra, sort_keys=True, default=repr)))
        return _safe("-".join(parts))

    @property
    def name(self) -> str:
        """The name of the page without its ending, such as ``membership-64-2012-coherent.id``."""
        return f"{self.group}.{self.language}" if "language" in self.parameters else self.group


def make(request: Request, domain: Domain | None) -> list[Report]:
    """Return the reports of a request, translations side by side.

    ``domain`` is None when the data cannot be read. Raises
    :class:`~kumkm_analysis.errors.ParameterError` with every fault of the request, once each.
    """
    found: list[Fault] = []
    chosen: dict[Path, Notebook] = {}
    for name in request.notebooks or notebooks.SHIPPED:
        try:
            notebook = notebooks.find(name)
            chosen.setdefault(notebook.place, notebook)
        except ParameterError as error:
            found += error.faults
    for name, values in request.given.items():
        for value in values:
            found += check_parameters(domain, {name: value})
    found += _repeated(request.extra)
    if chosen:
        found += _unused(request, list(chosen.values()))
    reports: list[Report] = []
    for notebook in chosen.values():
        made, problems = _reports(notebook, request, domain)
        reports += made
        found += problems
    reports, collisions = distinct(reports)
    found += collisions
    if found:
        raise ParameterError(list(dict.fromkeys(found)), "Nothing was run.")
    return reports


def _reports(
    notebook: Notebook, request: Request, domain: Domain | None
) -> tuple[list[Report], list[Fault]]:
    """Return the reports of one notebook and what is wrong with its values."""
    patterns = () if notebook.shipped else (*notebook.inputs, *request.inputs)
    faults = inputs.faults(notebook.path, patterns)
    kernel, remark = notebook.kernel, ""
    try:
        if not notebook.shipped:
            kernel, remark = notebook.runs_in(request.kernel)
    except ParameterError as error:
        faults += error.faults
    extra: dict[str, Any] = {}
    named: list[tuple[Callable[[Notebook, str, Any], Any], str, Any]] = [
        *((_extra, name, text) for name, text in request.extra),
        *((_stored, name, value) for name, value in request.stored.items()),
    ]
    for take, name, value in named:
        try:
            extra[name] = take(notebook, name, value)
        except ParameterError as error:
            faults += error.faults
    choices: dict[str, list[Any]] = {}
    for name in STANDARD:
        if name not in notebook.parameters:
            continue
        choices[name] = []
        for text in dict.fromkeys(request.given.get(name) or _default(notebook, name, domain)):
            wrong = check_parameters(domain, {name: text})
            if wrong and name not in request.given:
                where = f"notebook {notebook.name}, default of {name}"
                faults += [Fault(where, f.found, f.expected, f.next_step) for f in wrong]
            try:
                choices[name].append(notebook.convert(name, text))
            except ParameterError as error:
                faults += [] if wrong else error.faults
    reports = [
        Report(
            notebook=called(notebook),
            path=notebook.path.absolute(),  # workers stand elsewhere
            parameters={**dict(zip(choices, combination, strict=True)), **extra},
            shipped=notebook.shipped,
            kernel=kernel,
            extra=extra,
            inputs=patterns,
            remarks=(remark,) if remark else (),
        )
        for combination in product(*choices.values())
    ]
    if notebook.shipped and {"before", "after"} <= notebook.parameters.keys():
        faults += [fault for report in reports for fault in check_windows(report.parameters)]
    return reports, faults


def _default(notebook: Notebook, name: str, domain: Domain | None) -> Sequence[str]:
    """Return what a notebook gets when the user names nothing: its own default, else the data's.

    It is made in every language of the data, whichever one it has by default.
    """
    own = notebook.parameters[name].default
    if own in (None, "") or name == "language":
        return domain.default(name) if domain is not None else ()
    return (str(own),)


def _extra(notebook: Notebook, name: str, text: str) -> Any:
    """Return the value of one ``-p NAME VALUE``."""
    if name in STANDARD:
        step = f"Write --{name} {text}."
        raise ParameterError(Fault(f"-p {name}", repr(text), f"the option --{name}", step))
    return notebook.convert(name, text)


def _repeated(extra: Sequence[tuple[str, str]]) -> Iterator[Fault]:
    """Yield the parameters that are named twice, of which the last would win in silence."""
    given: dict[str, list[str]] = {}
    for name, text in extra:
        given.setdefault(name, []).append(repr(text))
    step = "Write it once; a file for --matrix can hold an entry for each value."
    for name, texts in given.items():
        if len(texts) > 1 and name not in STANDARD:  # these are no -p at all
            yield Fault(f"-p {name}", " and ".join(texts), "one value", step)


def _stored(notebook: Notebook, name: str, value: Any) -> Any:
    """Return a value that a report was made with, when the notebook still declares its name."""
    if name not in notebook.parameters:
        notebook.convert(name, "")  # which says so
    return value


def _unused(request: Request, chosen: Sequence[Notebook]) -> list[Fault]:
    """Return the options that none of the chosen notebooks has a parameter for."""
    names = ", ".join(notebook.name for notebook in chosen)
    own = any(not notebook.shipped for notebook in chosen)
    step = "Leave it out: what comes with the package reads the data only, in its own kernel."
    ours = [] if own else [("--input", name) for name in request.inputs]
    ours += [] if own or not request.kernel else [("--kernel", request.kernel)]
    lost = [Fault(option, name, "a notebook of your own", step) for option, name in ours]
    return lost + [
        Fault(
            f"--{name}",
            ", ".join(values),
            f"an option that {names} has a parameter for",
            f"Declare {name} in the parameters cell, or leave the option out.",
        )
        for name, values in request.given.items()
        if not any(name in notebook.parameters for notebook in chosen)
    ]


def distinct(reports: Iterable[Report]) -> tuple[list[Report], list[Fault]]:
    """Return reports, each once, and a fault for every page that two of them would publish."""
    found: dict[str, Report] = {}
    faults = []
    for report in reports:
        # Not every file system tells A from a.
        first = found.setdefault(report.name.casefold(), report)
        if first.place == report.place and replace(first, path=report.path) == report:
            continue
        paths = [str(path) for path in dict.fromkeys((first.path, report.path))]
        either = " and ".join(paths) if len(paths) > 1 else f"{paths[0]} twice, with other values"
        step = "Rename one of them, or run them into different --output folders."
        faults.append(
            Fault("notebook", either, f"one report for the page {report.name}.html", step)
        )
    return list(found.values()), faults


def called(notebook: Notebook) -> str:
    """Return the name that a notebook publishes under; a user's own never takes one of ours."""
    if notebook.shipped:
        return notebook.name
    stem = _safe(notebook.name.replace(".", "_"))
    for taken in (*notebooks.SHIPPED, *RESERVED):
        if f"{stem}-".casefold().startswith(f"{taken}-"):
            return f"own-{stem}-{_digest(str(notebook.path.resolve()))}"
    return stem


def _safe(text: str) -> str:
    """Return a text as part of a file name: letters, digits, dot, dash, underscore; not too long.

    >>> _safe("my notes/2012"), _safe(".hidden"), _safe("größe"), _safe("анализ"), _safe("日本")
    ('my_notes_2012', 'hidden', 'grosse', 'analiz', 'RiBen')
    """
    plain = text
    if not text.isascii():
        from anyascii import anyascii

        plain = anyascii(text)
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", plain).lstrip(".-")
    if not name.strip("._-"):
        name = f"notebook-{_digest(text)}"
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}-{_digest(text)}"


def _digest(text: str) -> str:
    content = text.encode("utf-8", "surrogateescape")  # names of files need not be UTF-8
    return hashlib.sha256(content).hexdigest()[:8]
