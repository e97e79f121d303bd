"""Kernels for reports: this very Python, told where the data are, talking through private files.

Papermill takes a kernel manager class; :func:`manager` makes one for a report, so that nothing of
the process (its environment, its working directory) has to be changed to start a kernel.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from kumkm_analysis import resources

OWN = "python3"  # the name under which notebooks ask for the kernel of the environment they are in
LOG = "kernel.log"
LONGEST_SOCKET = 90  # bytes; the system allows about a hundred, and the number of a port is added


def manager(private: Path, cwd: Path, data: Path) -> type:
    """Return a kernel manager class for one report.

    ``private`` takes the connection file, the sockets and the log of the kernel; ``cwd`` is its
    working directory; ``data`` is the package that the library inside will load. A notebook that
    asks for ``python3`` gets the interpreter that runs this, whatever else is registered under
    that name; other kernels are looked up as Jupyter does.
    """
    from ipykernel.kernelspec import get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    environment = _environment(data)

    class ReportKernelManager(AsyncKernelManager):
        """Starts the kernel of one report."""

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.connection_file = str(private / "connection.json")
            sockets = private / "s"
            # Files cannot be taken by another run, as ports can; Windows has none.
            if sys.platform != "win32" and len(os.fsencode(sockets)) < LONGEST_SOCKET:
                self.transport = "ipc"
                self.ip = str(sockets)

        @property
        def kernel_spec(self) -> Any:
            if self._kernel_spec is None:
                if self.kernel_name == OWN:
                    self._kernel_spec = KernelSpec(**get_kernel_dict())
                else:
                    self._kernel_spec = self.kernel_spec_manager.get_kernel_spec(self.kernel_name)
                self._kernel_spec.env = {**self._kernel_spec.env, **environment}
            return self._kernel_spec

        async def _async_launch_kernel(self, kernel_cmd: list[str], **options: Any) -> None:
            with (private / LOG).open("wb") as log:
                options |= {"cwd": str(cwd), "stdout": log, "stderr": log}
                await super()._async_launch_kernel(kernel_cmd, **options)

        _launch_kernel = _async_launch_kernel

    return ReportKernelManager


def last_words(private: Path) -> str:
    """Return the last line that a kernel wrote outside its cells, often why it died."""
    try:
        text = (private / LOG).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _environment(data: Path) -> dict[str, str]:
    """Return what the kernel's environment adds to ours."""
    wanted = {
        resources.DATA_VARIABLE: str(data.resolve()),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    home = resources.PACKAGE.parent
    if (home / "pyproject.toml").is_file():
        # A checkout: the kernel loads the code that runs this, installed or not.
        paths = [str(home), *filter(None, [os.environ.get("PYTHONPATH")])]
        wanted["PYTHONPATH"] = os.pathsep.join(paths)
    return wanted
