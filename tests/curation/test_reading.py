"""Articles are read: figures, what they count, where and when, and how sure that is."""

from __future__ import annotations

import sys
from decimal import Decimal
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from kumkm_analysis.curation.amounts import Amounts
from kumkm_analysis.curation.articles import Article, read_article
from kumkm_analysis.curation.lexicon import Lexicon
from kumkm_analysis.curation.reading import Reader
from kumkm_analysis.curation.sentences import sentences
from kumkm_analysis.dataset.dataset import Dataset
from kumkm_analysis.errors import ParameterError

# The benchmark's own measure; another benchmark has a module of that name.
SPEC: Any = spec_from_file_location(
    "curation_benchmark", Path(__file__).parents[2] / "benchmarks" / "curation" / "reading.py"
)
benchmark: Any = module_from_spec(SPEC)
sys.modules[SPEC.name] = benchmark
SPEC.loader.exec_module(benchmark)
Row = dict[str, str]


def read(data: Dataset, *text: str, title: str = "Koperasi di Kaltim", **known: str) -> list[Row]:
    """Return the rows drafted from the paragraphs of an article of May 2020."""
    usual = {"published": "2020-05-01", "language": "id", **known}
    article = Article(Path("x"), title, text, **usual)
    return Reader(data, article).rows()


def test_articles_are_read_as_well_as_promised(data: Dataset) -> None:
    """Of all figures most are found, most right at high confidence, and few of those wrong."""
    total, _ = benchmark.score(data, benchmark.ARTICLES)
    found, right, wrong = total.shares
    assert total.expected > 200
    assert found >= benchmark.LEAST_FOUND
    assert right >= benchmark.LEAST_RIGHT
    assert wrong <= benchmark.MOST_WRONG


@pytest.mark.parametrize(
    ("text", "token", "value", "printing", "code"),
    [
        ("5.855 koperasi", "5.855 koperasi", "5855", "exact", ""),
        ("Rp 2,143 triliun", "Rp 2,143 triliun", "2143000000000", "rounded", ""),
        ("426 ribu orang", "426 ribu orang", "426000", "rounded", ""),
        ("sekitar 300-an koperasi", "300-an koperasi", "300", "about", "approximate_suffix"),
        ("lebih dari 700 koperasi", "700 koperasi", "700", "at_least", ""),
        ("hampir 1.000 koperasi", "1.000 koperasi", "1000", "at_most", ""),
        ("600 lebih koperasi", "600", "600", "at_least", ""),
        ("12,5 persen", "12,5 persen", "12.5", "rounded", ""),
        ("1,4 triliun rupiah", "1,4 triliun", "1400000000000", "rounded", ""),
        ("dua ratus koperasi", "dua ratus koperasi", "200", "exact", "number_in_words"),
        ("300–400 koperasi", "300–400 koperasi", "300", "at_least", "bound_of_range"),
        ("Rp5 tiliun", "Rp5 tiliun", "5000000000000", "rounded", "misspelt_word"),
        ("Rp 4.495.014.091.392", "Rp 4.495.014.091.392", "4495014091392", "exact", ""),
    ],
)
def test_a_figure_is_taken_as_it_is_printed(
    data: Dataset, text: str, token: str, value: str, printing: str, code: str
) -> None:
    """The token is the source's, and words around it say how exact it is."""
    (amount,) = Amounts.of(Lexicon.of(data, "id")).find(f"Jumlahnya {text}.")
    assert amount.as_printed == token
    assert amount.value == Decimal(value)
    assert (amount.printing, amount.exception) == (printing, code)


@pytest.mark.parametrize(
    "text",
    [
        "UU Nomor 25 Tahun 1992 Pasal 33 ayat (1)", "Rabu (22/8/2013)", "Darsafani (48), berusia",
        "17 Juli 2013", "telepon (0541) 741234", "0812-5544-3321", "pukul 08.00 WITA", "tahun 2012",
        "Hari Koperasi ke-72", "Covid-19", "Jalan Pemuda No. 12", "selama 3 hari",
    ],
)  # fmt: skip
def test_dates_ages_laws_and_telephones_are_no_figures(data: Dataset, text: str) -> None:
    """What is printed in digits and counts nothing is left out."""
    assert Amounts.of(Lexicon.of(data, "id")).find(f"Itu {text} saja.") == []


@pytest.mark.parametrize(
    "text",
    [
        "Sebanyak 120 koperasi mengikuti bimbingan teknis di Hotel Mesra.",
        "Pemprov mengalokasikan Rp 5 miliar untuk 100 koperasi.",
        "Koperasi Mekar Jaya memiliki aset Rp 12 miliar dan 1.500 anggota.",
        "Bukan 5.111 unit koperasi.",
        "Hotel itu punya 120 kamar dan 85 karyawan.",
        "Sekolah itu menampung 4.250 siswa.",
        "Anggaran dinas koperasi naik 12 persen menjadi Rp 15 miliar.",
        "Setiap koperasi rata-rata memiliki 73 anggota.",
        "Ada 300-400 koperasi di Kaltim.",
        "Sebanyak 34 koperasi wanita menerima bantuan Rp 25 juta.",
        "Jumlah koperasi akan bertambah 300 unit tahun depan.",
        "Bank itu menyalurkan kredit Rp 1,2 triliun kepada 3.400 UMKM.",
        "Koperasi aktif di Singapura mencapai 80 unit.",
        "Penduduk Samarinda 800 ribu jiwa.",
        "Dinas mencabut izin 491 koperasi yang tidak aktif.",
        "Ada koperasi binaan provinsi sebanyak 180 koperasi, yang aktif 144 koperasi.",
        "Omzet semua koperasi di Kaltim naik dari sebelumnya Rp 4 triliun.",
        "Jumlah koperasi di Kaltim yang memiliki laman sebanyak 90 unit.",
        "Dia mencontohkan koperasi lain dengan 95 anggota.",
        "Tahun 2021 jumlah koperasi di Kaltim 6.500 unit.",
    ],
)
def test_what_may_mean_something_else_is_never_sure(data: Dataset, text: str) -> None:
    """Some cooperatives, one, those of others, other subjects: a person has to look."""
    rows = read(data, text)
    assert rows
    assert "high" not in {row["confidence"] for row in rows}


def test_a_period_of_another_paragraph_is_never_sure(data: Dataset) -> None:
    """What a paragraph says of its period holds for it, and for a list that it announces."""
    first = "Pada 2018 koperasi di Kaltim berjumlah 5.855 unit. Pada 2017 ada 5.700 koperasi."
    rows = read(data, first, "Koperasi aktif di Kaltim 3.720 unit.")
    assert [row["confidence"] for row in rows] == ["high", "high", "medium"]
    rows = read(data, "Keadaan koperasi di Kaltim per 31 Desember 2018:", "- Anggota: 426 orang")
    assert [(row["reference_period"], row["confidence"]) for row in rows] == [
        ("2018-12-31", "high")
    ]


def test_an_undated_figure_is_not_sure_where_its_paragraph_names_a_period(data: Dataset) -> None:
    """The month of publication is taken only where nothing else can be meant."""
    text = "Koperasi aktif di Kaltim 3.720 unit. Angka itu adalah data Maret 2020."
    assert [row["confidence"] for row in read(data, text)] == ["medium"]


def test_a_place_that_is_no_region_of_the_data_is_not_taken_for_the_region_around_it(
    data: Dataset,
) -> None:
    """Kotabaru lies in South Kalimantan, and is not South Kalimantan."""
    text = "Aset koperasi di Kota Pekalongan, Jawa Tengah, pada 2019 mencapai Rp4,9 triliun."
    (row,) = read(data, text, title="Aset koperasi naik")
    assert row["confidence"] == "medium"


def test_a_part_and_its_whole_are_told_apart(data: Dataset) -> None:
    """Of N of M cooperatives, N are what is said, and M are all."""
    text = "Pada akhir 2012 sebanyak 1.422 dari 2.987 koperasi di Maluku dinyatakan tidak aktif."
    rows = read(data, text)
    assert [row["indicator_id"] for row in rows] == ["inactive_cooperatives", "cooperatives"]
    text = "Pada 2012 ada 649 koperasi atau 12 persen yang melaksanakan RAT di Aceh."
    assert read(data, text)[0]["indicator_id"] == "annual_meetings_held"


def test_a_figure_that_is_pointed_back_to_is_what_it_was(data: Dataset) -> None:
    """“Those 169 cooperatives” are the active ones of the sentence before."""
    rows = read(data, "Pada 2018 koperasi aktif di Kaltim 169 unit. Dari 169 unit itu 36 sehat.")
    assert rows[1]["indicator_id"] == "active_cooperatives"
    assert rows[1]["reference_period"] == "2018"


def test_two_regions_of_a_sentence_keep_their_figures(data: Dataset) -> None:
    """A list gives each its own; “respectively” pairs them in order."""
    rows = read(data, "Koperasi aktif di Samarinda 742 unit dan Balikpapan 478 unit.")
    assert [row["region_id"] for row in rows] == ["6472", "6471"]
    rows = read(
        data, "Kutai Kartanegara dan Bontang masing-masing memiliki 512 dan 118 koperasi aktif."
    )
    assert [row["region_id"] for row in rows] == ["6403", "6474"]
    assert {row["indicator_id"] for row in rows} == {"active_cooperatives"}


def test_where_somebody_spoke_is_not_where_the_figure_holds(data: Dataset) -> None:
    """The place and day of a speech are no region and no period."""
    text = (
        "Jumlah koperasi di Bali pada 2019 mencapai 4.675 unit, kata Budi di Mataram, Jumat (7/2)."
    )
    (row,) = read(data, text)
    assert (row["region_id"], row["reference_period"]) == ("51", "2019")


@pytest.mark.parametrize(
    ("text", "period", "basis"),
    [
        ("per 31 Desember 2014 sebanyak", "2014-12-31", "stated"),
        ("hingga Juni 2012 sebanyak", "2012-06", "stated"),
        ("pada akhir 2013 sebanyak", "2013-12", "stated"),
        ("tahun lalu sebanyak", "2019", "stated"),
        ("saat ini", "2020-05", "publication"),
        ("", "2020-05", "publication"),
    ],
)
def test_the_period_is_what_the_sentence_says(
    data: Dataset, text: str, period: str, basis: str
) -> None:
    """Stated where the text says it, else the month of publication, as in the data."""
    (row,) = read(data, f"Jumlah koperasi di Kaltim {text} 5.855 unit.")
    assert (row["reference_period"], row["period_basis"]) == (period, basis)
    assert row["confidence"] == "high"


def test_targets_falls_and_shares_are_what_they_are(data: Dataset) -> None:
    """A target is none of today's figures, a fall is signed, a percentage knows of what."""
    (target,) = read(data, "Untuk tahun 2021 ditargetkan 6.500 koperasi di Kaltim.")
    assert (target["status"], target["obs_status"]) == ("target", "F")
    (fall,) = read(data, "Aset koperasi pada 2019 turun 1,4 persen.")
    assert (fall["indicator_id"], fall["value"]) == ("assets_growth_pct", "-1.4")
    assert fall["token_exception"] == "fall_without_sign"
    (share,) = read(data, "Persentase koperasi aktif baru 50,50 persen.")
    assert share["indicator_id"] == "active_cooperatives_share"


def test_an_undated_article_gives_no_period_and_no_certainty(data: Dataset) -> None:
    """Without a date there is nothing to fall back on."""
    (row,) = read(data, "Jumlah koperasi di Kaltim 5.855 unit.", published="")
    assert (row["reference_period"], row["confidence"]) == ("", "medium")


def test_a_sentence_does_not_end_at_a_short_form(data: Dataset) -> None:
    """No. and H. end no sentence, a full stop does."""
    found = sentences("Menurut H. Ahmad, UU No. 25 berlaku. Itu saja.", Lexicon.of(data, "id"))
    assert found == ["Menurut H. Ahmad, UU No. 25 berlaku.", "Itu saja."]


def test_a_page_is_read_without_what_stands_around_it(data: Dataset) -> None:
    """Menus, advertisements and “read also” are none of the article."""
    article = read_article(benchmark.ARTICLES / "03-berau-bubar.html", Lexicon.of(data))
    assert article.published == "2023-07-13"
    assert article.publisher == "Kabar Berau"
    said = " ".join(article.paragraphs)
    assert "23.450 anggota" in said
    assert not [word for word in ("Beranda", "Iklan", "Baca juga", "telp") if word in said]


def test_a_pdf_is_read_by_its_text(data: Dataset, tmp_path: Path) -> None:
    """The figures of a printed page are those of its text."""
    import matplotlib.pyplot as plt

    figure = plt.figure()
    figure.text(0.05, 0.9, "Koperasi Kaltim\n\n2 Mei 2020\n\nJumlah koperasi di Kaltim 5.855 unit.")
    figure.savefig(tmp_path / "a.pdf")
    plt.close(figure)
    rows = Reader(data, read_article(tmp_path / "a.pdf", Lexicon.of(data))).rows()
    assert [row["value"] for row in rows] == ["5855"]


def test_what_is_no_article_is_refused(data: Dataset, tmp_path: Path) -> None:
    """A file without text, or none at all, is told with the next step."""
    (tmp_path / "empty.txt").write_text("", encoding="utf-8")
    (tmp_path / "long.txt").write_text("koperasi " * 30_000, encoding="utf-8")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    (tmp_path / "packed.txt").write_bytes(b"PK\x03\x04\0\0")
    for name in ("empty.txt", "nothing.txt", "long.txt", "broken.pdf", "packed.txt"):
        with pytest.raises(ParameterError, match="text"):
            read_article(tmp_path / name, Lexicon.of(data))
