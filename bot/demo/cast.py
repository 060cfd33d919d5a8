"""The people of the demo, and their committee's configuration."""

from typing import Final

from bot.address import Address

__all__ = (
    "ALICE",
    "BOX",
    "CLAIRE",
    "CONFIG",
    "DISCUSSANTS",
    "JEANNE",
    "LUCIEN",
    "NEWCOMER",
    "ODETTE",
    "ODETTE_NOW",
    "PASSWORD",
    "PAUL",
    "PHONES",
    "READERS",
    "RETURNED",
    "UNKNOWN",
    "ZOE",
)

BOX: Final = Address("comite.arles", "example.org")
PASSWORD: Final = "demo"  # noqa: S105 - of a mailbox that lives a minute

CLAIRE: Final = "claire@example.org"
ALICE: Final = "alice@example.org"
NEWCOMER: Final = "nadia@example.org"
PAUL: Final = "paul@example.org"  # moderates the discussion …
ZOE: Final = "zoe@example.org"  # … and so does she

JEANNE: Final = "jeanne@example.org"  # telephones people whose mail comes back

# Two readers whose mail comes back: one is gone, one address was noted wrongly.
LUCIEN: Final = "lucien.faure@example.org"
ODETTE: Final = "odette.blanc@gmial.com"
ODETTE_NOW: Final = "odette.blanc@gmail.com"
RETURNED: Final = {
    LUCIEN: "550 5.1.1 User unknown",
    ODETTE: "550 5.1.2 Host or domain name not found",
}
# Numbers that are kept for fiction.
PHONES: Final = {
    LUCIEN: ("Lucien Faure", "04 65 71 12 34"),
    ODETTE_NOW: ("Odette Blanc", "04 65 71 56 78"),
}

_FIRST_READERS = (Address("claire", "example.org"), Address("alice", "example.org"))
READERS: Final = (
    *_FIRST_READERS,
    Address("lucien.faure", "example.org"),
    Address("odette.blanc", "gmail.com"),
    *(Address(f"lecteur{number}", "example.org") for number in range(1, 340)),
)
DISCUSSANTS: Final = (
    *_FIRST_READERS,
    *(Address(f"adherent{number}", "example.org") for number in range(1, 76)),
)
# Two readers whose addresses no longer exist.
UNKNOWN: Final = ("lecteur17@example.org", "lecteur230@example.org")

CONFIG: Final = """\
[mailbox]
address = "comite.arles@example.org"
name = "Comité local d'Arles"
language = "fr"
timezone = "Europe/Paris"
admins = ["claire@example.org"]
password_file = "{place}/password"
subaddressing = "+"

[imap]
host = "127.0.0.1"
port = {imap}
security = "none"
poll_interval = 2

[smtp]
host = "127.0.0.1"
port = {smtp}
security = "none"

[limits]
recipients_per_message = 50
recipients_per_hour = 1000

[store]
directory = "{place}/store"

[lists.informer]
kind = "announcement"
title = "Les nouvelles du comité"
description = "Une lettre par mois"
owners = ["claire@example.org"]
senders = ["claire@example.org"]
callers = ["jeanne@example.org"]

[lists.discuter]
kind = "discussion"
title = "Discussion entre adhérents"
description = "Pour échanger entre nous"
owners = ["claire@example.org"]
moderators = ["paul@example.org", "zoe@example.org"]
moderation = "all"
subject_prefix = "[discuter]"

[defaults]
default_list = "discuter"

[bounces]
sheet_every = "{sheets}"
"""
