"""What every command starts from."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot import config as configuration
from bot.config import Config
from bot.store import SqlStore, open_store

__all__ = ("Context",)


@dataclass(frozen=True, slots=True)
class Context:
    """The global options, and where to look."""

    config_path: Path | None
    environ: Mapping[str, str]
    directory: Path
    verbose: bool = False

    def config(self) -> Config:
        """Read the configuration.

        Raises:
            ConfigError: it isn't there, or has problems; all are told.
        """
        path = configuration.find_config(self.config_path, self.environ, self.directory)
        return configuration.load(path)

    def store(
        self, config: Config, *, read_only: bool = False, beside: bool = False
    ) -> SqlStore:
        """Open the store; to read, or `beside`, also while an instance runs.

        Raises:
            StoreLockedError: another instance works on it.
            StoreError: it can't be used.
        """
        url, directory = config.store.database, config.store.directory
        if read_only and not url.startswith("postgresql"):
            # Before the first run there is nothing to read: make it, empty.
            read_only = (directory / "colporteur.db").exists()
        return open_store(url, directory, read_only=read_only, beside=beside)
