"""Every error class of skypact.

An error says what was wrong, where (``file:line`` or a field) and what to do about it. The command line
prints it in one line and leaves with ``exit_code``; the REST interface answers the same text.
"""

from __future__ import annotations


class SkypactError(Exception):
    """Root of all errors that skypact raises on purpose.

    Parameters
    ----------
    what
        What was attempted, what was needed and what was found, with units.
    where
        ``file:line`` or the name of a field or option; empty where there is none.
    remedy
        What the reader should do next; empty where ``what`` says it already.
    """

    exit_code = 3

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}; {self.remedy}" if self.remedy else text


class InputError(SkypactError):
    """Wrong use or bad input: nothing was written, and asking again the same way will fail again."""

    exit_code = 2


class UsageError(InputError):
    """An option or argument that cannot be used as given."""


class FormatError(InputError):
    """A message or file that is not what its format demands."""


class UnsupportedError(FormatError):
    """A well-known kind of message or encoding that skypact does not read yet."""


class LimitError(InputError):
    """An input larger than the stated limit."""


class NotFoundError(InputError):
    """Something asked for by name that does not exist here."""


class DataModeError(InputError):
    """Input of one data mode offered to a node of another."""


class FrameError(InputError):
    """States of different frames, centers or spans brought together."""


class PropagationError(SkypactError):
    """A trajectory that cannot be evaluated at the time asked for."""


class StoreError(SkypactError):
    """The database refused, is locked for too long, or is not of this version."""


class SourceError(SkypactError):
    """A data provider did not answer as agreed."""


class OfflineError(SourceError):
    """A request was asked for while the node is switched offline or the source was never enabled."""
