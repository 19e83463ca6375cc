"""The processor of Qwen's text encoder without its video part, which would need torchvision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import AutoTokenizer, ProcessorMixin, Qwen2VLProcessor
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil


class PicturesOnly(Qwen2VLProcessor):
    """``Qwen2VLProcessor`` for pictures and text; it takes no video."""

    def __init__(self, image_processor: Any, tokenizer: Any, chat_template: Any = None) -> None:
        self.image_token, self.video_token = "<|image_pad|>", "<|video_pad|>"
        self.image_token_id = tokenizer.convert_tokens_to_ids(self.image_token)
        self.video_token_id = tokenizer.convert_tokens_to_ids(self.video_token)
        self.image_ids, self.video_ids = [self.image_token_id], [self.video_token_id]
        ProcessorMixin.__init__(self, image_processor, tokenizer, chat_template=chat_template)

    @classmethod
    def get_attributes(cls) -> list[str]:
        """The parts that ``save_pretrained`` writes."""
        return ["image_processor", "tokenizer"]

    @classmethod
    def from_folder(cls, folder: Path) -> PicturesOnly:
        """Load the two parts from a published pipeline's ``processor`` folder."""
        return cls(
            Qwen2VLImageProcessorPil.from_pretrained(folder, local_files_only=True),
            AutoTokenizer.from_pretrained(folder, local_files_only=True),
        )
