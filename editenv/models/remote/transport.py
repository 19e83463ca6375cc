"""One attempt of a call over httpx: bounded in time and bytes, with the key put on last."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from editenv.models.remote.body import read_body
from editenv.models.remote.key import Key
from editenv.models.remote.limits import Limits
from editenv.models.remote.question import Question
from editenv.models.remote.reply import Problem, ProblemError, Reply, status_problem
from editenv.optional import import_optional

_ERROR_BODY = 2**16
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Transport:
    """Sends requests to one server. Lives inside one event loop.

    Args:
        url: of the server.
        query: sent with every request below it.
        key: sent as bearer token, to this server only.
        limits: bounds.
    """

    def __init__(
        self, url: str, query: tuple[tuple[str, str], ...], key: Key | None, limits: Limits
    ) -> None:
        self._httpx = import_optional("httpx", "'editenv[remote]'", "a remote component")
        self._url, self._query, self._key, self._limits = url, query, key, limits
        self._client = self._httpx.AsyncClient(
            timeout=self._httpx.Timeout(limits.silence, connect=limits.connect, pool=None),
            limits=self._httpx.Limits(
                max_connections=limits.concurrency, max_keepalive_connections=limits.concurrency
            ),
            # A server of one's own is never behind the proxy that the environment names.
            trust_env=urlsplit(url).hostname not in _LOOPBACK,
            # Nothing to unpack; ``read_body`` bounds what is packed all the same.
            headers={"Accept-Encoding": "identity"},
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    def request(self, question: Question[Any], content: dict[str, Any]) -> Any | Problem:
        """Write a request, with the key where it goes to the server itself.

        Returns:
            A request of httpx, or why there can be none.

        Raises:
            ValueError: the key is not where it was any more.
        """
        ours = not question.path.startswith(("http://", "https://"))
        url = self._url + question.path if ours else question.path
        query = self._query if ours and self._query else None
        try:
            request = self._client.build_request(question.method, url, params=query, **content)
            keyed = self._key is not None and same_origin(str(request.url), self._url)
        except UnicodeError:
            return Problem("error", "the request holds a text that is no Unicode", sent=False)
        except Exception as error:
            if ours:
                raise
            # The server named the place, so what is wrong with it is an answer of his.
            return self._problem("bad_response", error, sent=False)
        if keyed and self._key is not None:
            request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        return request

    async def send(self, request: Any) -> Reply | Problem:
        """Make a request and read its reply whole. No error of httpx leaves this function.

        An error holds its request, and that its header with the key; so none is passed on.
        """
        httpx = self._httpx
        try:
            return await self._exchange(request)
        except ProblemError as error:
            return error.problem
        except httpx.ConnectError as error:
            return self._problem("connection", error, sent=False)
        except httpx.TimeoutException as error:
            return self._problem("timeout", error, sent=not isinstance(error, httpx.ConnectTimeout))
        except httpx.LocalProtocolError:  # Its text may quote a header.
            return Problem("error", "the request cannot be sent over HTTP")
        except httpx.TransportError as error:
            return self._problem("connection", error)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return self._problem("bad_response", error)

    async def _exchange(self, request: Any) -> Reply | Problem:
        response = await self._client.send(request, stream=True, auth=None)
        try:
            bad = not 200 <= response.status_code < 300
            body = await read_body(response, _ERROR_BODY if bad else self._limits.body, cut=bad)
            problem = status_problem(response.status_code, response.headers, body)
            if problem is not None:
                return problem
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            return Reply(body, kind, str(request.url).partition("?")[0])
        finally:
            await response.aclose()

    @staticmethod
    def _problem(kind: str, error: Exception, sent: bool = True) -> Problem:
        text = str(error)
        detail = f"{type(error).__name__}: {text}" if text else type(error).__name__
        return Problem(kind, detail, sent=sent)


def same_origin(one: str, other: str) -> bool:
    """Return whether two URLs have scheme, host and port in common."""
    return _origin(one) == _origin(other)


def _origin(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
