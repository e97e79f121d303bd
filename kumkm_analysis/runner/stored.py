"""JSON that a run wrote and reads back: others may have damaged it meanwhile, in every way.

>>> parse(b'{"key": "a"}')
{'key': 'a'}
>>> parse("[" * 100_000)
Traceback (most recent call last):
    ...
ValueError: nested too deeply
"""

from __future__ import annotations

import json
from typing import Any


def parse(content: bytes | str) -> Any:
    """Return what JSON holds, which can be written as text again.

    Raises :class:`ValueError` for whatever is none: so one thing has to be caught. That is also
    what is nested too deeply to be read, and half of a pair of UTF-16, which no text may hold.
    """
    raw = content.encode() if isinstance(content, str) else content
    try:
        found = json.loads(raw)
        if b"\\ud" in raw.lower() or b"\xed" in raw:  # either may be such a half; ours hold none
            json.dumps(found, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return found
