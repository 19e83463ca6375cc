"""Editing tasks whose answers are worth something to a model that knows nothing."""

from __future__ import annotations

from editenv_policies.grpo_vlm import EditProblems


class LetterProblems(EditProblems):
    """Adds the share of a letter in the answer to what the edit is worth."""

    def score(self, problem, texts):
        results = super().score(problem, texts)
        for text, result in zip(texts, results, strict=True):
            result["reward"] += text.count("e") / max(len(text), 1)
        return results
