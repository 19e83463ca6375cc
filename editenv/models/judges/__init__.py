"""Judges that are models: vision-language models and CLIP."""
