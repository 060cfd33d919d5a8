"""Whom a mail that somebody sent by hand went to, as its header tells."""

from email import message_from_bytes

import pytest

from bot.imap.sent import recipients_of


@pytest.mark.parametrize(
    ("header", "count"),
    [
        pytest.param("To: a@x.test", 1, id="one"),
        pytest.param("To: a@x.test\nCc: b@x.test\nBcc: c@x.test", 3, id="all-fields"),
        pytest.param("To: a@x.test\nTo: b@x.test", 2, id="field-twice"),
        pytest.param("To: A@x.test, a@X.test", 1, id="same-address"),
        pytest.param('To: "Durand, Anne" <a@x.test>, b@x.test', 2, id="comma-in-name"),
        pytest.param('To: "b@x.test" <a@x.test>', 1, id="address-as-a-name"),
        pytest.param("To: Bureau: a@x.test, b@x.test;", 2, id="group"),
        pytest.param("To: undisclosed-recipients:;", 1, id="undisclosed"),
        pytest.param("To: undisclosed-recipients:;\nBcc: a@x.test", 1, id="bcc-kept"),
        pytest.param("Subject: draft", 1, id="nobody"),
        pytest.param("To: é@x.test, b@x.test", 1, id="none-we-could-write-to"),
        pytest.param("To: a@x.test, <<b@@x>>; (", 1, id="damaged"),
        pytest.param(
            "To: " + ",\n ".join(f"p{n}@x.test" for n in range(300)), 300, id="many"
        ),
    ],
)
def test_recipients_are_counted_once_and_at_least_one(header: str, count: int) -> None:
    """A provider counts what is in the envelope: each address, whatever the field."""
    assert recipients_of(message_from_bytes(header.encode() + b"\n\n")) == count
