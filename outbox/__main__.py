"""The sender: ``python -m outbox``. One thread per channel, so that no side waits for another.

Killed at any moment it loses nothing: what it had claimed is sent by its successor.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from functools import partial

from desk.clock import utc_now
from desk.office import Keeper, Office, open_office
from desk.services import outbox, outbox_texts, reminders
from desk.settings import read_settings
from outbox.channels import send

log = logging.getLogger(__name__)

_LOOK_SECONDS = 2.0
_REMIND_SECONDS = 60.0


def main() -> None:
    """Send until told to stop; what is being sent is finished first."""
    settings = read_settings()
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(message)s")
    # It writes addresses, which hold keys and, of a GET gateway, telephones and texts.
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)
    keeper = Keeper(open_office(settings))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    work: list[tuple[Callable[[Office], bool], float]] = [
        (partial(deliver, channel=channel), _LOOK_SECONDS) for channel in settings.outbox.channels
    ]
    work.append((remind, _REMIND_SECONDS))
    threads = [
        threading.Thread(target=_repeat, args=(stop, keeper, do, pause)) for do, pause in work
    ]
    for thread in threads:
        thread.start()
    log.info("messages out over: %s", ", ".join(settings.outbox.channels) or "nothing")
    for thread in threads:
        thread.join()


def deliver(office: Office, channel: str) -> bool:
    """Send one message of a channel; False if there was none."""
    database = office.database
    if not database.read(lambda session: outbox.due(session, channel, utc_now())):
        return False
    claimed = database.write(lambda session: outbox.claim(session, channel, utc_now()))
    if claimed is None:
        return False
    ready = database.read(
        lambda session: outbox_texts.compose(session, office.words, office.settings, claimed)
    )
    if ready is None:
        database.write(lambda session: outbox.drop(session, claimed))
        return True
    try:
        reason = send(office.settings.outbox, channel, ready)
    except Exception as error:
        # Its text may quote the message.
        log.error("message %d could not be sent: %s", claimed.id, type(error).__name__)
        reason = "fault"
    database.write(lambda session: outbox.settle(session, claimed, reason, utc_now()))
    log.info("message %d over %s: %s", claimed.id, channel, reason or "sent")
    return True


def remind(office: Office) -> bool:
    """Store the reminders of tomorrow."""
    office.database.write(lambda session: reminders.remind(session, utc_now()))
    return False


def _repeat(
    stop: threading.Event, keeper: Keeper, do: Callable[[Office], bool], pause: float
) -> None:
    """Do something again and again, at once while there is more of it, whatever happens."""
    while not stop.is_set():
        try:
            more = do(keeper.current())
        except Exception:
            log.exception("messages out: trouble, will try again")
            more = False
        if not more:
            stop.wait(pause)


if __name__ == "__main__":
    main()
