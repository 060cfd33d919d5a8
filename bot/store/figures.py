"""What `stats` tells of a list: its members, and what happened in 30 days."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text

from bot.model import Figures
from bot.store.convert import to_micros
from bot.store.database import Database

__all__: Final = ("FigureBook",)

_SPAN: Final = timedelta(days=30)

_FIGURES: Final = text(
    "SELECT count(*) AS members,"
    " count(CASE WHEN state = 'suspended' THEN 1 END) AS suspended,"
    " count(CASE WHEN state = 'paused' THEN 1 END) AS paused,"
    " count(CASE WHEN reception = 'digest' THEN 1 END) AS digest,"
    " count(CASE WHEN reception = 'none' THEN 1 END) AS none,"
    " (SELECT count(DISTINCT ref) FROM requests WHERE state = 'open'"
    "  AND kind = 'moderation' AND list_name = :list_name) AS held,"
    " (SELECT count(*) FROM posts WHERE list_name = :list_name"
    "  AND posted_at > :since) AS posts,"
    # Whatever way they came; an import makes no event of each.
    " count(CASE WHEN joined_at > :since THEN 1 END) AS joined"
    " FROM memberships WHERE list_name = :list_name"
)
_FIGURES_OF_SENDS: Final = text(
    "SELECT coalesce(sum(accepted), 0) AS accepted,"
    " coalesce(sum(refused), 0) AS refused FROM sends"
    " WHERE list_name = :list_name AND kind = 'post' AND created_at > :since"
)
_FIGURES_OF_EVENTS: Final = text(
    "SELECT count(CASE WHEN what IN ('left', 'removed', 'forgot') THEN 1 END)"
    ' AS "left" FROM roster_events WHERE list_name = :list_name AND at > :since'
)
_FIGURES_OF_BOUNCES: Final = text(
    "SELECT count(DISTINCT m.person_id) AS bouncing FROM memberships m"
    " JOIN bounce_events e ON e.person_id = m.person_id"
    " LEFT JOIN bounce_states b ON b.person_id = m.person_id"
    " WHERE m.list_name = :list_name AND e.tells <> ''"
    " AND e.sent_at > coalesce(b.reset_at, 0)"
)
_ALL: Final = (_FIGURES, _FIGURES_OF_SENDS, _FIGURES_OF_EVENTS, _FIGURES_OF_BOUNCES)


class FigureBook(Database):
    """The part of the store that counts."""

    def figures(self, list_name: str, now: datetime) -> Figures:
        """Count what `stats` tells of a list."""
        since = to_micros(now - _SPAN)
        found: dict[str, int] = {}
        with self.transaction():
            for statement in _ALL:
                for row in self._dicts(statement, list_name=list_name, since=since):
                    found |= {key: int(value) for key, value in row.items()}
        return Figures(**found)
