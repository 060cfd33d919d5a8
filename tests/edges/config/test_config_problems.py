"""What is refused, and in which words."""

from pathlib import Path
from typing import Any

import pytest

from bot import config
from bot.errors import ConfigError
from tests.configuring import (
    DISCUSSION,
    IMAP,
    MAILBOX,
    OWNER,
    SECRET,
    SMTP,
    problems_of,
    text_of,
    written,
)


def case(name: str, told: str, **parts: str) -> Any:  # noqa: ANN401 - pytest's own type
    """Make a row: the complaint, and what is wrong."""
    return pytest.param(parts, told, id=name)


BAD = [
    case(
        "text-for-a-number",
        '[imap] port: "993" is text, expected a number from 1 to 65535;'
        " remove the quotes",
        imap=IMAP + '\nport = "993"',
    ),
    case("port-zero", "[smtp] port: 0 is out of range", smtp=SMTP + "\nport = 0"),
    case(
        "switch", "[imap] idle: 1 is a number, expected true", imap=IMAP + "\nidle = 1"
    ),
    case("nan", "[limits] reserve: nan is", limits="reserve = nan"),
    case("half", "write it without a decimal point", limits="messages_per_day = 2.5"),
    case("quiet", '"22-7" is no span of hours', limits='quiet_hours = "22-7"'),
    case("quiet-25", '"25:00-07:00" is no', limits='quiet_hours = "25:00-07:00"'),
    case("no-span", "ends when it begins", limits='quiet_hours = "07:00-7:00"'),
    case("sheet", '"monday" is no day and', more='[bounces]\nsheet_every = "monday"'),
    case(
        "probe",
        '"x" is text, expected a nu',
        more='[bounces]\nprobe_after_days = ["x"]',
    ),
    case("brake", "[bounces] brake: 10 is out", more="[bounces]\nbrake = 10"),
    case(
        "timezone",
        'did you mean "Europe/P',
        mailbox=MAILBOX + '\ntimezone = "Europe/Pari"',
    ),
    case("address", '"x@" is not a mail address', mailbox='address = "x@"'),
    case("no-address", "[mailbox] address: missing, expected an address", mailbox=""),
    case("typo", "[mailbox] adress: unknown key; did", mailbox='adress = "x"'),
    case("elsewhere", "it belongs in [mailbox]", imap=IMAP + '\nusername = "x"'),
    case("no-list", "put it in square", mailbox=MAILBOX + '\nadmins = "a@example.org"'),
    case("section", "[limit]: unknown section; did you mean [limits]?", more="[limit]"),
    case(
        "provider",
        'did you mean "laposte"?',
        mailbox=MAILBOX + '\nprovider = "la poste"',
    ),
    case("host", "[imap] host: missing, expected the IMAP server", imap=""),
    case(
        "provider-by-domain",
        '[smtp] host: missing, expected the SMTP server, as in "mail.example.org",'
        ' or provider = "laposte" in [mailbox]',
        mailbox='address = "comite@laposte.net"',
        smtp="",
    ),
    case(
        "numbered-host",
        'provider "ovh-emailpro" does not fill it in (pro?.mail.ovh.net)',
        mailbox=MAILBOX + '\nprovider = "ovh-emailpro"',
        imap="",
    ),
    case(
        "clear", '[imap] security: "none" would show', imap=IMAP + '\nsecurity = "none"'
    ),
    case(
        "two-sources",
        "[mailbox] password_file, password_env: expected one of them",
        mailbox=MAILBOX + '\npassword_file = "x"\npassword_env = "X"',
    ),
    case(
        "separator-in-address",
        '[mailbox] subaddressing: "-" stands in the address',
        mailbox='address = "le-comite@example.org"\nsubaddressing = "-"',
    ),
    case(
        "url", "write postgresql+psycopg://", more='[store]\ndatabase = "postgres://x"'
    ),
    case("no-lists", "[lists.NAME]: missing", lists=""),
    case(
        "list-name",
        '"Été" is no name for',
        lists=f'[lists."Été"]\nkind = "discussion"\n{OWNER}',
    ),
    case(
        "suffix",
        'ends with "join"',
        lists=f'[lists.a-join]\nkind = "discussion"\n{OWNER}',
    ),
    case("token", "looks like the token", lists=f"[lists.{'a' * 26}]\n{OWNER}"),
    case("kind", "[lists.a] kind: missing, expected", lists=f"[lists.a]\n{OWNER}"),
    case(
        "french-kind",
        'did you mean "announcement"?',
        lists='[lists.a]\nkind = "diffusion"',
    ),
    case(
        "nobody-posts",
        "[lists.a] senders: missing",
        lists='[lists.a]\nkind = "announcement"',
    ),
    case(
        "nobody-decides",
        "[lists.a] owners: missing",
        lists='[lists.a]\nkind = "discussion"',
    ),
    case(
        "word",
        '[lists.discuter] moderation: "al" is',
        lists=DISCUSSION + 'moderation = "al"',
    ),
    case("line-break", "has a line break", lists=DISCUSSION + 'title = "a\\nBcc: x"'),
    case(
        "include", '"informer" is no list', lists=DISCUSSION + 'include = ["informer"]'
    ),
    case(
        "itself",
        "circle: discuter → discuter",
        lists=DISCUSSION + 'include = ["discuter"]',
    ),
    case(
        "circle",
        "[lists.a] include: goes round in a circle: a → discuter → a",
        lists=DISCUSSION
        + 'include = ["a"]\n'
        + f'[lists.a]\nkind = "discussion"\n{OWNER}\ninclude = ["discuter"]',
    ),
    case(
        "own-address",
        "is already the address of the mailbox",
        lists=DISCUSSION + 'address = "Comite@example.org"',
    ),
    case(
        "alias-twice",
        '[lists.b] address: "x@example.org" is already the address of [lists.a]',
        lists="".join(
            f'[lists.{name}]\nkind = "discussion"\n{OWNER}\naddress = "x@example.org"\n'
            for name in "ab"
        ),
    ),
    case(
        "default-list",
        '[defaults] default_list: "x" is',
        more='[defaults]\ndefault_list = "x"',
    ),
    case(
        "two-default-lists",
        "[mailbox] default_list: [defaults] says otherwise",
        mailbox=MAILBOX + '\ndefault_list = "discuter"',
        more='[defaults]\ndefault_list = ""',
    ),
]


@pytest.mark.parametrize(("parts", "told"), BAD)
def test_complaint_says_what_would_be_right(
    tmp_path: Path, parts: dict[str, str], told: str
) -> None:
    """File, section, key, value, remedy: the admin needs no manual."""
    problems = problems_of(written(tmp_path, text_of(**parts)))

    assert [line for line in problems if told in line], problems
    assert all(line.startswith("config.toml ") for line in problems)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    """Who mends one fault a run gives up at the third."""
    text = text_of(
        MAILBOX + "\nname = 1",
        IMAP + '\nport = "993"',
        "",
        DISCUSSION + 'moderation = "x"\ninclude = ["y"]',
        limits="reserve = 2",
        more="[stor]\n[defaults]\nhold_days = 0",
    )

    problems = problems_of(written(tmp_path, text))

    keys = ("[stor]", "name", "port", "host", "reserve", "hold_days")
    for key in (*keys, "moderation", "include"):
        assert sum(f"{key}:" in line for line in problems) == 1, (key, problems)
    assert len(problems) == 8


@pytest.mark.parametrize(
    "mailbox",
    [
        pytest.param(f'pasword = "{SECRET}"', id="typo"),
        pytest.param(f'password = ["{SECRET}"]', id="type"),
        pytest.param(f'password = "{SECRET}', id="syntax"),
        pytest.param(f'password = "a"\npassword = "{SECRET}"', id="twice"),
        pytest.param(f'password = "{SECRET}"\npassword_env = "X"', id="two"),
        pytest.param(f'password_command = "a\\n{SECRET}"', id="command"),
    ],
)
def test_complaint_never_shows_a_password(tmp_path: Path, mailbox: str) -> None:
    """Complaints end up in journals and in questions to forums."""
    more = f'[store]\ndatabase = "mysql://u:{SECRET}@h/d"'

    with pytest.raises(ConfigError) as caught:
        config.load(written(tmp_path, text_of(f"{MAILBOX}\n{mailbox}", more=more)))

    assert SECRET not in repr(caught.value) + str(caught.value)
    assert SECRET not in repr(caught.value.__cause__)
