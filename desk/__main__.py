"""``python -m desk``: see ``desk.cli``."""

from desk.cli import main

raise SystemExit(main())
