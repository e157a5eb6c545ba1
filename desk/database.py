"""The database: engine, migrations, and the transactions that doors own and may re-run."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from desk.errors import DatabaseBusy

T = TypeVar("T")
log = logging.getLogger(__name__)

_TRIES = 6
# PostgreSQL: serialization failure, deadlock; both mean "run it again".
_RETRY_STATES = {"40001", "40P01"}


class Database:
    """Runs functions in transactions.

    ``write`` begins immediate on SQLite, so that a writer never finds out too late that somebody
    else wrote, and re-runs the function when a uniqueness or serialization conflict hits: on the
    second run the function sees the other's row and says the right thing. The function must
    therefore not speak or send; it returns what is to be said.
    """

    def __init__(self, url: str, channels: tuple[str, ...] = ()) -> None:
        self.url = url
        # Every session knows which channels for messages out are on (``services.outbox``).
        self._info = {"channels": channels}
        self.sqlite = url.startswith("sqlite")
        self.engine = _sqlite_engine(url) if self.sqlite else _other_engine(url)

    def read(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` and throw away whatever it changed."""
        with self._session() as session:
            return work(session)

    def write(self, work: Callable[[Session], T], *, durable: bool = True) -> T:
        """Run ``work`` and commit. Raises ``DatabaseBusy`` when every try lost its race.

        Without ``durable`` a commit survives a killed process but, on SQLite, perhaps not a power
        cut: right for the message log, never for a booking or a receipt.
        """
        lost: Exception | None = None
        for attempt in range(_TRIES):
            try:
                with self._session() as session:
                    session.connection(execution_options={"desk_write": durable})
                    result = work(session)
                    session.commit()
                    return result
            except (IntegrityError, OperationalError) as error:
                if isinstance(error, OperationalError) and not _worth_a_retry(error):
                    raise
                lost = error
                log.info("transaction re-run, attempt %d: %s", attempt + 1, type(error).__name__)
                time.sleep(random.uniform(0.005, 0.02) * 2**attempt)
        raise DatabaseBusy() from lost

    def _session(self) -> Session:
        return Session(self.engine, expire_on_commit=False, info=dict(self._info))

    def migrate(self) -> None:
        """Create the tables or bring them up to date."""
        if self.sqlite and self.engine.url.database:
            Path(self.engine.url.database).parent.mkdir(parents=True, exist_ok=True)
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        with self.engine.connect() as connection:
            if self.sqlite:
                # SQLite changes a table by replacing it, which no reference may notice; the
                # switch does nothing inside of a transaction, so it comes before one.
                _references(connection, "OFF")
            try:
                with connection.begin():
                    config.attributes["connection"] = connection
                    command.upgrade(config, "head")
                    if (
                        self.sqlite
                        and connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                    ):
                        raise RuntimeError("a migration left a dangling reference")
            finally:
                if self.sqlite:
                    _references(connection, "ON")

    def answers(self) -> bool:
        """Whether the database can be reached, for the readiness probe."""
        try:
            with self.engine.connect() as connection:
                connection.execute(text("SELECT 1 FROM alembic_version"))
            return True
        except Exception:  # a probe reports, it does not raise
            log.exception("database does not answer")
            return False


def lock_name(session: Session, name: str) -> None:
    """Hold a lock of this name until the transaction ends; on SQLite a writer is alone anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def _sqlite_engine(url: str) -> Engine:
    connect = {"timeout": 10, "check_same_thread": False}
    # Parameters stay out of error messages, and so visitors' words and telephones out of logs.
    engine = create_engine(url, connect_args=connect, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # The driver's own implicit BEGIN would begin deferred; we say ours below.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        durable = connection.get_execution_options().get("desk_write")
        if durable is None:
            connection.exec_driver_sql("BEGIN")
            return
        # FULL keeps a commit through a power cut, which NORMAL in WAL mode does not.
        connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _references(connection: Connection, state: str) -> None:
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA foreign_keys={state}")


def _other_engine(url: str) -> Engine:
    return create_engine(url, pool_pre_ping=True, hide_parameters=True)


def _worth_a_retry(error: OperationalError) -> bool:
    if getattr(error.orig, "sqlstate", None) in _RETRY_STATES:
        return True
    return "locked" in str(error.orig)
