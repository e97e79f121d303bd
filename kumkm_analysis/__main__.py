"""The command's front door: hears an interrupt before anything is loaded that takes a while."""

from __future__ import annotations

import sys

from kumkm_analysis.errors import Exit
from kumkm_analysis.runner import interrupts


def main() -> None:
    """Run the command line, as ``kumkm`` or as ``python -m kumkm_analysis``."""
    interrupts.listen()
    try:
        from kumkm_analysis.cli import entry
    except KeyboardInterrupt:
        interrupts.deafen()
        sys.stderr.write("Interrupted.\n")
        sys.exit(Exit.INTERRUPTED)
    code: int = Exit.INTERRUPTED
    try:
        try:
            code = entry()
        finally:
            interrupts.deafen()
    except KeyboardInterrupt:  # it came after the last word, and before deafness
        interrupts.deafen()
    sys.exit(code)


if __name__ == "__main__":
    main()
