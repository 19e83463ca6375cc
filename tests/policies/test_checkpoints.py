"""Files that are whole or not there: full disks, flipped bits, cut-off ends, two runs at once."""

import errno
import os
import signal
import time
import zipfile
from pathlib import Path

import pytest
import torch
from editenv_policies.checkpoints import (
    PARTIAL,
    REMARK,
    DamagedCheckpoint,
    check,
    newest,
    older,
    only_run,
    replacing,
)
from safetensors.torch import load_file, save_file


def write_zip(path, text="weights"):
    with replacing(path) as partial, zipfile.ZipFile(partial, "w") as archive:
        archive.writestr("text", text)
        archive.comment = REMARK.encode()


def text_of(path):
    with zipfile.ZipFile(path) as archive:
        return archive.read("text").decode()


def flip(path, place):
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def test_every_flipped_bit_and_every_cut_is_seen(tmp_path):
    path = tmp_path / "model.zip"
    write_zip(path)
    check(path)
    assert text_of(path) == "weights"
    content = path.read_bytes()
    for place in range(len(content)):
        flip(path, place)
        with pytest.raises(DamagedCheckpoint, match=r"model\.zip is damaged"):
            check(path)
        path.write_bytes(content)
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(DamagedCheckpoint):
            check(path)


def test_a_checksum_fits_into_safetensors(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    with replacing(path) as partial:
        save_file({"a": torch.arange(5)}, partial, metadata={"checksum": REMARK})
    check(path)
    assert torch.equal(load_file(path)["a"], torch.arange(5))
    flip(path, path.stat().st_size - 1)
    with pytest.raises(DamagedCheckpoint):
        check(path)


def test_the_one_before_a_damaged_one_is_taken_and_that_is_said(tmp_path, capsys):
    path = tmp_path / "model.zip"
    for text in ("1", "2", "3"):
        write_zip(path, text)
    assert newest([path], lambda each: int(text_of(each))) == [path]
    flip(path, 40)
    assert newest([path], lambda each: int(text_of(each))) == [older(path)]
    assert text_of(older(path)) == "2"
    said = capsys.readouterr().err
    assert said == f"{path} is damaged: it is not what was written; an older one is taken\n"
    older(path).unlink()
    with pytest.raises(DamagedCheckpoint, match="no older one"):
        newest([path], lambda each: 0)
    path.unlink()
    with pytest.raises(FileNotFoundError, match="no checkpoint"):
        newest([path], lambda each: 0)


def test_a_full_disk_leaves_the_last_checkpoint_and_no_rest(tmp_path, monkeypatch):
    path = tmp_path / "model.zip"
    write_zip(path, "good")

    def full(self, content):
        self.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError) as caught, replacing(path) as partial:
        partial.write_bytes(b"new")
    assert str(caught.value) == (
        f"{path} could not be written: No space left on device; the one before it is kept"
    )
    assert text_of(path) == "good"
    assert [each.name for each in tmp_path.iterdir()] == ["model.zip"]


def test_one_run_a_folder(tmp_path):
    with only_run(tmp_path / "run"):
        with pytest.raises(ValueError, match="in use by another run"), only_run(tmp_path / "run"):
            pass
    with only_run(tmp_path / "run"):
        pass
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="is a file"), only_run(tmp_path / "file"):
        pass


def test_the_lock_of_a_killed_run_does_not_block_and_its_rest_goes(tmp_path):
    child = os.fork()
    if child == 0:
        with only_run(tmp_path):
            (tmp_path / f"model.zip{PARTIAL}").touch()
            time.sleep(600)
    while not (tmp_path / f"model.zip{PARTIAL}").exists():
        time.sleep(0.01)
    with pytest.raises(ValueError, match="in use"), only_run(tmp_path):
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with only_run(tmp_path):
        assert not (tmp_path / f"model.zip{PARTIAL}").exists()
