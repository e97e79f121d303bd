"""The forked kernel: a real ipykernel in a child of a process that has everything loaded.

The child is forked before its parent starts any thread. It binds its sockets, tells where they
are, and serves as any kernel does. It belongs to the process group of its report and ends with
its parent, however that ended.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import signal
import sys
import tempfile
import threading
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

from kumkm_analysis.runner import kernels, steady
from kumkm_analysis.runner.jobs import Task

DEAD = 1
PORTS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")


class ForkedKernel:
    """The kernel as its parent sees it (see :class:`.kernels.WarmKernel`)."""

    def __init__(self, task: Task) -> None:
        """Fork the kernel of a task; it starts at once, while its parent goes on."""
        told, tell = os.pipe()
        alive, hold = os.pipe()  # nothing is ever written: it closes when the parent ends
        self._told, self._hold = told, hold
        self._code: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            os.close(told)
            os.close(hold)
            _serve(task, tell, alive)
        os.close(tell)
        os.close(alive)

    def connection(self) -> dict[str, Any]:
        """Return where its sockets are; waits until they are bound."""
        with os.fdopen(self._told, "rb") as pipe:
            text = pipe.read()
        if not text:
            raise RuntimeError("the kernel died before it was ready")
        found: dict[str, Any] = json.loads(text)
        return {**found, "key": found["key"].encode()}

    def poll(self) -> int | None:
        """Return its exit code, None while it lives."""
        if self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._code = os.waitstatus_to_exitcode(status) if pid else None
        return self._code

    def kill(self) -> None:
        """End it and wait for its end."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
            _, status = os.waitpid(self.pid, 0)
            self._code = os.waitstatus_to_exitcode(status)


def end_with(parent: int) -> None:
    """End the whole process group as soon as the other end of a pipe or socket is closed."""

    def watch() -> None:
        with suppress(OSError):
            os.read(parent, 1)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


def prepare(codes: Iterable[str] = (), ordinary: Collection[str] = ()) -> None:
    """Make what every kernel has alike, before any is forked: its application and its shell.

    Neither has a socket, a thread or anything of a report yet; each fork goes on from there.
    ``codes`` are cells that many of them will run; ``ordinary`` names the modules that a kernel
    has loaded which was not forked.
    """
    from ipykernel.compiler import XCachingCompiler
    from ipykernel.zmqshell import ZMQInteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.IPKernelApp.quiet = True
    config.IPythonKernel._execute_sleep = 0.0  # a pause for a thread that is not there
    config.InteractiveShellApp.exec_PYTHONSTARTUP = False
    app = _application_class().instance(config=config, user_ns={})
    environment, main = dict(os.environ), sys.modules["__main__"]
    shell = ZMQInteractiveShell.instance(
        config=app.config, user_ns=app.user_ns, compiler_class=XCachingCompiler
    )
    app.kernel_class.instance(parent=app, log=app.log, user_ns=app.user_ns)
    _know(shell.input_transformer_manager, codes)
    _connect_pyplot()
    _launcher()
    app.ordinary = ordinary
    app.main = sys.modules["__main__"]
    app.environment = {n: v for n, v in os.environ.items() if environment.get(n) != v}
    # Both are for kernels only, and workers are forked from here too.
    sys.modules["__main__"] = main
    for name in app.environment:
        os.environ.pop(name)
    os.environ.update(environment)


def _serve(task: Task, tell: int, alive: int) -> NoReturn:
    """Be the kernel of a task until killed."""
    try:
        _redirect(task.private)
        os.chdir(task.cwd)
        app = _application_class().instance()
        sys.modules["__main__"] = app.main
        os.environ.update(app.environment)
        _fresh_surroundings(task)
        app.transport, app.ip = kernels.transport(task.private)
        app.tell = tell
        app.initialize([])
        steady.begin(app.shell)
        _make_way(task.cwd, app.ordinary)
        end_with(alive)
        app.start()
    except BaseException:  # noqa: BLE001 - whatever it was belongs into the kernel's log
        import traceback

        traceback.print_exc(file=sys.__stderr__)
        sys.__stderr__.flush() if sys.__stderr__ else None
    os._exit(DEAD)


def _redirect(private: Path) -> None:
    """Send what is written outside of cells to the log, and read nothing."""
    log = os.open(private / kernels.LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    os.close(nothing)


def _fresh_surroundings(task: Task) -> None:
    """Give the kernel what an ordinary one would have: folder, arguments, matplotlib's settings."""
    os.environ.pop("JPY_PARENT_PID", None)
    os.environ.update(kernels.places(task.private))  # until now they were the server's
    tempfile.tempdir = None  # it was looked up there
    sys.argv = [_launcher(), "-f", str(task.private / kernels.CONNECTION)]
    own = task.cwd / "matplotlibrc"
    if own.is_file():
        import matplotlib

        matplotlib.rc_file(own)
        _connect_pyplot()


def _make_way(folder: Path, ordinary: Collection[str]) -> None:
    """Have modules beside the notebook found, though the server has others of their names."""
    beside = {entry.name.partition(".")[0] for entry in os.scandir(folder)}
    for name in beside & sys.modules.keys() - set(ordinary):
        found = PathFinder.find_spec(name)
        if found is not None and found.origin != getattr(sys.modules[name], "__file__", None):
            for loaded in [n for n in sys.modules if n.partition(".")[0] == name]:
                del sys.modules[loaded]


@lru_cache
def _launcher() -> str:
    """Return the program that an ordinary kernel is; a notebook may look at its arguments."""
    found = find_spec("ipykernel_launcher")
    return (found and found.origin) or ""


def _connect_pyplot() -> None:
    """Tell pyplot, which was loaded before there was a shell, to show its charts in this one."""
    from matplotlib_inline import backend_inline

    backend_inline._enable_matplotlib_integration()  # type: ignore[no-untyped-call]


def _know(transformer: Any, codes: Iterable[str]) -> None:
    """Have a transformer of cells know what it makes of some; it is asked twice for each.

    What a notebook adds to the transformer counts from then on: nothing is known any more.
    """

    def rules() -> tuple[Any, ...]:
        kinds = (transformer.cleanup_transforms, transformer.line_transforms)
        return tuple(map(tuple, (*kinds, transformer.token_transformers)))

    def transform_cell(cell: str) -> str:
        found = known.get(cell) if rules() == then else None
        return reckon(cell) if found is None else found

    reckon, then = transformer.transform_cell, rules()
    known: dict[str, str] = {code: reckon(code) for code in codes}
    transformer.transform_cell = transform_cell


class _NoThread:
    """In place of the thread that hands on what the shell is asked: the shell hears it itself."""

    parent_thread = threading.main_thread()

    def __bool__(self) -> bool:
        return False


@lru_cache
def _application_class() -> Any:
    """Return ipykernel's application as one report needs it; it answers on its own sockets only."""
    import zmq
    from ipykernel.ipkernel import IPythonKernel
    from ipykernel.kernelapp import IPKernelApp
    from ipykernel.zmqshell import ZMQInteractiveShell

    from kumkm_analysis.runner import iopub

    class OneShellKernel(IPythonKernel):
        """Has one shell, to which questions come one at a time."""

        _supports_kernel_subshells = False

        @classmethod
        def instance(cls, **given: Any) -> Any:
            """Return the kernel that was made before the fork, given what it needs after it."""
            known = cls.initialized()
            kernel = super().instance(**given)
            if known:
                kernel.take(**given)
            return kernel

        def take(self, **given: Any) -> None:
            """Take the sockets and the session, as a kernel does when it is made."""
            for name, value in given.items():
                setattr(self, name, value)
            self._stdout, self._stderr = sys.stdout, sys.stderr
            shell: Any = self.shell
            for shows in (shell.displayhook, shell.display_pub):
                shows.session, shows.pub_socket = self.session, self.iopub_socket

    class ForkedKernelApp(IPKernelApp):
        """Binds free sockets by itself and tells where they are, so that nobody can be first."""

        kernel_class = OneShellKernel
        outstream_class = f"{iopub.__name__}.{iopub.Stream.__name__}"
        ordinary: Collection[str]  # modules that a kernel has loaded which was not forked
        main: Any  # the module in which cells run
        environment: Mapping[str, str]  # what a shell sets
        tell: int  # where the addresses of the sockets are awaited

        def _configure_logging(self) -> None:
            """Say errors only, and do not make up what is below to throw it away."""
            self.log.setLevel(logging.ERROR)

        def load_config_file(self, *_: Any, **__: Any) -> None:
            """Leave the configuration of the user's interactive sessions alone."""

        def parse_command_line(self, *_: Any, **__: Any) -> None:
            """There is none, and looking for it takes a tenth of the start."""

        def init_crash_handler(self) -> None:
            """Let an error at the start end the kernel, its traceback in the log."""

        def init_poller(self) -> None:
            """The kernel hears of its parent's end by :func:`end_with`."""

        def init_connection_file(self) -> None:
            self.session.key = secrets.token_hex(32).encode()
            if self.transport == "ipc":
                for number, name in enumerate(PORTS, start=1):
                    setattr(self, name, number)

        def init_control(self, context: Any) -> None:
            super().init_control(context)  # type: ignore[no-untyped-call]
            self.shell_channel_thread = _NoThread()

        def init_iopub(self, context: Any) -> None:
            socket = context.socket(zmq.XPUB)
            socket.linger = 1000
            self.iopub_port = self._bind_socket(  # type: ignore[no-untyped-call]
                socket, self.iopub_port
            )
            self.iopub_thread = iopub.Publisher(socket)
            self.iopub_socket = self.iopub_thread.background_socket
            self.configure_tornado_logger()  # type: ignore[no-untyped-call]

        def write_connection_file(self, **_: Any) -> None:
            found = {name: getattr(self, name) for name in PORTS}
            found["hb_port"] = found["hb_port"] or found["shell_port"]  # nobody listens there
            found |= {"transport": self.transport, "ip": self.ip, "kernel_name": kernels.OWN}
            found |= {"signature_scheme": "hmac-sha256", "key": self.session.key.decode()}
            with os.fdopen(self.tell, "w") as pipe:
                json.dump(found, pipe)

        def log_connection_info(self) -> None:
            """Nobody else is to connect."""

        def init_heartbeat(self) -> None:
            """Nobody listens to it: the parent sees its child die."""

        def init_kernel(self) -> None:
            super().init_kernel()  # type: ignore[no-untyped-call]
            shell: Any = ZMQInteractiveShell.instance()
            shell.parent = shell.kernel = self.kernel
            # It was made elsewhere, and what it stores must not be there for the next report.
            shell.ipython_dir, shell.profile_dir = self.ipython_dir, self.profile_dir
            shell.db = type(shell.db)(str(Path(self.profile_dir.location) / "db"))
            # A notebook looks up its own folder as ``_dh[0]``.
            shell.starting_dir = str(Path.cwd())
            shell.history_manager.dir_hist[:] = [Path.cwd()]
            shell.events.register("post_run_cell", self.iopub_thread.settle)

    return ForkedKernelApp
