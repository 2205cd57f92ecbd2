"""What a demonstration may do is for this machine alone: it signs in without a password."""

import ipaddress
from urllib.parse import urlsplit


class DemonstrationIsLocal(RuntimeError):
    """Personas sign in without a password: never on an address that others can reach."""


def refuse_public(*hosts: str) -> None:
    """Raises DemonstrationIsLocal."""
    for host in hosts:
        if not is_loopback(host):
            raise DemonstrationIsLocal(f"le mode démonstration refuse de démarrer sur «{host}»")


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def local_path(path: str) -> str:
    """Return only a path of this site; `/` instead of what a browser would read as another's.

    Browsers drop control characters and read a backslash as a slash.
    """
    parts = urlsplit(path)
    plain = path.startswith("/") and path[1:2] not in {"/", "\\"} and path.isprintable() and "\\" not in path
    return path if plain and not parts.scheme and not parts.netloc else "/"
