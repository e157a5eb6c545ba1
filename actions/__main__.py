"""The action server: ``python -m actions``, on 127.0.0.1 and in one process.

``python -m rasa_sdk`` serves from a child process, which outlives a killed parent and keeps the
port, so that no restart would succeed; it also costs 90 MB more.
"""

from __future__ import annotations

import logging

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor

from actions.boundary import office


def main() -> None:
    """Register the actions and serve until told to stop. The office is opened first: broken
    knowledge must stop the start, not the first conversation."""
    settings = office().settings
    logging.basicConfig(
        level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    executor = ActionExecutor()
    executor.register_package("actions")
    app = create_app(executor, cors_origins="")
    # Longer than Rasa keeps its idle connections, so that Rasa is the one to close them.
    app.config.KEEP_ALIVE_TIMEOUT = 75
    app.run(
        host="127.0.0.1",
        port=settings.actions_port,
        single_process=True,
        access_log=False,
        motd=False,
    )


if __name__ == "__main__":
    main()
