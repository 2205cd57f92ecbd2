"""python -m chassis.keys: makes a pair of keys for sign-ins, as the two settings that are told."""

import json

from chassis.web.tokens import new_key


def main() -> None:
    """Print both. Only prescription is told the private one; put the public one before the former in all services."""
    private, public = new_key()
    print(f"PASS_SESSION_PRIVATE_KEY='{private}'")
    print(f"PASS_SESSION_KEYS='{json.dumps([public])}'")


if __name__ == "__main__":
    main()
