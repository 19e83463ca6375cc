"""A run that ``test_kill.py`` kills: ``python killed_run.py FOLDER STEPS``."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from editenv_policies.grpo_vlm import (
    GroupSettings,
    GrpoLearner,
    OptimizerSettings,
    Run,
    SamplingSettings,
)
from tiny_models import LetterProblems, make_policy

if __name__ == "__main__":
    torch.set_num_threads(1)
    learner = GrpoLearner(
        make_policy(),
        LetterProblems(),
        groups=GroupSettings(4, 4, groups_per_batch=2, epochs=2),
        sampling=SamplingSettings(6),
        optimizer=OptimizerSettings(3e-3, warmup_steps=3),
    )
    run = Run(learner, Path(sys.argv[1]), save_every=3)
    run.advance(int(sys.argv[2]), lambda figures: print(figures["step"], flush=True))
