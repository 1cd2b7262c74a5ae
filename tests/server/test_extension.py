"""The server extension: switched on wherever the package is installed, and it turns Nagle's algorithm off."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application
from tornado.websocket import WebSocketHandler, websocket_connect

from tuningkit.server import extension


def test_the_server_finds_it_switched_on():
    from jupyter_core.paths import jupyter_config_path
    from jupyter_server.extension.config import ExtensionConfigManager

    folders = [str(Path(folder)) for folder in reversed(jupyter_config_path())]
    enabled = ExtensionConfigManager(read_config_path=folders).get_jpserver_extensions()
    assert enabled.get("tuningkit.server.extension") is True


def test_it_replaces_the_class_of_connections_by_one_of_the_same_kind():
    from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

    settings = {"kernel_websocket_connection_class": ZMQChannelsWebsocketConnection}
    extension._load_jupyter_server_extension(SimpleNamespace(web_app=SimpleNamespace(settings=settings)))
    replaced = settings["kernel_websocket_connection_class"]
    assert issubclass(replaced, ZMQChannelsWebsocketConnection)
    assert replaced is not ZMQChannelsWebsocketConnection
    # Its section in a configuration file keeps its name.
    assert replaced.__name__ == "ZMQChannelsWebsocketConnection"
    assert extension._jupyter_server_extension_points() == [{"module": extension.__name__}]


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_real_connection_has_nagle_off(wrapped):
    class Kernel:
        def __init__(self, handler: WebSocketHandler) -> None:
            self.websocket_handler = handler

        def connect(self) -> str:
            return "connected"

    kind = extension.without_delay(Kernel) if wrapped else Kernel
    seen = []

    class Handler(WebSocketHandler):
        def open(self) -> None:
            assert kind(self).connect() == "connected"
            connected = self.ws_connection.stream.socket
            seen.append(bool(connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))

    async def visit() -> None:
        listening, port = bind_unused_port()
        server = HTTPServer(Application([("/", Handler)]))
        server.add_socket(listening)
        client = await websocket_connect(f"ws://127.0.0.1:{port}/")
        while not seen:
            await asyncio.sleep(0.01)
        client.close()
        server.stop()
        await server.close_all_connections()

    asyncio.run(asyncio.wait_for(visit(), 60))
    # Without the extension it is on, or there would be nothing to turn off.
    assert seen == [wrapped]
