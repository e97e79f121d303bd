"""Where regions lie on the tile maps of the index: column and row, from the north-west.

Two maps: the provinces as they were before 2022, and the regencies and cities that made up East
Kalimantan in 2012. The short names are ISO 3166-2:ID for provinces, those in common use below.
"""

from __future__ import annotations

from collections.abc import Mapping

Tile = tuple[str, int, int]

PROVINCES: Mapping[str, Tile] = {
    "11": ("AC", 0, 0), "12": ("SU", 1, 1), "13": ("SB", 1, 2), "14": ("RI", 2, 2),
    "15": ("JA", 2, 3), "16": ("SS", 3, 3), "17": ("BE", 2, 4), "18": ("LA", 3, 4),
    "19": ("BB", 4, 3), "21": ("KR", 3, 1), "31": ("JK", 5, 5), "32": ("JB", 5, 6),
    "33": ("JT", 6, 6), "34": ("YO", 6, 7), "35": ("JI", 7, 6), "36": ("BT", 4, 6),
    "51": ("BA", 8, 6), "52": ("NB", 9, 6), "53": ("NT", 10, 6), "61": ("KB", 6, 2),
    "62": ("KT", 7, 2), "63": ("KS", 7, 3), "64": ("KI", 8, 2), "65": ("KU", 8, 1),
    "71": ("SA", 12, 1), "72": ("ST", 10, 2), "73": ("SN", 10, 4), "74": ("SG", 11, 3),
    "75": ("GO", 11, 1), "76": ("SR", 10, 3), "81": ("MA", 13, 3), "82": ("MU", 13, 2),
    "91": ("PB", 14, 2), "94": ("PA", 14, 3),
}  # fmt: skip
SOFT = "\N{SOFT HYPHEN}"
EAST_KALIMANTAN: Mapping[str, Tile] = {
    "6408": ("Nunukan", 1, 0), "6473": ("Tarakan", 3, 0), "6406": ("Malinau", 1, 1),
    "6410": ("Tana Tidung", 2, 1), "6407": ("Bulungan", 3, 1), "6405": ("Berau", 3, 2),
    "6402": ("Kutai Barat", 0, 3), "6403": (f"Kutai Kar{SOFT}tanegara", 1, 3),
    "6404": ("Kutai Timur", 2, 2), "6474": ("Bontang", 2, 3), "6472": (f"Sama{SOFT}rinda", 2, 4),
    "6409": (f"Penajam Pa{SOFT}ser Utara", 1, 5), "6471": (f"Balik{SOFT}papan", 2, 5),
    "6401": ("Paser", 1, 6),
}  # fmt: skip
MAPS = (
    ("Provinsi", "Provinces", "provinces", PROVINCES),
    ("Kalimantan Timur 2012", "East Kalimantan in 2012", "units", EAST_KALIMANTAN),
)
