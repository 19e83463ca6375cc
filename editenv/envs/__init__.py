"""Environments: thin API layers over the workspace."""
