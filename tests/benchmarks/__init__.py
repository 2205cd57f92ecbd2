"""Measured against the raw limit of the same machine, in the same run, interleaved. Nothing here passes or fails."""
