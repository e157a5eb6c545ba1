"""What the desk says, before any door turns it into its own format."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Button:
    """A choice: what it says, and which verb with which arguments it stands for."""

    title: str
    action: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """One message of the bot. ``citations``, ``decision``, ``appointment`` and ``verdict`` have the
    shapes of the public API's message; ``inquiry`` is a receipt number."""

    text: str
    buttons: tuple[Button, ...] = ()
    citations: tuple[dict[str, Any], ...] = ()
    decision: dict[str, Any] | None = None
    inquiry: str | None = None
    appointment: dict[str, Any] | None = None
    verdict: dict[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """The reply as JSON between our processes and in the message log, without empty parts.
        Buttons keep their meaning here; the public API replaces it with an opaque id."""
        parts = {
            "text": self.text,
            "buttons": [asdict(button) for button in self.buttons],
            "citations": list(self.citations),
            "decision": self.decision,
            "inquiry": self.inquiry,
            "appointment": self.appointment,
            "verdict": self.verdict,
        }
        return {name: value for name, value in parts.items() if value}
