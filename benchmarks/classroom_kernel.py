"""A kernel behind a Jupyter server, spoken to as JupyterLab does: over the WebSocket, widgets over a subshell.

Reference: Jupyter's message protocol, https://jupyter-client.readthedocs.io/en/stable/messaging.html, and how its
messages travel through a WebSocket, https://jupyter-server.readthedocs.io/en/latest/developers/websocket-protocols.html.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Self

from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)
from tornado.websocket import WebSocketClientConnection, websocket_connect

_PROTOCOL = "v1.kernel.websocket.jupyter.org"


class Kernel:
    """One connection to one kernel.

    Attributes:
        kernel_id: As the server names it.
        widgets: The state with which each widget was opened, by the widget's id.
        on_update: Called with a widget's id, its changed traits and the binary ones' bytes.
        alive: Whether the kernel has never died or been restarted.
    """

    def __init__(self, connection: WebSocketClientConnection, kernel_id: str) -> None:
        self._connection = connection
        self.kernel_id = kernel_id
        self._session = uuid.uuid4().hex
        self._replies: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._printed: dict[str, list[str]] = {}
        self._idle: dict[str, asyncio.Future[None]] = {}
        self._subshell: str | None = None
        self.widgets: dict[str, dict[str, Any]] = {}
        self.on_update: Callable[[str, dict[str, Any], list[bytes]], None] = lambda *_: None
        self.alive = True
        self._listener = asyncio.create_task(self._listen())

    @classmethod
    async def connect(cls, url: str, kernel_id: str) -> Self:
        """Open the WebSocket of a kernel, and the subshell that JupyterLab uses for widgets.

        Args:
            url: The server's, such as "http://127.0.0.1:8888".
            kernel_id: As the server names it.
        """
        address = (
            f"ws{url.removeprefix('http')}/api/kernels/{kernel_id}/channels?session_id={uuid.uuid4().hex}"
        )
        kernel = cls(await websocket_connect(address, subprotocols=[_PROTOCOL]), kernel_id)
        if kernel._connection.selected_subprotocol != _PROTOCOL:
            raise RuntimeError(f"The server does not speak {_PROTOCOL}.")
        await kernel._ask("shell", "kernel_info_request", {})
        reply = await kernel._ask("control", "create_subshell_request", {})
        kernel._subshell = reply["subshell_id"]
        return kernel

    async def run(self, code: str, cell: str = "") -> str:
        """Run code as a cell does; returns what it printed.

        Args:
            code: The code.
            cell: Identity of the cell, the same whenever it is run again; empty for code of no cell.

        Raises:
            RuntimeError: If the code raised an error.
        """
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
        content |= {"allow_stdin": False, "stop_on_error": True}
        message = uuid.uuid4().hex
        self._printed[message] = []
        idle = self._idle[message] = asyncio.get_running_loop().create_future()
        reply = await self._ask(
            "shell", "execute_request", content, message, {"cellId": cell} if cell else {}
        )
        if reply["status"] != "ok":
            raise RuntimeError("\n".join(reply.get("traceback", [reply["status"]])))
        # Its output travels on another channel than the reply, and may come after it; but before this.
        await asyncio.wait_for(idle, 300)
        return "".join(self._printed.pop(message)).strip()

    def move(self, widget: str, state: dict[str, Any]) -> None:
        """Change traits of a widget, as a learner's hand does."""
        data = {"method": "update", "state": state, "buffer_paths": []}
        self._send("shell", "comm_msg", {"comm_id": widget, "data": data}, subshell=self._subshell)

    def press(self, widget: str) -> None:
        """Press a button."""
        data = {"method": "custom", "content": {"event": "click"}}
        self._send("shell", "comm_msg", {"comm_id": widget, "data": data}, subshell=self._subshell)

    def find(self, **traits: Any) -> str:
        """The id of the only widget that was opened with these traits."""
        found = [name for name, state in self.widgets.items() if {**state, **traits} == state]
        if len(found) != 1:
            raise LookupError(f"{len(found)} widgets have {traits}; one was expected.")
        return found[0]

    def close(self) -> None:
        """Hang up; the kernel lives on."""
        self._listener.cancel()
        self._connection.close()

    async def _ask(
        self,
        channel: str,
        kind: str,
        content: dict[str, Any],
        message: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        message = message or uuid.uuid4().hex
        self._replies[message] = asyncio.get_running_loop().create_future()
        self._send(channel, kind, content, message, metadata=metadata)
        return await asyncio.wait_for(self._replies[message], 300)

    def _send(
        self,
        channel: str,
        kind: str,
        content: dict[str, Any],
        message: str = "",
        *,
        subshell: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        header = {
            "msg_id": message or uuid.uuid4().hex,
            "session": self._session,
            "username": "",
            "date": datetime.now(UTC).isoformat(),
            "msg_type": kind,
            "version": "5.5",
            "subshell_id": subshell,
        }
        parts = [json.dumps(part).encode() for part in (header, {}, metadata or {}, content)]
        self._connection.write_message(serialize_msg_to_ws_v1(parts, channel), binary=True)

    async def _listen(self) -> None:
        while (message := await self._connection.read_message()) is not None:
            _, parts = deserialize_msg_from_ws_v1(message)
            header, parent, content = (json.loads(parts[place]) for place in (0, 1, 3))
            self._hear(header["msg_type"], parent.get("msg_id", ""), content, parts[4:])
        self.alive = False

    def _hear(self, kind: str, parent: str, content: dict[str, Any], buffers: list[bytes]) -> None:
        if kind.endswith("_reply"):
            reply = self._replies.pop(parent, None)
            if reply is not None and not reply.done():
                reply.set_result(content)
        elif kind == "comm_msg" and content["data"].get("method") == "update":
            self.on_update(content["comm_id"], content["data"]["state"], buffers)
        elif kind == "comm_open":
            self.widgets[content["comm_id"]] = content["data"].get("state", {})
        elif kind == "stream" and parent in self._printed and content["name"] == "stdout":
            self._printed[parent].append(content["text"])
        elif kind == "status" and content["execution_state"] == "idle":
            idle = self._idle.pop(parent, None)
            if idle is not None and not idle.done():
                idle.set_result(None)
        elif kind == "status" and content["execution_state"] in ("dead", "restarting", "autorestarting"):
            self.alive = False
