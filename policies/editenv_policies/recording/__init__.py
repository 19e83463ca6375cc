"""Policies and teams at play, recorded, and the page that a training run leaves."""
