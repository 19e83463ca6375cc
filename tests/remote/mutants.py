"""Replies and pictures, spoilt by a seeded generator."""

import base64
import gzip
import io
import json
import zlib

import numpy as np
from PIL import Image
from remote.raw import http

HUGE = "9" * 401
VALUES = (
    *(HUGE, "-1", "1e999", "NaN", "null", "true", "[]", "{}", '""', '"\\ud800"', '"\\u0000"'),
    *('[{"url": "http://127.0.0.1:99999/x"}]', '"http://127.0.0.1:-1/"', '"http://[::1"'),
    '"http://127.0.0.1:\\uff11\\uff12/x"',
    '"data:image/png;base64,AAAA"',
)
HEADERS = (
    *("Retry-After: Thu, 26 Nov 99999999999999999999 12:00:00 GMT", "Retry-After: 1e999"),
    *("Retry-After: Thu, 26 Nov 2026 12:00:00 +99999999999999", "Retry-After: -\xff"),
    *("Retry-After: Mon, 01 Jan 0001 00:00:00 +2359", "Content-Encoding: gzip"),
    *("Content-Encoding: gzip, gzip", "Content-Encoding: br", "Transfer-Encoding: chunked"),
    *("Content-Length: -1", "Content-Type: \xff\xfe", "Location: http://[", "Set-Cookie: =;=\x01"),
)


def picture(rng, size=(32, 24)):
    """Return a PNG or JPEG of some mode, whole or spoilt."""
    image = Image.fromarray(rng.integers(0, 256, (size[1], size[0], 3), np.uint8))
    mode = rng.choice(["RGB", "P", "L", "LA", "RGBA", "1", "I;16"])
    if mode == "I;16":
        image = Image.fromarray(rng.integers(0, 2**16, (size[1], size[0]), np.uint16))
    else:
        image = image.convert(str(mode))
    stream = io.BytesIO()
    if mode in ("RGB", "L") and rng.random() < 0.5:
        image.save(stream, "JPEG", progressive=bool(rng.integers(2)))
        return flipped(rng, stream.getvalue())
    image.save(stream, "PNG", **({"transparency": 0} if mode == "P" else {}))
    data = stream.getvalue()
    return respelt(rng, data) if rng.random() < 0.5 else flipped(rng, data)


def respelt(rng, data):
    """Change a PNG's chunks, with checksums that are right again."""
    chunks = list(chunks_of(data))
    for _ in range(int(rng.integers(1, 3))):
        place = int(rng.integers(len(chunks)))
        kind, body = chunks[place]
        what = rng.integers(6)
        if what == 0:
            del chunks[place]
        elif what == 1:
            chunks.insert(place, chunks[int(rng.integers(len(chunks)))])
        elif what == 2:
            chunks[place] = (kind, body + rng.bytes(int(rng.integers(1, 2000))))
        elif what == 3:
            chunks.insert(place, (b"tRNS", rng.bytes(int(rng.integers(0, 2000)))))
        elif what == 4:
            chunks[place] = (bytes(rng.choice([b"PLTE", b"gAMA", b"iCCP", b"zTXt", b"acTL"])), body)
        else:
            chunks[place] = (kind, flipped(rng, body))
        if not chunks:
            break
    return png_of(chunks)


def chunks_of(data):
    place = 8
    while place < len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        yield data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        place += 12 + length


def png_of(chunks):
    written = (
        len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")
        for kind, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


def flipped(rng, data):
    """Overwrite, insert, cut out or cut off some bytes."""
    data = bytearray(data)
    for _ in range(int(rng.integers(0, 4))):
        place = int(rng.integers(len(data) + 1))
        what = rng.integers(4)
        if what == 0:
            data[place : place + 1] = rng.bytes(1)
        elif what == 1:
            data[place:place] = rng.bytes(int(rng.integers(1, 40)))
        elif what == 2:
            del data[place : place + int(rng.integers(1, 40))]
        elif rng.random() < 0.3:
            del data[place:]
    return bytes(data)


def reply(rng, origin, chat=False):
    """Return all bytes of a reply to an edit or, with ``chat``, to a conversation."""
    body = json.dumps(_said(rng, origin, chat))
    for _ in range(int(rng.choice([0, 0, 1, 2]))):
        body = _other_value(rng, body)
    data = body.encode()
    data = flipped(rng, data) if rng.random() < 0.2 else data
    status = int(rng.choice([200] * 16 + [302, 400, 429, 503]))
    headers = {}
    if rng.random() < 0.2:
        data, headers = gzip.compress(data, mtime=0), {"Content-Encoding": "gzip"}
    whole = http(data, status=status, **headers)
    if rng.random() < 0.2:
        head, _, rest = whole.partition(b"\r\n")
        more = str(rng.choice(HEADERS)).encode("latin-1")
        whole = head + b"\r\n" + more + b"\r\n" + rest
    return flipped(rng, whole) if rng.random() < 0.15 else whole


def _said(rng, origin, chat):
    if chat:
        content = str(
            rng.choice(['{"instruction": 5, "preserved": 5, "quality": 5}', "\ud800", "x"])
        )
        message = {"role": "assistant", "content": content, "refusal": None}
        usage = {"prompt_tokens": 10, "completion_tokens": 5}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return {"id": "0", "choices": [choice], "usage": usage}
    if rng.random() < 0.2:
        return {"error": {"message": "\ud800 no", "type": "x", "code": "y"}}
    if rng.random() < 0.2:
        return {"data": [{"url": f"{origin}/files/{int(rng.integers(10**6))}"}]}
    return {"data": [{"b64_json": base64.b64encode(picture(rng)).decode()}], "created": 0}


def _other_value(rng, body):
    """Put one of ``VALUES`` in the place of a value."""
    places = [place + 1 for place, letter in enumerate(body) if letter in ":["]
    if not places:
        return body
    start = int(rng.choice(places))
    ends = [body.find(mark, start) for mark in ",}]"]
    end = min((end for end in ends if end >= 0), default=len(body))
    return body[:start] + str(rng.choice(VALUES)) + body[end:]
