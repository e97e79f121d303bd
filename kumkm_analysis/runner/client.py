"""Papermill's engine for reports: one cell after the other, over plain sockets.

What a message means is nbclient's to know. The waiting is done here: nbclient does it with three
tasks of an event loop for every cell, validates every output against the notebook format, and
papermill notes and parses the times of each cell, which no page shows; together that is half of
what a client costs.
"""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any

from kumkm_analysis.runner.kernels import LOOK_AGAIN

MAY_FAIL = "raises-exception"  # the tag of a cell whose error is meant
PLAIN = {  # outputs that only have to be kept, with what is kept of them
    "stream": ("name", "text"),
    "display_data": ("data", "metadata"),
    "execute_result": ("data", "metadata", "execution_count"),
    "error": ("ename", "evalue", "traceback"),
}


@lru_cache
def engine() -> Any:
    """Return the engine, a class as papermill wants it."""
    import zmq
    from nbclient.exceptions import (
        CellExecutionComplete,
        CellExecutionError,
        CellTimeoutError,
        DeadKernelError,
    )
    from nbformat import NotebookNode
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import Engine

    class ReportClient(PapermillNotebookClient):  # type: ignore[misc]
        """Runs the cells of a report; see :mod:`kumkm_analysis.runner.client`."""

        def execute(self, **options: Any) -> Any:
            """Run all cells, and end the kernel however that went."""
            self.reset_execution_trackers()
            with self.setup_kernel(cleanup_kc=True, **options):
                self.papermill_execute_cells()
                self.set_widgets_metadata()
            return self.nb

        def papermill_execute_cells(self) -> None:
            """Run the cells up to the first that fails."""
            for index, cell in enumerate(self.nb.cells):
                try:
                    self.execute_cell(cell, index)
                except CellExecutionError as error:
                    self.nb_man.cell_exception(cell, cell_index=index, exception=error)
                    return

        def execute_cell(self, cell: Any, index: int, *_: Any, **__: Any) -> Any:
            """Run a cell; its outputs are in it when this returns or raises."""
            tags = cell.metadata.get("tags", [])
            if cell.cell_type != "code" or not cell.source.strip():
                return cell
            if self.skip_cells_with_tag in tags:
                return cell
            may_fail = MAY_FAIL in tags
            asked = self.kc.execute(cell.source, store_history=True, stop_on_error=not may_fail)
            self.code_cells_executed += 1
            self.clear_before_next_output = False
            cell.outputs = []
            reply = self._answer(asked, cell, index)["content"]
            self._join(cell, index)
            if reply["status"] == "error" and not may_fail:
                raise CellExecutionError.from_cell_and_msg(cell, reply)
            return cell

        def _join(self, cell: Any, index: int) -> None:
            """Join what a cell printed; a display filled in later is found where it is now."""
            cell.outputs, places = _joined(cell.outputs)
            for cells in self._display_id_map.values():
                if index in cells:
                    cells[index] = [places[place] for place in cells[index]]

        def _answer(self, asked: str, cell: Any, index: int) -> Any:
            """Take what a cell puts out until it is done; return the kernel's reply."""
            shell, iopub = self.kc.shell_channel, self.kc.iopub_channel
            poller = zmq.Poller()
            poller.register(shell.socket, zmq.POLLIN)
            poller.register(iopub.socket, zmq.POLLIN)
            reply, replied, idle = None, 0.0, False
            while reply is None or not idle:
                ready = dict(poller.poll(int(LOOK_AGAIN * 1000)))
                if iopub.socket in ready:
                    message = iopub.get_msg()
                    if message["parent_header"].get("msg_id") == asked:
                        idle = self._take(message, cell, index)
                elif shell.socket in ready:
                    message = shell.get_msg()
                    if message["parent_header"].get("msg_id") == asked:
                        reply, replied = message, time.monotonic()
                elif reply is not None and time.monotonic() - replied > self.iopub_timeout:
                    reason = "Timeout waiting for IOPub output"
                    raise CellTimeoutError.error_from_timeout_and_cell(
                        reason, self.iopub_timeout, cell
                    )
                elif not self.km.lives():
                    raise DeadKernelError("Kernel died")
            return reply

        def _take(self, message: Any, cell: Any, index: int) -> bool:
            """Take one message of a cell; tell whether the cell is done."""
            kind, content = message["msg_type"], message["content"]
            shown_again = (content.get("transient") or {}).get("display_id")
            special = self.clear_before_next_output or self.output_hook_stack
            if kind in PLAIN and not shown_again and not special:
                output = NotebookNode(output_type=kind)
                # Kept as it came: as nodes the results of a page would take longer than the rest.
                dict.update(output, {name: content[name] for name in PLAIN[kind]})
                cell.outputs.append(output)
                return False
            try:
                self.process_message(message, cell, index)
            except CellExecutionComplete:
                return True
            return False

    class ReportEngine(Engine):  # type: ignore[misc]
        """Runs a report in the kernel of ``kernel_manager``."""

        @classmethod
        def execute_managed_notebook(
            cls, nb_man: Any, kernel_name: str, *, kernel_manager: Any, **options: Any
        ) -> Any:
            options.pop("log_output", None)
            return ReportClient(nb_man, km=kernel_manager, **options).execute()

    return ReportEngine


def _joined(outputs: list[Any]) -> tuple[list[Any], list[int]]:
    """Return outputs, what was printed in one go in one piece, and where each of them is now."""
    joined: list[Any] = []
    places: list[int] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
        places.append(len(joined) - 1)
    return joined, places
