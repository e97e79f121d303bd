"""The command's front door: hears an interrupt before anything is loaded that takes a while."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress

INTERRUPTED = 130
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


def main() -> None:
    """Run the command line, as ``kumkm`` or as ``python -m kumkm_analysis``."""
    listen()
    try:
        from kumkm_analysis.cli import entry
    except KeyboardInterrupt:
        deafen()
        sys.stderr.write("Interrupted.\n")
        sys.exit(INTERRUPTED)
    try:
        code = entry()
    finally:
        deafen()
    sys.exit(code)


def deafen() -> None:
    """Ignore what comes after the last word: the exit code is that of what was done."""
    for name in SIGNALS:
        with suppress(AttributeError, KeyboardInterrupt):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def listen() -> None:
    """Take a polite end, or a terminal that is gone, like Ctrl-C; what is ignored stays so."""
    for name in SIGNALS[1:]:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


if __name__ == "__main__":
    main()
