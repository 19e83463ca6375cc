"""Parts that need a model, an endpoint or a public data set; the core runs without any of them.

The core's registries find them by the name in an argument, such as ``tools=["diffusers:FOLDER"]``,
and import them when they are first asked for, so that their packages stay optional.
"""
