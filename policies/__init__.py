"""Reference policies: extractors and policies for Stable-Baselines3, and baselines."""
