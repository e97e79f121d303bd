"""Kernels for reports: this very Python, told where the data are, talking through private files.

Papermill takes a kernel manager class; :func:`manager` makes one for a report, so that nothing of
the process (its environment, its working directory) has to be changed to start a kernel. Where a
warm kernel waits (see :mod:`~kumkm_analysis.runner.warm`) the manager takes that; everywhere else
it starts an ordinary one. Either stays in the process group of its report, so that the whole of a
report can be ended at once.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path
from queue import Empty
from typing import Any, Protocol

from kumkm_analysis import resources

OWN = "python3"  # the name under which notebooks ask for the kernel of the environment they are in
LOG = "kernel.log"
LONGEST_SOCKET = 90  # bytes; the system allows about a hundred, and the number of a port is added
LOOK_AGAIN = (
    1.0  # seconds after which a kernel that is silent at its start is asked whether it lives
)


class WarmKernel(Protocol):
    """A kernel that was forked and waits, as its manager sees it."""

    pid: int

    def connection(self) -> dict[str, Any]:
        """Return where its sockets are; waits until they are."""

    def poll(self) -> int | None:
        """Return its exit code, None while it lives."""

    def kill(self) -> None:
        """End it and wait for its end."""


def manager(private: Path, cwd: Path, data: Path, warm: WarmKernel | None = None) -> type:
    """Return a kernel manager class for one report.

    ``private`` takes the sockets and the log of the kernel; ``cwd`` is its working directory;
    ``data`` is the package that the library inside will load. A notebook that asks for
    ``python3`` gets the interpreter that runs this (``warm``, where one waits), whatever else is
    registered under that name; other kernels are looked up as Jupyter does.
    """
    from ipykernel.kernelspec import get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    class ReportKernelManager(AsyncKernelManager):
        """Starts the kernel of one report."""

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.client_factory = _client_class()
            self.connection_file = str(private / "connection.json")
            self.transport, self.ip = transport(private)

        @property
        def kernel_spec(self) -> Any:
            if self._kernel_spec is None:
                if self.kernel_name == OWN:
                    self._kernel_spec = KernelSpec(**get_kernel_dict())
                else:
                    self._kernel_spec = self.kernel_spec_manager.get_kernel_spec(self.kernel_name)
                self._kernel_spec.env = {**self._kernel_spec.env, **environment(data)}
            return self._kernel_spec

        async def _async_pre_start_kernel(self, **options: Any) -> Any:
            self.kernel_id = self.kernel_id or "report"
            self._launch_args = dict(options)
            name = "Warm" if warm is not None and self.kernel_name == OWN else "Ordinary"
            provisioner: Any = _provisioners()[name](
                kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
            )
            provisioner.warm = warm
            self.provisioner = provisioner
            options = await provisioner.pre_launch(**options)
            return options.pop("cmd"), options

        pre_start_kernel = _async_pre_start_kernel

        async def _async_launch_kernel(self, kernel_cmd: list[str], **options: Any) -> None:
            with (private / LOG).open("ab") as log:
                options |= {"cwd": str(cwd), "stdout": log, "stderr": log}
                await super()._async_launch_kernel(kernel_cmd, **options)

        _launch_kernel = _async_launch_kernel

    return ReportKernelManager


def transport(private: Path) -> tuple[str, str]:
    """Return the transport of a kernel and its address: files that no other run can take.

    Where their paths would be too long, and on Windows, it is TCP on this machine.
    """
    sockets = private / "s"
    if sys.platform != "win32" and len(os.fsencode(sockets)) < LONGEST_SOCKET:
        return "ipc", str(sockets)
    return "tcp", "127.0.0.1"


def last_words(private: Path) -> str:
    """Return the last line that a kernel wrote outside its cells, often why it died."""
    try:
        text = (private / LOG).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    words = re.sub(r".*^ *--existing\b[^\n]*", "", text, flags=re.DOTALL | re.MULTILINE)  # greeting
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def environment(data: Path) -> dict[str, str]:
    """Return what the environment of a kernel adds to ours."""
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


def _client_class() -> type:
    """Return the client of a report's kernel: no heartbeat, and no fixed wait at the start."""
    from jupyter_client.asynchronous.client import AsyncKernelClient

    class ReportKernelClient(AsyncKernelClient):
        """Waits for the *idle* of its own question, after which nothing is left to flush."""

        def start_channels(self, *_: Any, **__: Any) -> None:
            super().start_channels(hb=False)

        async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
            loop = asyncio.get_running_loop()
            end = None if timeout is None else loop.time() + timeout
            while True:
                asked = self.kernel_info()
                if await self._answered(asked):
                    return
                if not await self._async_is_alive():
                    raise RuntimeError("the kernel died before it was ready")
                if end is not None and loop.time() > end:
                    raise RuntimeError(f"the kernel was not ready after {timeout:g} seconds")

        wait_for_ready = _async_wait_for_ready

        async def _answered(self, asked: str) -> bool:
            """Tell whether the kernel answered on both channels."""
            try:
                reply = await self.shell_channel.get_msg(timeout=LOOK_AGAIN)
                self._handle_kernel_info_reply(reply)
                while True:
                    message = await self.iopub_channel.get_msg(timeout=LOOK_AGAIN)
                    ours = message["parent_header"].get("msg_id") == asked
                    if ours and message["content"].get("execution_state") == "idle":
                        return True
            except Empty:
                return False

    return ReportKernelClient


def _provisioners() -> dict[str, Any]:
    """Return the two ways to get a kernel."""
    from jupyter_client.provisioning.local_provisioner import LocalProvisioner

    class Ordinary(LocalProvisioner):
        """Starts a kernel as Jupyter does, but inside the process group of its report."""

        warm: Any = None

        async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
            wanted = {name: options[name] for name in ("cwd", "env", "stdout", "stderr")}
            wanted["env"] = {**wanted["env"], "JPY_PARENT_PID": str(os.getpid())}
            self.process = subprocess.Popen(cmd, stdin=subprocess.DEVNULL, **wanted)  # noqa: S603
            self.pid, self.pgid, self.cwd = self.process.pid, None, wanted["cwd"]
            return self.connection_info

    class Warm(LocalProvisioner):
        """Takes the kernel that was forked for this report and waits."""

        warm: Any = None

        @property
        def has_process(self) -> bool:
            return self.pid is not None

        async def pre_launch(self, **options: Any) -> dict[str, Any]:
            return {"cmd": [], "env": {}, **options}

        async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
            self.pid = self.warm.pid
            self.connection_info = self.warm.connection()
            return self.connection_info

        async def poll(self) -> int | None:
            return self.warm.poll()  # type: ignore[no-any-return]

        async def wait(self) -> int | None:
            self.kill_now()
            self.pid = None
            return self.warm.poll()  # type: ignore[no-any-return]

        async def send_signal(self, signum: int) -> None:
            if self.warm.poll() is None:
                os.kill(self.warm.pid, signum)

        async def kill(self, restart: bool = False) -> None:
            self.kill_now()

        terminate = kill

        def kill_now(self) -> None:
            self.warm.kill()

    return {"Ordinary": Ordinary, "Warm": Warm}
