"""Kernels as forks of this process: a provisioner of jupyter_client, and ipykernel as it is.

A warm process forks the kernel of its report (:func:`fork`) before it starts any thread; the
provisioner takes that one. Where none waits, or another kernel is wanted than Python's own, it
starts an ordinary one as Jupyter does.
"""

from __future__ import annotations

import asyncio
import contextvars
import importlib
import itertools
import multiprocessing.forkserver
import multiprocessing.process as processes
import os
import pickle
import re
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Collection, Sequence
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from kumkm_analysis.runner.begin import begin, write_startup
from kumkm_analysis.runner.notebooks import OWN as OWN

LAUNCHER = "ipykernel_launcher"
LOG = "kernel.log"
BOUND = 0.002  # seconds between looks for the sockets of a kernel
MAIN: Any = processes.current_process()  # as it is before the first fork

ordinary: Collection[str] = ()  # modules that a kernel has loaded which was not forked
waiting: list[tuple[Fork, int]] = []  # a kernel that was forked and waits, and where it listens
started: list[Any] = []  # the kernels of this process


class Fork:
    """A forked child that is spoken to as a ``subprocess.Popen``."""

    stdin = stdout = stderr = None

    def __init__(self, target: Callable[[], None]) -> None:
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            try:
                contextvars.Context().run(target)
            except BaseException:  # noqa: BLE001 - whatever it was belongs into the kernel's log
                traceback.print_exc(file=sys.__stderr__)
            finally:
                os._exit(1)

    def poll(self) -> int | None:
        """Return its exit code, None while it lives."""
        return self.wait(os.WNOHANG)

    def wait(self, options: int = 0) -> int | None:
        """Wait for its end and return its exit code."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, options)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, if it lives."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it and wait for its end."""
        self.send_signal(signal.SIGKILL)
        self.wait()

    terminate = kill


def fork() -> None:
    """Fork the next kernel, while there is no thread and little that both would have to copy."""
    if threading.active_count() > 1:
        return
    read, write = os.pipe()
    parent = os.getpid()

    def target() -> None:
        os.close(write)
        with os.fdopen(read, "rb") as file:
            found = pickle.load(file)  # noqa: S301 - from the process that forked it
            _serve(parent, *found)

    waiting.append((Fork(target), write))
    started.append(waiting[-1][0])
    os.close(read)


class ForkProvisioner(LocalProvisioner):
    """Takes the kernel that was forked and waits; starts an ordinary one where there is none."""

    process: Any
    parent: Any

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Have the kernel serve, and wait until its sockets are bound."""
        log = Path(self.parent.connection_file).with_name(LOG)
        if LAUNCHER not in cmd or not waiting:
            write_startup(Path(kwargs["env"]["IPYTHONDIR"]))
            with log.open("ab") as file:
                wanted = {**kwargs, "stdout": file, "stderr": file, "independent": False}
                info = await super().launch_kernel(cmd, **wanted)
            started.append(self.process)
            return info
        self.process, pipe = waiting.pop()
        self.pid, info = self.process.pid, self.connection_info
        with os.fdopen(pipe, "wb") as file:
            folder = str(kwargs.get("cwd") or Path.cwd())
            pickle.dump((cmd[cmd.index(LAUNCHER) + 1 :], kwargs["env"], folder, log), file)
        socket = Path(f"{info['ip']}-{info['iopub_port']}")
        while info["transport"] == "ipc" and not socket.exists() and self.process.poll() is None:
            await asyncio.sleep(BOUND)  # who connects too early tries again after 0.1 s
        return info

    async def kill(self, restart: bool = False) -> None:
        """Kill and bury at once; Jupyter would look again every tenth of a second."""
        await super().kill(restart)
        if self.process is not None:
            self.process.wait()


def ended(folder: Path) -> str:
    """Say how the last kernel ended, if it has, and the last line that it wrote outside of cells.

    ``folder`` is that of its connection file.
    """
    code = started[-1].poll() if started else None
    said = [] if code is None else [f"exit code {code}" if code >= 0 else f"signal {-code}"]
    text = ""
    if (folder / LOG).is_file():
        text = (folder / LOG).read_text(encoding="utf-8", errors="replace")
    text = re.sub(r".*^ *--existing\b[^\n]*", "", text, flags=re.DOTALL | re.MULTILINE)  # greeting
    if text.strip():
        said.append(f"the kernel's last words: {text.strip().splitlines()[-1].strip()}")
    return f" ({'; '.join(said)})" if said else ""


def _serve(parent: int, argv: Sequence[str], env: dict[str, str], folder: str, log: Path) -> None:
    """Be the kernel: forget what it was forked from, then ipykernel's own application."""
    from ipykernel.kernelapp import IPKernelApp
    from traitlets.config import Config

    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for handle in (written, os.open(os.devnull, os.O_RDONLY)):
        for place in (1, 2) if handle == written else (0,):
            os.dup2(handle, place)
        os.close(handle)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    _as_a_main_process()
    spec = find_spec(LAUNCHER)
    sys.argv = [spec.origin if spec and spec.origin else "", *argv]
    importlib.invalidate_caches()
    tempfile.tempdir = None  # it was looked up before
    config = Config()
    config.HistoryManager.enabled = False
    config.IPKernelApp.quiet = True
    config.IPythonKernel._execute_sleep = 0.0  # a millisecond a cell for a front end that looks on
    app = IPKernelApp.instance(parent_handle=parent, config=config)
    app.initialize(list(argv))
    begin(app.shell)
    _connect_pyplot()
    _make_way()
    app.start()


def _connect_pyplot() -> None:
    """Tell pyplot, loaded before there was a shell, to show in this one; its settings too."""
    from matplotlib_inline import backend_inline

    if Path("matplotlibrc").is_file():
        import matplotlib as mpl

        mpl.rc_file("matplotlibrc")
    backend_inline._enable_matplotlib_integration()  # type: ignore[no-untyped-call]


def _make_way() -> None:
    """Have modules beside the notebook found, though others of their names are loaded."""
    beside = {entry.name.partition(".")[0] for entry in os.scandir()}
    for name in beside & sys.modules.keys() - set(ordinary):
        found = PathFinder.find_spec(name)
        if found is not None and found.origin != getattr(sys.modules[name], "__file__", None):
            for loaded in [n for n in sys.modules if n.partition(".")[0] == name]:
                del sys.modules[loaded]


def _as_a_main_process() -> None:
    """Forget the event loop and what multiprocessing knows of the process that was forked."""
    asyncio.set_event_loop(None)
    state: Any = processes
    state._current_process = MAIN
    state._parent_process, state._children = None, set()
    state._process_counter = itertools.count(1)
    state.ORIGINAL_DIR = str(Path.cwd())  # where a spawned process looks for modules
    fresh = multiprocessing.forkserver.ForkServer()
    multiprocessing.forkserver._forkserver.__dict__.update(fresh.__dict__)
