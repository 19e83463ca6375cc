"""Grounders that are models: zero-shot detectors and segmenters."""
