"""The engine ``kumkm`` of papermill: private sockets, a forked kernel if one waits, whole output.

    papermill --engine kumkm notebooks/membership.ipynb out.ipynb -p region 64

It runs a notebook as papermill and nbclient do, and is stricter in one thing: a notebook that
leaves early, with ``sys.exit()`` or IPython's ``exit``, has failed. Papermill loads this module
while it is loaded itself, so it is imported here only when the engine is asked for.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from queue import Empty
from typing import Any

from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from traitlets.config import Config

from kumkm_analysis.runner import begin, kernel

NAME = "kumkm"
MAY_FAIL = "raises-exception"  # the tag of a cell whose error is meant
LEFT = "SystemExit"
LONGEST = 75  # bytes of a folder for sockets; the system allows about a hundred
OUTPUT_WAIT = 60  # seconds for the outputs of a cell that has ended; much of it takes its time
START_WAIT = 600  # seconds for a kernel on a busy machine
IPYTHON = "ipython"  # the folder of IPython's own; what %store and %bookmark keep is in there


def __getattr__(name: str) -> Any:
    """Return the engine, a class as papermill wants it."""
    if name != "ReportEngine":
        raise AttributeError(name)
    from papermill.engines import NBClientEngine

    methods = {"execute_managed_notebook": classmethod(_execute_managed_notebook)}
    made = globals()[name] = type(name, (NBClientEngine,), methods)
    return made


def _execute_managed_notebook(_: Any, /, nb_man: Any, kernel_name: str, **given: Any) -> None:
    """Run all cells up to the first that fails.

    Raises ``PapermillExecutionError`` for a notebook that left early, which papermill would take
    for a success, and ``DeadKernelError`` with what is known of a kernel that died.
    """
    from papermill.engines import NBClientEngine

    with tempfile.TemporaryDirectory(prefix="k-", ignore_cleanup_errors=True) as folder:
        config = Config()
        if len(os.fsencode(folder)) < LONGEST:
            config.ConnectionFileMixin.transport = "ipc"
        config.ConnectionFileMixin.connection_file = f"{folder}/connection.json"
        usual = {
            "config": config, "kernel_manager_class": ReportKernelManager,
            "iopub_timeout": OUTPUT_WAIT, "start_timeout": START_WAIT,
            "shutdown_kernel": "immediate", "store_widget_state": True,
            "record_timing": False, "on_cell_executed": _note_leaving,
        }  # fmt: skip
        try:
            NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **{**given, **usual})
        except (DeadKernelError, RuntimeError) as error:
            raise DeadKernelError(f"{error}{kernel.ended(Path(folder))}") from None
    for cell in nb_man.nb.cells:
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
    failed = first_error(nb_man.nb)
    if failed is not None and failed.ename == LEFT:
        raise failed


class ReadyClient(AsyncKernelClient):
    """Is ready with the *idle* of its own question, where Jupyter waits for 0.2 s of silence."""

    def start_channels(self, *_: Any, **__: Any) -> None:
        """Listen to all channels but the heartbeat: the end of a process is seen."""
        super().start_channels(hb=False)

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers on both channels."""
        parent: Any = self.parent
        end = time.monotonic() + (timeout or START_WAIT)
        while time.monotonic() < end:
            asked = self.kernel_info()
            try:
                self._handle_kernel_info_reply(await self.get_shell_msg(timeout=1))
                while message := await self.get_iopub_msg(timeout=0.1):
                    ours = message["parent_header"].get("msg_id") == asked
                    if ours and message["content"].get("execution_state") == "idle":
                        return
            except Empty:
                if not await parent.is_alive():
                    raise RuntimeError("the kernel died before it was ready") from None
        raise RuntimeError(f"the kernel was not ready after {timeout:g} seconds")


class ReportKernelManager(AsyncKernelManager):
    """Manages the kernel of one report.

    A notebook that asks for ``python3`` gets the interpreter that runs this, whatever else is
    registered under that name; other kernels are looked up as Jupyter does. Configuration, startup
    files and stored variables of a user's interactive sessions are no ingredient of a report.
    """

    client_factory = ReadyClient

    @property
    def kernel_spec(self) -> KernelSpec | None:
        """The kernel, with what it begins with, and started by our provisioner."""
        if self._kernel_spec is None:
            if self.kernel_name == kernel.OWN:
                spec = KernelSpec(**get_kernel_dict())
                spec.metadata = {"kernel_provisioner": {"provisioner_name": NAME}}
            else:
                spec = self.kernel_spec_manager.get_kernel_spec(self.kernel_name)
            ipython = Path(self.connection_file).with_name(IPYTHON)
            spec.env = {**spec.env, **begin.environment(), "IPYTHONDIR": str(ipython)}
            self._kernel_spec = spec
        return self._kernel_spec


def _note_leaving(cell: NotebookNode, execute_reply: Any, **_: Any) -> None:
    """Take IPython's ``exit`` for what it says, though nobody is there to end the kernel."""
    content = execute_reply["content"]
    asked = [one for one in content.get("payload", []) if one.get("source") == "ask_exit"]
    if asked and MAY_FAIL not in cell.metadata.get("tags", []):
        cell.outputs.append(new_output("error", ename=LEFT, evalue="exit", traceback=[]))
        raise CellExecutionError("", LEFT, "exit")


def _joined(outputs: list[Any]) -> list[Any]:
    """Join what a cell printed in one go; how much of it the kernel sent at a time is chance."""
    joined: list[Any] = []
    for output in outputs:
        last: Any = joined[-1] if joined else {}
        if output.output_type == "stream" and output.name == last.get("name"):
            last.text += output.text
        else:
            joined.append(output)
    return joined


def first_error(notebook: NotebookNode) -> Any:
    """Return the error of the first cell that failed and was not meant to; None if there is none.

    It is a ``PapermillExecutionError``. A cell fails with an error or, as one with an unknown
    magic, by the kernel's reply alone.
    """
    from papermill.exceptions import PapermillExecutionError

    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or MAY_FAIL in cell.metadata.get("tags", []):
            continue
        found = [output for output in cell.outputs if output.output_type == "error"]
        told = [(error.ename, error.evalue, error.traceback) for error in found]
        if not told and cell.metadata.get("papermill", {}).get("exception"):
            said = "".join(output.get("text", "") for output in cell.outputs)
            told = [("Error", said.strip(), [])]
        if told:
            return PapermillExecutionError(number, cell.execution_count, cell.source, *told[0])
    return None
