"""Values from the command line are read in the declared type, strictly, or refused with advice."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kumkm_analysis.runner.parameters import MismatchError, read

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.text())
def test_text_is_taken_as_it_is(text: str) -> None:
    """No text is ever turned into something else: 007 stays 007 and NO stays NO."""
    assert read(text, "str") == text


@given(st.integers())
def test_every_whole_number_comes_back(number: int) -> None:
    """What is written in decimal is read back as it was."""
    assert read(str(number), "int") == number


@given(st.lists(PLAIN))
def test_every_plain_list_comes_back(values: list[Any]) -> None:
    """A list written as Python is read back as it was."""
    assert read(repr(values), "list") == values == ast.literal_eval(repr(values))


@pytest.mark.parametrize("annotation", ["str", "Any", "int | str", "'str'"])
def test_what_no_file_can_hold_is_refused(annotation: str) -> None:
    """Bytes that are no UTF-8 are no parameters."""
    with pytest.raises(MismatchError, match="UTF-8"):
        read("\udcff", annotation)


@pytest.mark.parametrize("text", ["1_000", "1,000", "1.0", "٣", "", "0x1f", "nan"])
def test_what_is_no_plain_whole_number_is_refused(text: str) -> None:
    """Separators, other digits, other bases and words are no whole numbers."""
    with pytest.raises(MismatchError, match="a whole number"):
        read(text, "int")


@pytest.mark.parametrize("text", ["nan", "inf", "1_0", "1,5", "."])
def test_what_is_no_plain_number_is_refused(text: str) -> None:
    """Infinity and not-a-number are never parameters."""
    with pytest.raises(MismatchError, match="a number"):
        read(text, "float")


@pytest.mark.parametrize("text", ["1e999", "-1e999", "9" * 400])
def test_what_is_more_than_a_number_can_be_is_refused(text: str) -> None:
    """Python would take it for infinity, and be silent."""
    with pytest.raises(MismatchError, match="a finite number"):
        read(text, "float")
    with pytest.raises(MismatchError, match="a whole number or a finite number"):
        read(f"{text}.0" if "e" not in text else text, "int | float")


@pytest.mark.parametrize("text", ["1e999", "-1e999", "[1, 1e999]", "{'a': 1e999}"])
def test_infinity_without_a_type_is_text(text: str) -> None:
    """No value that is written otherwise than given; what has to be a list is none."""
    assert read(text, "Any") == text
    with pytest.raises(MismatchError, match="a tuple"):
        read(text, "tuple")


@pytest.mark.parametrize(("text", "value"), [("true", True), ("No", False), ("YES", True)])
def test_truth_is_read_as_truth(text: str, value: bool) -> None:
    """Not as the text 'true', which would be true even when it says false."""
    assert read(text, "bool") is value


@pytest.mark.parametrize(
    ("text", "annotation", "value"),
    [
        ("5", "int | None", 5),
        ("none", "Optional[int]", None),
        ("none", "str", "none"),
        ("b", "Literal['a', 'b']", "b"),
        ("2", "typing.Literal[1, 2]", 2),
        ("x", "int | str", "x"),
        ("3", "Union[int, str]", 3),
        ("(1, 2)", "tuple[int, int]", [1, 2]),
        ("5", "'int'", 5),
        ("anything", "Unheard[of]", "anything"),
    ],
)
def test_unions_literals_and_the_rest(text: str, annotation: str, value: Any) -> None:
    """The first alternative that fits is taken; text comes last."""
    assert read(text, annotation) == value


def test_a_literal_names_its_choices() -> None:
    """The refusal lists what would have been right."""
    with pytest.raises(MismatchError, match="one of a, b"):
        read("c", "Literal['a', 'b']")


@pytest.mark.parametrize("annotation", ["date", "datetime.date", "date | None", "Optional[date]"])
def test_a_date_is_one_and_arrives_as_text(annotation: str) -> None:
    """A year alone is none, nor a number; papermill can write no other kind into a notebook."""
    assert read("2013-05-31", annotation) == "2013-05-31"
    for text in ("2013", "0", "31 May"):
        with pytest.raises(MismatchError, match="a date such as 2013-05-31"):
            read(text, annotation)


@pytest.mark.parametrize(
    ("text", "annotation"),
    [("['a']", "list[int]"), ("[1.5]", "list[int]"), ("(1,)", "tuple[int, int]"), ("[[]]", "dict")],
)
def test_what_a_collection_holds_is_read_as_strictly(text: str, annotation: str) -> None:
    """The refusal names the type as it is declared."""
    with pytest.raises(MismatchError, match=f"a {annotation.partition('[')[0]}"):
        read(text, annotation)


@pytest.mark.parametrize(
    "annotation",
    ["a b", "lambda: 1", "print(1)", "[x for x in y]", "Any", "np.ndarray", "X[Y]"],
)
def test_of_a_type_that_only_running_would_tell_nothing_is_run(
    annotation: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A plain literal is taken as such, other text as text."""
    assert read("[1]", annotation) == [1]
    assert read("one", annotation) == "one"
    assert capsys.readouterr().out == ""


def test_a_tuple_arrives_as_a_list() -> None:
    """As JSON and papermill have it; so two values of one key are one value."""
    assert read("(1, [2, (3,)])", "Any") == [1, [2, [3]]] == read("(1, [2, (3,)])", "tuple")
    assert read("{'a': (1,)}", "dict[str, tuple[int]]") == {"a": [1]}
