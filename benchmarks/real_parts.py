"""Where the time of a GRPO step goes: policy, editor, judge, at the sizes of real models.

    python benchmarks/real_parts.py                                       # tiny, on a CPU
    python benchmarks/real_parts.py --scale real --device cuda --json OUT

All weights are random: no model hub is needed, and they take the time that trained ones take. But
random models cannot speak. So what the policy writes is thrown away once it is written, and fixed
answers, all different, are carried out in its place; likewise the judge writes its answer, and a
fixed vote is read. Everything else is what a user runs: the learner of
``editenv_policies.grpo_vlm``, the text environment, a ``DiffusionTool``, and ``VlmJudge`` with a
model in this process.

``real``: policy and judge have the sizes of LLaVA-1.5-7B, the policy with LoRA in bfloat16; the
editor is FLUX.1-Kontext-dev or, where there is room, Qwen-Image-Edit.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from editenv_policies.arguments import Parser, at_least, new_file, run_main
from editenv_policies.grpo_vlm import (
    EditProblems,
    GroupSettings,
    GrpoLearner,
    LoraSettings,
    OptimizerSettings,
    SamplingSettings,
    load_policy,
)
from editenv_policies.small_vlm import SHORT_PROMPT, model_folder

from editenv.agents import Intent
from editenv.answers import write_answer
from editenv.envs.text import ImageEditTextEnv
from editenv.models.chat.local import LocalChatModel
from editenv.models.diffusion import DiffusionTool
from editenv.models.judges.vlm import VlmJudge

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "tools"))

VOTE = '{{"instruction": {}, "preserved": 7, "quality": 8}}'

LLAVA_7B = {
    "eye": {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24},
    "eye_heads": {"num_attention_heads": 16, "image_size": 336, "patch_size": 14},
    "language": {"hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32},
    "language_heads": {"num_attention_heads": 32, "num_key_value_heads": 32},
}
"""Published sizes of LLaVA-1.5-7B (CLIP ViT-L/14 at 336 pixels, Llama 2 7B)."""


class Clock:
    """Adds up the seconds of some calls, with the device brought to a stop around them."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._open = 0

    def timed(self, part: str, run: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a function; what it calls that is timed too counts for the inner part alone."""

        def call(*args: Any, **kwargs: Any) -> Any:
            inside = sum(self.seconds.values())
            start = now()
            try:
                return run(*args, **kwargs)
            finally:
                spent = now() - start - (sum(self.seconds.values()) - inside)
                self.seconds[part] = self.seconds.get(part, 0.0) + spent

        return call


class Speaking:
    """A chat model whose words are replaced by fixed votes, in turn, once they are written."""

    def __init__(self, model: LocalChatModel) -> None:
        self._model = model
        self.name = model.name
        self._votes = itertools.cycle(range(2, 9))

    def complete(self, chats: Sequence[Any], **settings: Any) -> list[Any]:
        """Answer N conversations."""
        written = self._model.complete(chats, **settings)
        return [
            VOTE.format(next(self._votes)) if isinstance(answer, str) else answer
            for answer in written
        ]


class FixedAnswers(EditProblems):
    """Carries out fixed answers in place of those that a random policy writes."""

    action = "edit"
    made = 0

    def score(self, problem: Any, texts: Sequence[str]) -> list[dict[str, Any]]:
        """Judge as many answers, all different."""
        answers = []
        for _ in texts:
            self.made += 1
            edit = Intent(self.action, "whole image", f"warmer, variation {self.made}")
            answers.append(write_answer([edit]))
        return super().score(problem, answers)


def now() -> float:
    """The time, once the device has finished."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


def make_model(scale: str, device: str, folder: Path) -> Path:
    """Return the folder of a vision-language model; a real one is made with random weights."""
    if scale == "tiny":
        return Path(model_folder())
    processor = transformers.AutoProcessor.from_pretrained(model_folder())
    config: Any = transformers.AutoConfig.from_pretrained(model_folder())
    config.vision_config = transformers.CLIPVisionConfig()
    config.vision_config.update(LLAVA_7B["eye"] | LLAVA_7B["eye_heads"])
    config.vision_feature_select_strategy = "default"
    config.text_config.update(LLAVA_7B["language"] | LLAVA_7B["language_heads"])
    config.text_config.update({"max_position_embeddings": 4096, "head_dim": 128})
    config.image_seq_length = 576
    with torch.device(device):
        torch.set_default_dtype(torch.bfloat16)
        model = transformers.LlavaForConditionalGeneration(config)
        torch.set_default_dtype(torch.float32)
    small = transformers.AutoModelForImageTextToText.from_pretrained(model_folder())
    model.generation_config = small.generation_config
    model.save_pretrained(folder)
    processor.image_processor.size = {"height": 336, "width": 336}
    processor.image_processor.crop_size = {"height": 336, "width": 336}
    processor.patch_size = 14
    processor.vision_feature_select_strategy = "default"
    processor.num_additional_image_tokens = 1
    processor.save_pretrained(folder)
    del model
    return folder


def make_editor(scale: str, device: str, name: str, steps: int) -> DiffusionTool:
    """Build a pipeline with random weights where it shall run."""
    from tiny_pipelines import build  # pyright: ignore[reportMissingImports]

    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    pipeline = build(name, scale, device=device, dtype=dtype)
    return DiffusionTool(pipeline, steps=steps, size="picture", action="edit", batch_size=8)


def measure(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Play some steps and return seconds by part."""
    started = now()
    editor = make_editor(args.scale, args.device, args.editor, args.steps)
    model = make_model(args.scale, args.device, folder)
    real = args.scale == "real"
    policy = load_policy(
        model,
        lora=LoraSettings() if real else None,
        precision="bfloat16" if real else "float32",
        device=args.device,
    )
    dtype = "bfloat16" if real else None
    judge = VlmJudge(Speaking(LocalChatModel(model, device=args.device, dtype=dtype)))
    env = ImageEditTextEnv(
        "ImageEdit-Direct-v0", image_size=args.picture, tools=[editor], judge=judge
    )
    problems = FixedAnswers([env], system_prompt=SHORT_PROMPT)
    learner = GrpoLearner(
        policy,
        problems,
        groups=GroupSettings(args.group, args.groups, args.groups),
        sampling=SamplingSettings(args.tokens),
        optimizer=OptimizerSettings(1e-6),
    )
    building = now() - started
    learner.learn(0)
    clock = Clock()
    for owner, method, part in (
        (editor, "apply_prompted", "editor"),
        (judge, "judge", "judge"),
        (learner, "_sample_batch", "policy: sampling"),
        (learner, "_improve", "policy: learning"),
        (problems, "score", "environment"),
    ):
        setattr(owner, method, clock.timed(part, getattr(owner, method)))
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    start = now()
    figures = [learner.learn(1 + step)[0] for step in range(args.repeats)]
    total = now() - start
    return {
        "editor": args.editor,
        "device": torch.cuda.get_device_name() if args.device == "cuda" else "CPU",
        "answers_a_step": args.group * args.groups,
        "tokens": args.tokens,
        "picture": args.picture,
        "denoising_steps": args.steps,
        "seconds_to_build": round(building, 1),
        "seconds_a_step": round(total / args.repeats, 3),
        "shares": {k: round(v / total, 4) for k, v in clock.seconds.items()},
        "unscored": sum(line["unscored"] for line in figures),
        "peak_gib": round(torch.cuda.max_memory_allocated() / 2**30, 1)
        if torch.cuda.is_available()
        else None,
        "parameters": {
            "policy": sum(p.numel() for p in policy.model.parameters()),
            "editor": sum(
                p.numel()
                for part in editor.pipeline.components.values()
                if isinstance(part, torch.nn.Module)
                for p in part.parameters()
            ),
        },
    }


def main() -> None:
    """Measure, print and write."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scale", choices=("tiny", "real"), default="tiny")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--editor", default="FluxKontextPipeline")
    parser.add_argument("--picture", type=at_least(1), default=64, help="side in pixels")
    parser.add_argument("--steps", type=at_least(1), default=4, help="denoising steps")
    parser.add_argument("--group", type=at_least(2), default=4, help="answers to a prompt")
    parser.add_argument("--groups", type=at_least(1), default=2, help="prompts a step")
    parser.add_argument("--tokens", type=at_least(1), default=48, help="tokens of an answer")
    parser.add_argument("--repeats", type=at_least(1), default=2, help="steps that count")
    parser.add_argument("--shm", type=Path, default=None, help="folder for the weights")
    parser.add_argument("--json", type=new_file)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.shm) as folder:
        found = measure(args, Path(folder))
    text = json.dumps(found, indent=1)
    print(text, flush=True)
    if args.json:
        args.json.write_text(text + "\n")


if __name__ == "__main__":
    run_main(main)
