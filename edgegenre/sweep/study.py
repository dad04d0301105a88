"""The study that machines share: where it is kept, what it is a study of, and what becomes of trials that were cut off.

A trial whose process ended is run again, three times at most. A process on this machine is seen to be gone at once; of
another machine a database tells by its heartbeat, a journal cannot.
"""

import contextlib
import copy
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from edgegenre.errors import SweepError, first_line, missing
from edgegenre.files import is_gone
from edgegenre.sweep.paper_space import PaperChoice
from edgegenre.sweep.space import Choice

NAME = "edgegenre sweep"
SWEEP, PROCESS, TAKES_UP = "sweep", "process", "takes_up"
"""User attributes: of the study, what it is a study of; of a trial, who runs it, and which cut off one it takes up."""

JOURNALS = (".journal", ".log")
MOST_RETRIES = 3
_TRIES, _TRY_SECONDS = 6, 0.25
_HEARTBEAT_SECONDS, _GRACE_SECONDS, _LOCKED_SECONDS = 30, 120, 100


def import_optuna() -> None:
    """Import optuna before anything is done that needs it, and let it print nothing.

    Raises MissingDependencyError when it is not installed.
    """
    try:
        import optuna
    except ImportError as error:
        raise missing("optuna", "sweep", "A sweep") from error
    optuna.logging.set_verbosity(optuna.logging.CRITICAL)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)


def open_study(storage: str, sweep: Mapping[str, Any], first: Sequence[Choice | PaperChoice]) -> Any:
    """The Optuna study in `storage`, made when there is none; its two objectives are accuracy and multiplies.

    storage: path of a SQLite file, path of a journal (ending in one of JOURNALS), or a SQLAlchemy URL. sweep: what it
    is a study of, as JSON values. first: what a new study tries first.
    Raises SweepError when the storage cannot be opened, or its study is another one.
    """
    try:
        study, new = _study(storage)
        held = study.user_attrs.get(SWEEP)
        if held is None:
            study.set_user_attr(SWEEP, dict(sweep))
            held = study.user_attrs[SWEEP]
    except Exception as error:  # whatever a database, its driver or a damaged file says
        raise SweepError(
            f"{printable_storage(storage)}: cannot be opened as a study ({first_line(error)}). "
            "Name a SQLite file, a .journal file or a database URL with --storage."
        ) from error
    differing = [name for name in sweep if not isinstance(held, dict) or held.get(name) != sweep[name]]
    if differing:
        raise SweepError(
            f"{printable_storage(storage)}: holds a sweep that differs in {', '.join(differing)}. "
            "Pass the options it was started with, or name another --storage."
        )
    if new:
        for choice in first:
            study.enqueue_trial(choice.parameters)
    return study


def run_again(study: Any, trial: Any) -> None:
    """Put what a trial that was cut off had chosen in the queue, unless it was cut off too often."""
    from optuna.storages import RetryHeartbeatStaleTrialCallback

    chosen = copy.copy(trial)
    chosen.user_attrs = {TAKES_UP: trial.number}
    RetryHeartbeatStaleTrialCallback(max_retry=MOST_RETRIES)(study, chosen)


@contextlib.contextmanager
def storage_errors(storage: str) -> Iterator[None]:
    """Turn what a database that went away says into a SweepError; what was found stays in it."""
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (StorageInternalError, SQLAlchemyError) as error:
        raise SweepError(
            f"{printable_storage(storage)}: went away ({first_line(error)}). "
            "Call the same command again when it is there: what was found stays in it."
        ) from error


def take_up_cut_off(study: Any) -> None:
    """Fail the trials of processes of this machine that are no more, and put what they had chosen in the queue."""
    from optuna.exceptions import UpdateFinishedTrialError
    from optuna.trial import TrialState

    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if is_gone(str(trial.user_attrs.get(PROCESS, ""))):
            try:
                study.tell(trial.number, state=TrialState.FAIL)
            except (UpdateFinishedTrialError, ValueError):  # another process was faster
                continue
            run_again(study, trial)


def printable_storage(storage: str) -> str:
    """`storage` without the password that a URL may hold."""
    if "://" not in storage:
        return storage
    scheme, _, rest = storage.partition("://")
    who, at, where = rest.rpartition("@")
    return f"{scheme}://{who.partition(':')[0]}:***@{where}" if at and ":" in who else storage


def _study(storage: str) -> tuple[Any, bool]:
    """The study, and whether it was made just now. Of those who make a database's tables at once, all but one fail."""
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    for _ in range(_TRIES - 1):
        try:
            return _study_now(storage)
        except (SQLAlchemyError, StorageInternalError):
            time.sleep(_TRY_SECONDS)
    return _study_now(storage)


def _study_now(storage: str) -> tuple[Any, bool]:
    import optuna

    kept, sampler = _storage(storage), optuna.samplers.TPESampler(constant_liar=True)
    try:
        return optuna.create_study(
            study_name=NAME, storage=kept, sampler=sampler, directions=["maximize", "minimize"]
        ), True
    except optuna.exceptions.DuplicatedStudyError:
        return optuna.load_study(study_name=NAME, storage=kept, sampler=sampler), False


def _storage(storage: str) -> Any:
    from optuna.storages import JournalStorage, RDBStorage
    from optuna.storages.journal import JournalFileBackend

    if Path(storage).suffix in JOURNALS and "://" not in storage:
        return JournalStorage(JournalFileBackend(storage))
    url = storage if "://" in storage else f"sqlite:///{storage}"
    return RDBStorage(
        url,
        # Two processes that write to one file wait for each other.
        engine_kwargs={"connect_args": {"timeout": _LOCKED_SECONDS}} if url.startswith("sqlite") else None,
        heartbeat_interval=_HEARTBEAT_SECONDS,
        grace_period=_GRACE_SECONDS,
        heartbeat_stale_trial_callback=run_again,
    )
