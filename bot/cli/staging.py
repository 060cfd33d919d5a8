"""`colporteur demo`: the story, on an embedded provider."""

from pathlib import Path
from typing import Annotated

import typer

from bot.errors import BotError

__all__ = ("demo",)


def demo(
    folder: Annotated[
        Path | None, typer.Option(help="where to play; kept to look at afterwards")
    ] = None,
) -> None:
    """Play the main job on an embedded provider, and check every step."""
    try:
        from bot.demo.story import play  # noqa: PLC0415 - the extra may be missing
    except ImportError as error:
        raise BotError(
            f"the demo needs {error.name}; install it: pip install 'colporteur[demo]'"
        ) from error
    play(folder)
