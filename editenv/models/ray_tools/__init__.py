"""Tools that run once in a Ray cluster, for all environments: ``"ray:NAME"``. See ``docs/ray.md``.

``settings`` and ``batching`` need no Ray; ``actor`` and ``tool`` do.
"""
