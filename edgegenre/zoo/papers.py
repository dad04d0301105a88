"""The five papers, in one place: the name that a person types, the data that the figures are for, the models."""

from dataclasses import dataclass

from edgegenre.errors import NetworkError, did_you_mean
from edgegenre.zoo import calvino_pacheco, liang, mersy_kuan, pandey, wu, wu_backbones
from edgegenre.zoo.entry import ZooEntry


@dataclass(frozen=True, kw_only=True)
class Paper:
    """name: what a person types. words: the authors, as in `ZooEntry.paper`. entries: its models, in its order.

    data: what its figures are for, in words. layout: the name of that data set in `datasets.registry`, None where it is
    not published. trials: splits that its figures are a mean over; None: as many as its recipe has repeats.
    by_piece: whether its split deals out the pieces of tracks.
    """

    name: str
    words: str
    data: str
    layout: str | None
    entries: tuple[ZooEntry, ...]
    trials: int | None = None
    by_piece: bool = False

    def models(self, names: tuple[str, ...]) -> tuple[ZooEntry, ...]:
        """Its models of those names, in its order; where none is named all but those on a frozen backbone, which need a
        file of weights.

        Raises NetworkError with the nearest name when the paper has no such model.
        """
        known = {entry.name: entry for entry in self.entries}
        for name in names:
            if name not in known:
                raise NetworkError(
                    f"{self.words} have no model '{name}'.{did_you_mean(name, known)} There are: {', '.join(known)}."
                )
        return tuple(entry for entry in self.entries if (entry.name in names if names else entry.backbone is None))


PAPERS: dict[str, Paper] = {
    paper.name: paper
    for paper in (
        Paper(
            name="liang",
            words=liang.PAPER,
            data="Extended Ballroom (4,180 tracks, 13 genres)",
            layout="extended-ballroom",
            entries=liang.ENTRIES,
        ),
        Paper(
            name="pandey",
            words=pandey.PAPER,
            data="GTZAN (1,000 tracks, 10 genres)",
            layout="gtzan",
            entries=pandey.ENTRIES,
        ),
        Paper(
            name="calvino-pacheco",
            words=calvino_pacheco.PAPER,
            data="FMA small (8,000 tracks, 8 genres)",
            layout="fma",
            entries=calvino_pacheco.ENTRIES,
        ),
        Paper(
            name="wu",
            words=wu.PAPER,
            data="GTZAN (1,000 tracks, 10 genres)",
            layout="gtzan",
            entries=(*wu.ENTRIES, *wu_backbones.THEIRS),
            by_piece=True,
        ),
        Paper(
            name="mersy-kuan",
            words=mersy_kuan.PAPER,
            data="66 unpublished songs of electronic dance music (6 genres)",
            layout=None,
            entries=mersy_kuan.ENTRIES,
            trials=50,
        ),
    )
}


def paper(name: str) -> Paper:
    """The paper `name`. Raises NetworkError with the nearest name when there is none."""
    if name in PAPERS:
        return PAPERS[name]
    raise NetworkError(f"paper '{name}' is not known.{did_you_mean(name, PAPERS)} There are: {', '.join(PAPERS)}.")
