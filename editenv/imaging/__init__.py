"""Pure functions on one RGB picture and one soft mask; numpy, OpenCV and nothing else."""
