"""Kernels for reports: this very Python, told where the data are, talking through private files.

:func:`manager` makes the kernel manager of a report, so that nothing of the process (its
environment, its working directory) has to be changed to start a kernel. Where a warm kernel waits
(see :mod:`~kumkm_analysis.runner.warm`) the manager takes that; everywhere else it starts
an ordinary one. Either stays in the process group of its report, so that the whole of a report can
be ended at once.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from functools import lru_cache
from pathlib import Path
from queue import Empty
from typing import Any, Protocol

from kumkm_analysis import paths as resources
from kumkm_analysis.runner import steady

OWN = "python3"  # the name under which notebooks ask for the kernel of the environment they are in
LOG = "kernel.log"
CONNECTION = "connection.json"
IPYTHON = "ipython"  # the folder of IPython's own; what %store and %bookmark keep is in there
LONGEST_SOCKET = 90  # bytes; the system allows about a hundred, and the number of a port is added
LONGEST_TEMPORARY = 60  # bytes; multiprocessing has sockets in there, with names of forty letters
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


def manager(
    kernel: str, private: Path, cwd: Path, data: Path, warm: WarmKernel | None = None
) -> Any:
    """Return the kernel manager of one report.

    ``private`` takes the sockets and the log of the kernel; ``cwd`` is its working directory;
    ``data`` is the package that the library inside will load. A notebook that asks for
    ``python3`` gets the interpreter that runs this (``warm``, where one waits), whatever else is
    registered under that name; other kernels are looked up as Jupyter does.
    """
    made = _manager_class()(kernel_name=kernel)
    made.private, made.cwd, made.data, made.warm = private, cwd, data, warm
    made.connection_file = str(private / CONNECTION)
    made.transport, made.ip = transport(private)
    made.session.unpack = _unpacked
    return made


def _unpacked(content: bytes) -> Any:
    """Return JSON as values, without the date of a header, which Jupyter would parse in vain."""
    value = json.loads(content)
    if isinstance(value, dict) and "msg_id" in value:
        value.pop("date", None)
    return value


def rehearse() -> None:
    """Make the classes that every report needs."""
    _manager_class()
    _provisioners()


@lru_cache
def _manager_class() -> type:
    from ipykernel.kernelspec import get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    class ReportKernelManager(AsyncKernelManager):
        """Starts the kernel of one report; see :func:`manager`."""

        client_factory = _client_class()
        private: Path
        cwd: Path
        data: Path
        warm: WarmKernel | None

        @property
        def kernel_spec(self) -> Any:
            if self._kernel_spec is None:
                if self.kernel_name == OWN:
                    self._kernel_spec = KernelSpec(**get_kernel_dict())
                else:
                    self._kernel_spec = self.kernel_spec_manager.get_kernel_spec(self.kernel_name)
                self._kernel_spec.env = {
                    **self._kernel_spec.env,
                    **environment(self.data, self.private),
                }
            return self._kernel_spec

        async def _async_pre_start_kernel(self, **options: Any) -> Any:
            self.kernel_id = self.kernel_id or "report"
            self._launch_args = dict(options)
            name = "Warm" if self.warm is not None and self.kernel_name == OWN else "Ordinary"
            if name == "Ordinary" and self.kernel_name == OWN:
                steady.write_startup(self.private / IPYTHON)
            provisioner: Any = _provisioners()[name](
                kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
            )
            provisioner.warm = self.warm
            self.provisioner = provisioner
            options = await provisioner.pre_launch(**options)
            return options.pop("cmd"), options

        pre_start_kernel = _async_pre_start_kernel

        async def _async_launch_kernel(self, kernel_cmd: list[str], **options: Any) -> None:
            with (self.private / LOG).open("ab") as log:
                options |= {"cwd": str(self.cwd), "stdout": log, "stderr": log}
                await super()._async_launch_kernel(kernel_cmd, **options)

        _launch_kernel = _async_launch_kernel

        def lives(self) -> bool:
            """Tell whether the process of the kernel is there."""
            provisioner: Any = self.provisioner
            return provisioner is not None and provisioner.exit_code() is None

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


def environment(data: Path, private: Path) -> dict[str, str]:
    """Return what the environment of a kernel adds to ours."""
    wanted = {
        **steady.environment(),
        resources.DATA_VARIABLE: str(data.resolve()),
        resources.PUBLISH_VARIABLE: "1",
        **places(private),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    home = resources.PACKAGE.parent
    if (home / "pyproject.toml").is_file():
        # A checkout: the kernel loads the code that runs this, installed or not.
        paths = [str(home), *filter(None, [os.environ.get("PYTHONPATH")])]
        wanted["PYTHONPATH"] = os.pathsep.join(paths)
    return wanted


def places(private: Path) -> dict[str, str]:
    """Return where a kernel keeps what goes with its report; the folders are made.

    IPython finds its configuration, startup files and stored variables in a fresh place: those of
    a user's interactive sessions, and of other reports, are no ingredient of this one.
    """
    found = {"IPYTHONDIR": private / IPYTHON, "TMPDIR": private / "tmp"}
    if len(os.fsencode(found["TMPDIR"])) > LONGEST_TEMPORARY:
        found.pop("TMPDIR")
    for folder in found.values():
        folder.mkdir(exist_ok=True)
    return {name: str(folder) for name, folder in found.items()}


def _client_class() -> type:
    """Return the client of a report's kernel: no heartbeat, and no fixed wait at the start."""
    from jupyter_client.blocking.client import BlockingKernelClient

    class ReportKernelClient(BlockingKernelClient):
        """Waits for the *idle* of its own question, after which nothing is left to flush."""

        def start_channels(self, *_: Any, **__: Any) -> None:
            super().start_channels(hb=False)

        def wait_for_ready(self, timeout: float | None = None) -> None:
            parent: Any = self.parent
            end = None if timeout is None else time.monotonic() + timeout
            while not self._answered(self.kernel_info()):
                if not parent.lives():
                    raise RuntimeError("the kernel died before it was ready")
                if end is not None and time.monotonic() > end:
                    raise RuntimeError(f"the kernel was not ready after {timeout:g} seconds")

        def _answered(self, asked: str) -> bool:
            """Tell whether the kernel answered on both channels."""
            try:
                reply = self.shell_channel.get_msg(timeout=LOOK_AGAIN)
                self._handle_kernel_info_reply(reply)
                while True:
                    message = self.iopub_channel.get_msg(timeout=LOOK_AGAIN)
                    ours = message["parent_header"].get("msg_id") == asked
                    if ours and message["content"].get("execution_state") == "idle":
                        return True
            except Empty:
                return False

    return ReportKernelClient


@lru_cache
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

        def exit_code(self) -> int | None:
            return None if self.process is None else self.process.poll()

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

        def exit_code(self) -> int | None:
            return self.warm.poll()  # type: ignore[no-any-return]

        async def poll(self) -> int | None:
            return self.exit_code()

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
