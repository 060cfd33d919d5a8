"""Delivery reports as a provider sends them (RFC 3462, RFC 3464)."""

import re
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256
from typing import Final

_ENHANCED: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_HEADER_END: Final = re.compile(rb"\r?\n\r?\n")


def failure(
    recipient: str, envelope_sender: str, reply: str, mail: bytes, now: datetime
) -> bytes:
    """Write the report that a mail could not be delivered.

    `reply` is what the recipient's server said: `550 5.1.1 no such user`.
    """
    daemon = f"MAILER-DAEMON@{envelope_sender.rpartition('@')[2]}"
    seed = sha256(f"{recipient} {now.isoformat()}".encode() + mail).hexdigest()[:24]
    found = _ENHANCED.search(reply)
    status = found[1] if found else f"{reply[:1]}.0.0"
    head = f"""\
From: "Mail delivery" <{daemon}>
To: <{envelope_sender}>
Subject: Undelivered mail returned to sender
Date: {format_datetime(now)}
Message-ID: <{seed}@provider.invalid>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="{seed}"

--{seed}
Content-Type: text/plain; charset=us-ascii

Your mail could not be delivered to one recipient.

<{recipient}>: {reply}

--{seed}
Content-Type: message/delivery-status

Reporting-MTA: dns; provider.invalid
Arrival-Date: {format_datetime(now)}

Final-Recipient: rfc822; {recipient}
Action: failed
Status: {status}
Diagnostic-Code: smtp; {reply}

--{seed}
Content-Type: text/rfc822-headers

"""
    header = _HEADER_END.split(mail, maxsplit=1)[0]
    tail = f"\n\n--{seed}--\n"
    return _crlf(head) + header + _crlf(tail)


def _crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()
