"""A server that sends whatever bytes it is told to, valid HTTP or not."""

import json
import socketserver
import threading


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        first, length = self.rfile.readline(), 0
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        self.rfile.read(length)
        try:
            self.wfile.write(self.server.answer(first.split()[1].decode()))  # type: ignore
        except OSError:
            pass


class _Connections(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        """Clients that go away are part of the tests."""


class RawServer:
    """Runs between ``__enter__`` and ``__exit__``, a connection a request.

    Args:
        answer: function from the request's path to all bytes of the reply. May be set anew.
    """

    def __init__(self, answer=lambda path: b""):
        self.answer = answer

    def __enter__(self):
        self._server = _Connections(("127.0.0.1", 0), _Handler)
        self._server.answer = lambda path: self.answer(path)  # type: ignore
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.url = f"{self.origin}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def http(body, kind="application/json", status=200, **headers):
    """Return a reply; underscores in names of headers stand for hyphens, objects become JSON."""
    if not isinstance(body, bytes):
        body = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    given = {"Content-Type": kind, "Content-Length": len(body), "Connection": "close"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in given.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
