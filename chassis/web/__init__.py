"""The frame of every page and API: who is there, what they may do, forms that count once, errors that help."""

from chassis.web.access import (
    Allowed,
    allowed,
    anybody,
    batcher,
    checked,
    mediator_signed_in,
    own,
    own_keyed,
    own_listed,
    own_within,
    same_origin,
    shared,
    signed_address,
    signed_webhook,
    takes_file,
)
from chassis.web.acts import traced, traced_first
from chassis.web.command import Command, CommandBatcher, FormCommand
from chassis.web.frame import Common, Frame, create_app
from chassis.web.menu import NavLink
from chassis.web.page import Now, Page, Read, Transact
from chassis.web.principal import Principal
from chassis.web.throttle import GUESS, PUBLIC, SEARCH, Counted, Guessed
from contracts.words import Role

__all__ = [
    "GUESS",
    "PUBLIC",
    "SEARCH",
    "Allowed",
    "Command",
    "CommandBatcher",
    "Common",
    "Counted",
    "FormCommand",
    "Frame",
    "Guessed",
    "NavLink",
    "Now",
    "Page",
    "Principal",
    "Read",
    "Role",
    "Transact",
    "allowed",
    "anybody",
    "batcher",
    "checked",
    "create_app",
    "mediator_signed_in",
    "own",
    "own_keyed",
    "own_listed",
    "own_within",
    "same_origin",
    "shared",
    "signed_address",
    "signed_webhook",
    "takes_file",
    "traced",
    "traced_first",
]
