"""bounces.json: one record an address, for people to read, never the judge.

The only module that knows TinyDB. Everything is in memory between two `flush`es, one
a poll. `records` is what happens to a record, `lines` how records become the lines of
the file, `storage` how the file is read and replaced, `log` the log itself.
"""

from typing import Final

from bot.bounce_log.log import BounceFile

__all__: Final = ("BounceFile",)
