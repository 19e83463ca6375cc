"""A server for tests: images-edit, chat, models and the JSON endpoint, on loopback, with faults.

    with Server(answer=lambda body: "yes", faults=Faults(0.2)) as server:
        model = make_chat_model(f"openai:{server.url}#any")

Everything happens in threads of this process, and none is left after the ``with``.
"""

import threading

from remote.faults import Faults
from remote.handler import Connections, Handler
from remote.pixels import edit, huge_png

__all__ = ["MODEL", "Faults", "Server", "edit", "huge_png"]

MODEL = "test-model"


class Server:
    """Runs between ``__enter__`` and ``__exit__``.

    Args:
        answer: function from the chat request's JSON to the answer's text, or to a whole reply
            as a dict.
        faults: what goes wrong; ``/models`` always works.
        key: that requests must bring; None takes all. Errors and headers quote what was brought.
        retry_after: what a 429 says; text.
        result: ``"b64_json"`` or ``"url"``, how edited pictures come back.
        result_host: the host of that URL.
        scale: of an edited picture's sides, for servers that return other sizes.
        reshape: width and height of every edited picture, whatever its own; None keeps them.
        ignore_mask: whether everything is edited, whatever the mask says.
        models: that ``/models`` lists.
        delay: seconds that every good answer takes.

    Attributes:
        requests: a list of ``Request``, in the order of arrival.
        bodies: JSON bodies of chat and JSON requests, and fields of images-edit ones.
        masks: for each images-edit request, whether it brought a mask.
        sizes: width and height of each picture that came in for images-edit.
        most_at_once: how many requests were under way at the same time.
    """

    def __init__(
        self,
        answer=lambda body: "ok",
        faults=None,
        key=None,
        retry_after="0.05",
        result="b64_json",
        result_host="127.0.0.1",
        scale=1,
        reshape=None,
        ignore_mask=False,
        models=(MODEL,),
        delay=0.0,
    ):
        self.answer, self.faults, self.key = answer, faults or Faults(), key
        self.retry_after, self.result, self.result_host = retry_after, result, result_host
        self.scale, self.reshape, self.ignore_mask = scale, reshape, ignore_mask
        self.models, self.delay = models, delay
        self.requests, self.bodies, self.files = [], [], {}
        self.masks, self.sizes = [], []
        self.most_at_once = self.at_once = 0
        self.lock, self.stopping = threading.Lock(), threading.Event()

    def __enter__(self):
        self._http = Connections(("127.0.0.1", 0), type("Answers", (Handler,), {"owner": self}))
        self.origin = f"http://127.0.0.1:{self._http.server_address[1]}"
        self.url = f"{self.origin}/v1"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *error):
        self.stopping.set()
        self._http.shutdown()
        self._http.close_connections()
        self._http.server_close()
        self._thread.join()

    def count(self, path=None):
        """Return how many requests came, all or those whose path ends so."""
        with self.lock:
            return sum(path is None or r.path.endswith(path) for r in self.requests)

    @property
    def connections(self):
        """How many connections are open."""
        return len(self._http.open)
