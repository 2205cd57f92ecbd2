"""The permissions on the bus are those that the contracts and the services ask for."""

from deploy.kafka.acls import FILE, PARTNER, as_text, wanted, written
from deploy.kafka.consumed import consumed


def test_core_26_the_permissions_as_published_are_the_wanted_ones() -> None:
    assert FILE.read_bytes() == as_text(wanted(consumed())), "python -m deploy.kafka"


def test_rule_26_the_restricted_topic_is_read_by_its_owner_and_those_who_write_to_residents_or_book_for_them() -> None:
    readers = {acl.user for acl in written() if acl.name == "prescription.contacts" and "READ" in acl.operations}
    assert readers == {"prescription", "booking", "notifications"}


def test_walls_13_who_mediators_are_is_read_by_those_who_tell_residents_and_who_lets_them_sign_in() -> None:
    readers = {acl.user for acl in written() if acl.name == "catalogue.contacts" and "READ" in acl.operations}
    assert readers == {"catalogue", "booking", "notifications", "prescription"}


def test_core_26_each_topic_is_written_by_its_owner_alone() -> None:
    writers = {(acl.name, acl.user) for acl in written() if acl.kind == "topic" and "WRITE" in acl.operations}
    assert all(name.startswith(f"{user}.") for name, user in writers)
    assert len(writers) == 12
    assert PARTNER not in {user for _, user in writers}
