"""torch, imported late and as a whole."""

from edgegenre.errors import missing
from edgegenre.interrupts import interrupts_held


def import_torch(purpose: str) -> None:
    """Import torch before anything is done that needs it.

    purpose: what needs it, for the message. Raises MissingDependencyError when it is not installed.
    """
    try:
        with interrupts_held():
            import torch  # noqa: F401
    except ImportError as error:
        raise missing("torch", "train", purpose) from error
