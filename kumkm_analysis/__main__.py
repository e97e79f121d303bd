"""The command's front door: hears an interrupt before anything is loaded that takes a while."""

from __future__ import annotations

import signal
import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line, as ``kumkm`` or as ``python -m kumkm_analysis``."""
    listen()
    try:
        from kumkm_analysis.cli import entry
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(INTERRUPTED)
    entry()


def listen() -> None:
    """Take a polite end, or a terminal that is gone, like Ctrl-C; what is ignored stays so."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


if __name__ == "__main__":
    main()
