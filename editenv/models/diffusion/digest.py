"""A short digest of a model's files, so that another model is another ``version`` of the tool."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO

_WHOLE_FILES = 32 * 2**20
"""Files up to this many bytes are read as a whole."""

_SAMPLE = 1024
"""Bytes that are read at the beginning, in the middle and at the end of a tensor."""


def folder_digest(folder: Path) -> str:
    """Digest all files of a pipeline's folder by relative name and content.

    Of large safetensors files the header and three samples of *each tensor* are read instead of
    all: training or merging changes every tensor that it touches nearly everywhere, and a digest
    must not cost as much as loading.

    Args:
        folder: a folder with ``model_index.json``, or one file.

    Returns:
        32 hexadecimal digits.
    """
    digest = blake2b(digest_size=16)
    for path in _files(folder):
        digest.update(f"{path.relative_to(folder.parent).parts[1:]} {path.stat().st_size}".encode())
        with path.open("rb") as file:
            for block in _telling(file, path.suffix, path.stat().st_size):
                digest.update(block)
    return digest.hexdigest()


def object_digest(pipeline: Any) -> str:
    """Digest a pipeline in memory: the config and a sample of each weight of each component.

    Raises:
        ValueError: weights are not in memory, as with sequential offload.
    """
    import torch

    digest = blake2b(digest_size=16)
    for name, part in sorted(pipeline.components.items()):
        digest.update(f"{name} {type(part).__name__} {getattr(part, 'config', '')}".encode())
        if isinstance(part, torch.nn.Module):
            for key, weight in part.state_dict().items():
                if weight.is_meta:
                    raise ValueError(f"{name}.{key} is not in memory: give the pipeline by folder")
                flat = weight.detach().flatten()
                places = sorted({0, len(flat) // 2, len(flat) - 1} - {-1})
                digest.update(f"{key} {tuple(weight.shape)} {flat[places].tolist()}".encode())
    return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    if folder.is_file():
        return [folder]
    found = (p for p in folder.rglob("*") if p.is_file())
    hidden = (p for p in found if not any(x.startswith(".") for x in p.relative_to(folder).parts))
    return sorted(hidden)


def _telling(file: BinaryIO, suffix: str, size: int) -> Iterable[bytes]:
    """The blocks of a file that tell it from others."""
    if size <= _WHOLE_FILES or suffix != ".safetensors":
        while block := file.read(2**20):
            yield block
        return
    # Layout: 8 bytes with the header's length, the header as JSON, the tensors' bytes.
    length = int.from_bytes(file.read(8), "little")
    header = file.read(length)
    yield header
    for name, tensor in json.loads(header).items():
        if name == "__metadata__":
            continue
        first, last = (8 + length + offset for offset in tensor["data_offsets"])
        for place in {first, max(first, (first + last) // 2), max(first, last - _SAMPLE)}:
            file.seek(place)
            yield file.read(min(_SAMPLE, last - place))
