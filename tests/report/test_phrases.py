"""Tests of phrases.toml: every phrase is said in both languages, and every phrase said is there."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator

import pytest
from conftest import ROOT

from kumkm_analysis.dataset.dataset import load
from kumkm_analysis.report.phrases import phrases, word
from kumkm_analysis.report.sentences import ALWAYS

LANGUAGES = ("id", "en")


def slots(text: str) -> set[str]:
    """Return the names of the placeholders of a text."""
    return {name.split("|")[0] for _, name, _, _ in string.Formatter().parse(text) if name}


def nodes() -> Iterator[ast.AST]:
    """Yield the code of the rooms that say phrases, and of those whose codes name one."""
    for room in ("report", "metrics"):
        for path in sorted((ROOT / "kumkm_analysis" / room).glob("*.py")):
            yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def codes() -> Iterator[str]:
    """Yield patterns of the keys that the code holds: its texts, and its f-strings with slots."""
    for metric in load().metrics.values():  # the words of formulas that are no indicators
        yield from (f"formula\\.{name}" for name in re.findall(r"[a-z_]+", metric.formula))
    for node in nodes():
        if isinstance(node, ast.Constant) and re.fullmatch(r"[a-z_.]+", str(node.value)):
            yield re.escape(str(node.value))
        if isinstance(node, ast.JoinedStr):
            literal = "".join(str(p.value) for p in node.values if isinstance(p, ast.Constant))
            if re.fullmatch(r"(words\.)?[a-z_]{3,}", literal) and literal != "words.":
                yield "".join(
                    re.escape(str(p.value)) if isinstance(p, ast.Constant) else r"\w+"
                    for p in node.values
                )


def said() -> Iterator[tuple[str, ast.Call]]:
    """Yield the keys that the code names outright, with the call that says them."""
    for node in nodes():
        if not isinstance(node, ast.Call) or not node.args:
            continue
        first = node.args[0]
        choices = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        called = node.func.id if isinstance(node.func, ast.Name) else f".{called}"
        for key in choices:
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                if called in (".word", "._word"):  # of a page or a card: the key within [words]
                    yield f"words.{key.value}", node
                elif called in ("word", ".tell"):
                    yield key.value, node


def headed() -> Iterator[str]:
    """Yield the heads of tables, which are words."""
    for node in nodes():
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "heads":
            for key in ast.walk(node.value):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield f"words.{key.value}"


@pytest.mark.parametrize("key", phrases())
def test_a_phrase_has_both_languages_with_the_same_placeholders(key: str) -> None:
    """What one language can fill in, the other can; neither is empty."""
    both = phrases()[key]
    assert set(both) == set(LANGUAGES)
    assert all(both[language].strip() for language in LANGUAGES)
    assert slots(both["id"]) == slots(both["en"])


def test_every_phrase_is_used() -> None:
    """A key is named outright, by its last part where the section is given, or by a pattern."""
    known = re.compile("|".join(f"(?:{code})" for code in set(codes())))
    unused = [
        key for key in phrases()
        if not known.fullmatch(key) and not known.fullmatch(key.partition(".")[2])
    ]  # fmt: skip
    assert unused == []


def test_every_phrase_that_is_said_is_there() -> None:
    """No page breaks off for a key that nobody wrote."""
    assert {key for key, _ in said()} - phrases().keys() == set()
    assert set(headed()) - phrases().keys() == set()


def test_whoever_says_a_phrase_fills_its_placeholders() -> None:
    """Neither is a slot left open, nor a part given that the phrase does not have."""
    checked = 0
    for key, call in said():
        given = {k.arg for k in call.keywords} - {"when"}
        asked = slots(phrases()[key]["en"])
        if None in given:  # **parts
            continue
        checked += 1
        sentence = isinstance(call.func, ast.Attribute) and call.func.attr == "tell"
        assert asked - (ALWAYS if sentence else set()) <= given | {"when"}, key
        assert given <= asked, key
    assert checked > len(phrases()) / 3


def test_a_word_is_said_in_the_language_that_is_asked_for() -> None:
    """With its placeholders filled."""
    assert word("words.nothing", "en", region="Bali").endswith("hold no figures for Bali.")
    assert word("words.nothing", "id", region="Bali") != word("words.nothing", "en", region="Bali")
