"""When two names are the same person's. Rule 5."""

from chassis.plain import plain


def name_key(first_name: str, last_name: str) -> str:
    """The same for «Jean-Pierre Dupré», «dupre Jean Pierre» and «DUPRÉ, Jeanpierre»: how a name is written, and which
    of its halves stands in which field, makes nobody another person.
    """
    return " ".join(sorted(plain(half).replace(" ", "") for half in (first_name, last_name)))
