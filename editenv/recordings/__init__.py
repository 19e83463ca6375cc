"""Recorded episodes: what was seen, called and paid at every step, as pictures and JSON lines."""

from editenv.recordings.folder import Recording, read_recordings
from editenv.recordings.wrapper import RecordEpisodes

__all__ = ["RecordEpisodes", "Recording", "read_recordings"]
