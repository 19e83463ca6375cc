"""Recordings of policies, and the page that a training run leaves."""
