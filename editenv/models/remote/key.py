"""API keys: where one is found, never what it is."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ENV_NAMES = ("EDITENV_API_KEY", "OPENAI_API_KEY")
"""Environment variables that ``default_key`` looks at, in order."""

ENV_FILE = "EDITENV_API_KEY_FILE"
"""Environment variable with the path of a file that holds the key, which it looks at last."""

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")
_KNOWN: set[Key] = set()


@dataclass(frozen=True, repr=False)
class Key:
    """The place of an API key: an environment variable or a file.

    The object holds the place alone and reads the key at each request, so that no repr, pickle,
    copy or traceback of it can show the key; a process that unpickles it needs the variable or the
    file too. Make one with ``from_env`` or ``from_file``.
    """

    _kind: Literal["env", "file"]
    _place: str

    @classmethod
    def from_env(cls, name: str) -> Key:
        """Take the key from an environment variable.

        Args:
            name: of the variable: capital letters, digits, underscores.

        Raises:
            ValueError: no such name, or the variable is not set.
        """
        # A key given by mistake in place of a name must not end in the error's text.
        if not isinstance(name, str) or not _VARIABLE.fullmatch(name):
            raise ValueError(
                "name (not shown) is not accepted: give the name of an environment variable in "
                f"capital letters, such as {ENV_NAMES[0]!r}, not the key itself"
            )
        return cls("env", name)._checked()

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Key:
        """Take the key from a text file that holds nothing else.

        Args:
            path: of the file; spaces and line ends around the key do not count.

        Raises:
            ValueError: the file cannot be read or holds no key.
        """
        return cls("file", str(Path(path).expanduser().absolute()))._checked()

    def _checked(self) -> Key:
        self.reveal()
        return self

    def reveal(self) -> str:
        """Return the key itself. Only what sends a request, or looks for it in a text, calls this.

        Raises:
            ValueError: it is not there any more, or is no key.
        """
        _KNOWN.add(self)
        text = (self._from_env() if self._kind == "env" else self._from_file()).strip()
        if not text or not text.isascii() or not text.isprintable() or " " in text:
            del text  # Some tracebacks print local variables.
            source = f"environment variable {self._place}" if self._kind == "env" else "file"
            raise ValueError(
                f"the key's {source} does not hold one key: printable ASCII without spaces"
            )
        return text

    def _from_env(self) -> str:
        text = os.environ.get(self._place)
        if text is None:
            raise ValueError(f"the environment variable {self._place} is not set")
        return text

    def _from_file(self) -> str:
        try:
            return Path(self._place).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not a text"
        # The path is not shown: it may be a key that was taken for one.
        raise ValueError(f"path (not shown) of the key's file cannot be read: {reason}")

    def __repr__(self) -> str:
        return f"Key.from_{self._kind}({self._place!r})"


def default_key() -> Key | None:
    """Find the key of whoever started the process.

    Returns:
        The key of ``EDITENV_API_KEY``, else of ``OPENAI_API_KEY``, else of the file that
        ``EDITENV_API_KEY_FILE`` names; None where none is set, which does for local servers.

    Raises:
        ValueError: what is set holds no key.
    """
    for name in ENV_NAMES:
        if os.environ.get(name):
            return Key.from_env(name)
    path = os.environ.get(ENV_FILE)
    return Key.from_file(path) if path else None


def checked_key(key: object) -> Key | None:
    """Return the argument where it is a key or None.

    Raises:
        ValueError: it is something else; the text does not show it.
    """
    if key is None or isinstance(key, Key):
        return key
    raise ValueError(
        f"key (a {type(key).__name__}, not shown) is not accepted: give Key.from_env(NAME), "
        "Key.from_file(PATH) or None"
    )


def known_keys() -> tuple[Key, ...]:
    """Return all keys that the process has had."""
    return tuple(_KNOWN)
