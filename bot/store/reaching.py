"""Whom a post reaches: one condition for counting and for sending."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Text, TextClause, bindparam, text

from bot.model import Reach

__all__: Final = ("reaching",)

_CARRIES: Final = (
    " AND EXISTS (SELECT 1 FROM person_groups g"
    " WHERE g.person_id = m.person_id AND g.key IN :{})"
)


def reaching(
    before: str, reach: Sequence[Reach], after: str = ""
) -> tuple[TextClause, dict[str, object]]:
    """Put a statement together; give it with the values that it needs.

    Args:
        before: up to a place where a condition about `memberships m` may stand.
        reach: the lists, and which of their members.
        after: the rest.
    """
    values: dict[str, object] = {}
    conditions = []
    for number, one in enumerate(reach):
        values[f"list{number}"] = one.list_name
        condition = f"m.list_name = :list{number}"
        for at, keys in enumerate(one.among):
            name = f"groups{number}_{at}"
            values[name] = sorted(keys)
            condition += _CARRIES.format(name)
        conditions.append(f"({condition})")
    statement = text(f"{before} ({' OR '.join(conditions) or 'FALSE'}){after}")
    several = [name for name in values if name.startswith("groups")]
    return (
        statement.bindparams(
            *(bindparam(name, expanding=True, type_=Text) for name in several)
        ),
        values,
    )
