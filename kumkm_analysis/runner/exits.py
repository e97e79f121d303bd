"""The exit codes of ``kumkm``. Nothing is imported here: the front door needs them at once."""


class Exit:
    """What a command ends with."""

    GOOD = 0
    SOME_FAILED = 1  # or some differ, or a check found faults
    BAD_REQUEST = 2
    BUSY = 3
    INTERRUPTED = 130
