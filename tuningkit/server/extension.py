"""Jupyter server extension: what a kernel says leaves for the browser at once.

Nagle's algorithm holds a small message back until the one before it is acknowledged, and the browser's machine
acknowledges up to 40 ms late when it has nothing to send itself. Jupyter Server leaves the algorithm on for its
WebSockets, so each move of a slider waited for that: the kernel's "busy" went out, the new curve stayed behind.
The package's own configuration file switches this extension on, wherever tuningkit is installed beside the server.

Reference:
    John Nagle (1984): "Congestion Control in IP/TCP Internetworks", RFC 896,
    https://www.rfc-editor.org/rfc/rfc896; delayed acknowledgements: RFC 1122, section 4.2.3.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

_SETTING = "kernel_websocket_connection_class"


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "tuningkit.server.extension"}]


def _load_jupyter_server_extension(server: ServerApp) -> None:
    settings = server.web_app.settings
    settings[_SETTING] = without_delay(settings[_SETTING])


def without_delay(connection: type) -> type:
    """A class of connections between browser and kernel whose messages are not held back.

    Args:
        connection: Class of Jupyter Server's connections, as its setting ``kernel_websocket_connection_class``
            names it; another extension may have put its own there.

    Returns:
        A subclass that is the same but for ``TCP_NODELAY``.
    """

    class Connection(connection):
        def connect(self) -> Any:
            self.websocket_handler.set_nodelay(True)
            return super().connect()

    Connection.__name__ = Connection.__qualname__ = connection.__name__
    return Connection
