"""Every error a user can cause, one type a room. The command line prints the message and exits with status 2.

A message is one sentence or two: what is wrong, in which file or option, and what to do about it.
"""

from collections.abc import Iterable


class EdgegenreError(Exception):
    """The common base: catch this to catch everything edgegenre reports on purpose."""


class AudioError(EdgegenreError):
    """A sound file, stream or microphone that cannot be used."""


class DatasetError(EdgegenreError):
    """A data set folder, index or split that cannot be used."""


class FeatureError(EdgegenreError):
    """A front end specification or feature array that cannot be used."""


class BackboneError(EdgegenreError):
    """Weights of a frozen backbone that are missing, or a file of them that cannot be used."""


class NetworkError(EdgegenreError):
    """A network description that is not well formed, or a model name that is not known."""


class TrainingError(EdgegenreError):
    """A training run or checkpoint that cannot be started, resumed or read."""


class DivergedError(TrainingError):
    """A training whose loss is no number any more."""


class SweepError(EdgegenreError):
    """A sweep whose storage cannot be used, or holds another sweep."""


class ClusterError(EdgegenreError):
    """A scheduler or its workers that cannot be used."""


class QuantizationError(EdgegenreError):
    """A network that cannot be expressed in integers, or a recipe that cannot be read."""


class ExportError(EdgegenreError):
    """An export that cannot be written."""


class BundleError(EdgegenreError):
    """A bundle that is missing, truncated, tampered with or of an unknown schema."""


class RuntimeEngineError(EdgegenreError):
    """An inference engine that is not installed or cannot load a model."""


class BenchError(EdgegenreError):
    """A benchmark suite or result record that cannot be used."""


class MissingDependencyError(EdgegenreError):
    """An optional part is not installed; the message says which command installs it."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """ " Did you mean 'ds-cnn1'?", to put into a message about an unknown name; empty when nothing is near."""
    # Imported here: the command line imports this module each time, the spelling of a name is seldom wrong.
    import difflib

    near = difflib.get_close_matches(name.lower().replace("_", "-"), known, n=1, cutoff=0.4)
    return f" Did you mean '{near[0]}'?" if near else ""


def first_line(error: Exception) -> str:
    """The first line of somebody else's message, without its full stop; the error's type where it says nothing."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def missing(package: str, extra: str, purpose: str) -> MissingDependencyError:
    """The one sentence for an optional Python package that is not installed."""
    return MissingDependencyError(
        f"{purpose} needs the package '{package}', which is not installed. Install it: pip install 'edgegenre[{extra}]'"
    )
