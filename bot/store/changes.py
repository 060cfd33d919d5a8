"""What owners changed: settings of lists, and who has a role on them."""

from datetime import datetime
from typing import Final

from sqlalchemy import text

from bot.address import Address
from bot.model import RoleChange, SettingChange
from bot.store.convert import to_address, to_micros, to_time
from bot.store.housekeeping import Housekeeping

__all__: Final = ("ChangeBook",)

_SET: Final = text(
    "INSERT INTO list_settings (list_name, key, value, changed_by, changed_at)"
    " VALUES (:list_name, :key, :value, :by, :now)"
    " ON CONFLICT (list_name, key) DO UPDATE SET value = excluded.value,"
    " changed_by = excluded.changed_by, changed_at = excluded.changed_at"
)
_SETTINGS: Final = text(
    "SELECT list_name, key, value, changed_by, changed_at FROM list_settings"
    " ORDER BY list_name, key"
)
_ROLE: Final = text(
    "INSERT INTO roles"
    " (list_name, role, key, address, granted, changed_by, changed_at)"
    " VALUES (:list_name, :role, :key, :address, :granted, :by, :now)"
    " ON CONFLICT (list_name, role, key) DO UPDATE SET granted = excluded.granted,"
    " changed_by = excluded.changed_by, changed_at = excluded.changed_at"
)
_ROLES: Final = text(
    "SELECT list_name, role, address, granted, changed_by, changed_at FROM roles"
    " ORDER BY list_name, role, key"
)


class ChangeBook(Housekeeping):
    """The part of the store that keeps what owners changed."""

    def set_list_setting(
        self, list_name: str, key: str, value: str, by: str, now: datetime
    ) -> None:
        """Keep an owner's change of a list's setting."""
        values = {"list_name": list_name, "key": key, "value": value, "by": by}
        with self.transaction():
            self._change(_SET, **values, now=to_micros(now))
            self.count_change()

    def list_settings(self) -> tuple[SettingChange, ...]:
        """Give the owners' changes of settings."""
        return tuple(
            SettingChange(
                row.list_name,
                row.key,
                row.value,
                row.changed_by,
                to_time(row.changed_at),
            )
            for row in self._rows(_SETTINGS)
        )

    def set_role(
        self,
        list_name: str,
        role: str,
        address: Address,
        *,
        granted: bool,
        by: str,
        now: datetime,
    ) -> None:
        """Keep that somebody was given a role, or that it was taken away."""
        with self.transaction():
            self._change(
                _ROLE,
                list_name=list_name,
                role=role,
                key=address.key,
                address=str(address),
                granted=granted,
                by=by,
                now=to_micros(now),
            )
            self.count_change()

    def roles(self) -> tuple[RoleChange, ...]:
        """Give the changes of roles."""
        return tuple(
            RoleChange(
                row.list_name,
                row.role,
                to_address(row.address),
                bool(row.granted),
                row.changed_by,
                to_time(row.changed_at),
            )
            for row in self._rows(_ROLES)
        )
