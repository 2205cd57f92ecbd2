"""Our tests. A package, since one that we install brings a top-level `tests` of its own, which would win otherwise."""
