"""`python -m bot` is `colporteur`."""

from bot.cli import main

main()
