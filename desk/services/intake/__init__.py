"""Reads a visitor's answers to the questions of a booking, in the context of what was asked.

The same words can be a value, a policy question or a wish to leave; only here, where the asked
field is known, can that be told apart. ``hear`` returns None when the message is no answer, so
that the door lets the dialogue handle it and asks again afterwards. ``begin`` reads the sentence
that began a booking, which may already give all of it.
"""

from desk.services.intake.answers import begin, hear
from desk.services.intake.asking import CERTAIN, FIELDS, MOST_SHOWN, Asked, Heard

__all__ = ["CERTAIN", "FIELDS", "MOST_SHOWN", "Asked", "Heard", "begin", "hear"]
