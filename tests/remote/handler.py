"""The test server's connections and its answers to each path."""

import base64
import io
import json
import socket
import struct
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
from PIL import Image
from remote.pixels import decode, edit, huge_png, parse_multipart

REFUSAL = "I'm sorry, I can't help with that."


@dataclass(frozen=True)
class Request:
    """A request that came in: when, what for, and which fault it got."""

    time: float
    path: str
    query: str
    headers: dict
    fault: str | None


class Connections(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 256

    def __init__(self, *args):
        self.open, self.aborted = set(), set()
        super().__init__(*args)

    def process_request(self, request, client_address):
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self.open.discard(request)
        if request in self.aborted:  # Without the FIN of an orderly end before it.
            self.aborted.discard(request)
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def close_connections(self):
        for connection in list(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def handle_error(self, request, client_address):
        """Clients that go away are part of the tests."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    owner = None  # the Server, set by a subclass of its own

    def log_message(self, *args):
        pass

    def do_GET(self):
        self._serve(b"")

    def do_POST(self):
        self._serve(self.rfile.read(int(self.headers["Content-Length"])))

    def _serve(self, body):
        server, (path, _, query) = self.owner, self.path.partition("?")
        fault = None if path.endswith("/models") else server.faults.draw()
        with server.lock:
            server.requests.append(
                Request(time.monotonic(), path, query, dict(self.headers), fault)
            )
            server.at_once += 1
            server.most_at_once = max(server.most_at_once, server.at_once)
        try:
            self._answer(path, body, fault)
        except OSError:
            self.close_connection = True
        finally:
            with server.lock:
                server.at_once -= 1

    def _answer(self, path, body, fault):
        server = self.owner
        if server.key is not None and self.headers["Authorization"] != f"Bearer {server.key}":
            return self._error(401, "invalid_api_key", f"not {self.headers['Authorization']}")
        if server.delay:
            server.stopping.wait(server.delay)
        early = getattr(self, f"_fault_{fault}", None)
        if early is not None:
            return early()
        if path.startswith("/files/"):
            return self._send(server.files[path], "image/png")
        if path.endswith("/models"):
            data = {"object": "list", "data": [{"id": name} for name in server.models]}
            return self._send(json.dumps(data).encode(), "application/json")
        route = {
            "/v1/images/edits": self._images_edit,
            "/v1/chat/completions": self._chat,
            "/edit": self._json_edit,
        }.get(path)
        if route is None:
            return self._error(404, "not_found", f"no {path}")
        data = json.dumps(route(body, fault)).encode()
        if fault == "truncated":
            return self._truncate(data)
        self._send(data, "text/html" if fault == "wrong_type" else "application/json")

    def _images_edit(self, body, fault):
        fields = parse_multipart(self.headers["Content-Type"], body)
        self._keep({k: v.decode() for k, v in fields.items() if k not in ("image", "mask")})
        image = decode(fields["image"])[..., :3]
        mask = decode(fields["mask"])[..., 3] == 0 if "mask" in fields else None
        with self.owner.lock:
            self.owner.masks.append(mask is not None)
            self.owner.sizes.append((image.shape[1], image.shape[0]))
        if self.owner.ignore_mask:
            mask = None
        if fault == "refusal":
            return {"created": 0, "data": [{"refusal": REFUSAL}]}
        after = edit(image, mask, fields["prompt"].decode(), int(fields.get("seed", b"0")))
        data = self._picture(after, fault)
        if self.owner.result == "b64_json":
            return {"created": 0, "data": [{"b64_json": base64.b64encode(data).decode()}]}
        with self.owner.lock:
            path = f"/files/{len(self.owner.files)}.png"
            self.owner.files[path] = data
        return {"created": 0, "data": [{"url": self._file_url(path)}]}

    def _file_url(self, path):
        return self.owner.origin.replace("127.0.0.1", self.owner.result_host) + path

    def _json_edit(self, body, fault):
        fields = json.loads(body)
        self._keep({k: v for k, v in fields.items() if k not in ("image", "mask")})
        if fault == "refusal":
            return {"refusal": REFUSAL}
        image = decode(base64.b64decode(fields["image"]))
        mask = decode(base64.b64decode(fields["mask"]))
        after = edit(image, mask, fields["prompt"], fields["seed"])
        return {"image": base64.b64encode(self._picture(after, fault)).decode()}

    def _picture(self, image, fault):
        if fault == "not_an_image":
            return b"GIF89a, or so it says"
        if fault == "huge_image":
            return huge_png()
        rows, columns = image.shape[:2]
        scale = self.owner.scale
        size = self.owner.reshape or (round(columns * scale), round(rows * scale))
        if size != (columns, rows):
            image = np.asarray(Image.fromarray(image).resize(size, Image.Resampling.NEAREST))
        stream = io.BytesIO()
        Image.fromarray(image).save(stream, "PNG", compress_level=1)
        return stream.getvalue()

    def _chat(self, body, fault):
        fields = json.loads(body)
        self._keep(fields)
        message = {"role": "assistant", "content": None}
        if fault == "refusal":
            choice = {"index": 0, "message": {**message, "refusal": REFUSAL}}
            return {"id": "0", "choices": [{**choice, "finish_reason": "stop"}]}
        if fault in ("not_an_image", "huge_image"):  # Chat has no pictures to go wrong.
            return {"id": "0", "choices": []}
        answer = self.owner.answer(fields)
        if isinstance(answer, dict):
            return answer
        choice = {"index": 0, "message": {**message, "content": answer}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        return {"id": "0", "object": "chat.completion", "choices": [choice], "usage": usage}

    def _keep(self, fields):
        with self.owner.lock:
            self.owner.bodies.append(fields)

    def _fault_rate_limit(self):
        self._error(429, "rate_limit", "slow down", {"Retry-After": self.owner.retry_after})

    def _fault_server_error(self):
        self._error(500, "server_error", f"broken by {self.headers['Authorization']}")

    def _fault_moderation(self):
        self._error(400, "moderation_blocked", REFUSAL)

    def _fault_reset(self):
        # A linger of 0 seconds makes close() send RST.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.server.aborted.add(self.connection)
        self.close_connection = True

    def _fault_hang(self):
        self._until_gone(lambda: None)

    def _fault_drip(self):
        self._head("application/json", 10**6)
        self._until_gone(lambda: self._raw(b" "))

    def _fault_drip_head(self):
        self._raw(b"HTTP/1.1 200 OK\r\nX-Long: ")
        self._until_gone(lambda: self._raw(b"x"))

    def _until_gone(self, act):
        """Act every now and then until the client or the server goes away."""
        self.close_connection = True
        self.connection.settimeout(0.02)
        while not self.owner.stopping.is_set():
            act()
            try:
                if not self.connection.recv(1):
                    return
            except TimeoutError:
                continue

    def _truncate(self, data):
        self._head("application/json", len(data))
        self._raw(data[: len(data) // 2])
        self.close_connection = True

    def _error(self, status, code, message, headers=None):
        error = {"error": {"message": message, "type": code, "code": code}}
        self._send(json.dumps(error).encode(), "application/json", status, headers)

    def _send(self, data, kind, status=200, headers=None):
        self._head(kind, len(data), status, headers)
        self._raw(data)

    def _head(self, kind, length, status=200, headers=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        # A server that sends a key back must not get it into a log.
        self.send_header("X-Brought", self.headers["Authorization"] or "nothing")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()

    def _raw(self, data):
        self.wfile.write(data)
        self.wfile.flush()
