"""`edgegenre reproduce wu --features FILE`: the perceptron on features that are published with GTZAN.

The files are written here in the published layout; no download. What is asked of them: the columns by their names, the
splits that nothing crosses, the paper's own split called leaking, and figures that are those of the runs.
"""

import csv
import json
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from edgegenre.datasets.gtzan import GENRES
from edgegenre.datasets.gtzan_features import COLUMNS, FEATURES, PublishedFeatures, read_published_features
from edgegenre.datasets.gtzan_lists import artists
from edgegenre.datasets.split import stratified_split
from edgegenre.errors import DatasetError
from edgegenre.network.costs import costs
from edgegenre.training.published import PublishedTraining
from edgegenre.zoo.registry import MODELS
from edgegenre.zoo.wu import perceptron
from tests.commands import edgegenre, refusal
from tests.support import real_data

TRACKS, PIECES = 12, 4
GENRES_HERE = ("country", "disco", "hiphop")


def write(path: Path, *, pieces: int = PIECES, columns: tuple[str, ...] = COLUMNS) -> Path:
    """Rows of three genres, told apart by some of their features, a track by others: pieces of a track are alike."""
    dice = np.random.default_rng(0)
    with path.open("w", newline="") as stream:
        rows = csv.DictWriter(stream, fieldnames=columns, extrasaction="ignore")
        rows.writeheader()
        for genre in GENRES_HERE:
            for track in range(TRACKS):
                own = dice.standard_normal(len(FEATURES))
                own[:4] += 2 * GENRES_HERE.index(genre)
                for piece in range(pieces):
                    values = own * 1000 + 50 * dice.standard_normal(len(FEATURES))
                    name = f"{genre}.{track:05}.{piece}.wav" if pieces > 1 else f"{genre}.{track:05}.wav"
                    rows.writerow(
                        {"filename": name, "length": 66149, "label": genre, **dict(zip(FEATURES, values, strict=True))}
                    )
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`features_3_sec.csv`, and `out/`: two repeats on it."""
    place = tmp_path_factory.mktemp("published")
    write(place / "features_3_sec.csv")
    assert edgegenre(*COMMAND, folder=place).status == 0
    return place


COMMAND = ("reproduce", "wu", "--features", "features_3_sec.csv", "--repeats", "2", "--device", "cpu", "--out", "out")


def test_the_network_over_57_features_has_the_counts_of_its_layers() -> None:
    """57 × 448, 448 × 672, 672 × 32, 32 × 10, and a bias a unit."""
    multiplies = 57 * 448 + 448 * 672 + 672 * 32 + 32 * 10
    found = costs(perceptron(10, features=57), frames_per_second=1)
    assert (found.parameters, found.multiplies) == (multiplies + 448 + 672 + 32 + 10, multiplies) == (349_578, 348_416)


def test_the_columns_are_found_by_their_names(tmp_path: Path) -> None:
    straight = read_published_features(write(tmp_path / "a.csv"))
    turned = read_published_features(write(tmp_path / "b.csv", columns=tuple(reversed(COLUMNS))))
    assert len(FEATURES) == 57
    assert straight.values.keys() == turned.values.keys()
    assert all(np.array_equal(straight.values[name], turned.values[name]) for name in straight.values)
    assert straight.dataset.labels == GENRES_HERE


def test_rows_of_a_track_stay_together_and_so_do_those_of_an_artist(place: Path) -> None:
    published = read_published_features(place / "features_3_sec.csv")
    assert published.dataset.tracks[0].identifier == "country.00000.0"
    assert published.dataset.tracks[0].group == artists().get("country.00000")
    for by in ("track", "artist"):
        split = stratified_split(published.dataset, 0, (0.64, 0.16, 0.2), by=by)
        parts = [{track.recording for track in part} for part in (split.train, split.validation, split.test)]
        assert sum(map(len, parts)) == len(set.union(*parts)) == 3 * TRACKS
    train, test = ({track.group for track in part} - {None} for part in (split.train, split.test))
    assert not train & test
    split = stratified_split(published.dataset, 0, (0.64, 0.16, 0.2), by="piece")
    assert {track.recording for track in split.train} & {track.recording for track in split.test}


def test_the_table_tells_all_three_splits_and_calls_the_paper_s_own_leaking(place: Path) -> None:
    found = json.loads((place / "out" / "results.json").read_text())
    assert found["splits"] == ["track", "artist", "piece"]
    assert len(found["trials"]) == 6
    text = (place / "out" / "table.md").read_text().replace("\\", "")
    assert "| by piece, leaking | 88.90 |" in text
    assert "say nothing about new music" in text
    assert "349,578 parameters" in text
    rows = [100 * trial["scores"]["rows"] for trial in found["trials"] if trial["by"] == "track"]
    assert f"| by track | 88.90 | {fmean(rows):.1f} ±" in text
    assert all("tracks" not in trial["scores"] for trial in found["trials"] if trial["by"] == "piece")


def test_the_figures_are_those_of_the_runs_and_nothing_is_trained_twice(place: Path) -> None:
    found = json.loads((place / "out" / "results.json").read_text())
    for trial in found["trials"]:
        (path,) = (place / "out" / "runs").glob(f"*/{trial['by']}-seed-{trial['seed']}/metrics.json")
        test = json.loads(path.read_text())["test"]
        assert trial["scores"]["rows"] == (test["accuracy"] if trial["by"] == "piece" else test["windows"]["accuracy"])
    before = {path: path.stat().st_mtime_ns for path in (place / "out").rglob("metrics.json")}
    again = edgegenre(*COMMAND, folder=place)
    assert again.status == 0
    assert {path: path.stat().st_mtime_ns for path in (place / "out").rglob("metrics.json")} == before
    assert json.loads((place / "out" / "results.json").read_text())["trials"] == found["trials"]


def test_the_baseline_is_a_machine_on_the_same_rows(place: Path) -> None:
    published = read_published_features(place / "features_3_sec.csv")
    split = _training(published).split(0)

    def table(part: tuple) -> tuple[np.ndarray, list[str]]:
        return np.stack([published.values[track.identifier] for track in part]), [track.label for track in part]

    scaler = StandardScaler().fit(table(split.train)[0])
    machine = SVC().fit(scaler.transform(table(split.train)[0]), table(split.train)[1])
    accuracy = float(np.mean(machine.predict(scaler.transform(table(split.test)[0])) == table(split.test)[1]))
    found = json.loads((place / "out" / "results.json").read_text())
    assert next(t for t in found["trials"] if (t["by"], t["seed"]) == ("track", 0))["scores"]["baseline"] == accuracy


def _training(published: PublishedFeatures) -> PublishedTraining:
    return PublishedTraining(
        network=perceptron(3, features=57), protocol=MODELS["mlp"].recipe("paper"), published=published, by="track"
    )


def test_a_file_of_whole_tracks_has_no_pieces(tmp_path: Path) -> None:
    write(tmp_path / "features_30_sec.csv", pieces=1)
    command = ("reproduce", "wu", "--features", "features_30_sec.csv", "--split", "piece")
    assert "has one row a track, so a split by piece is one by track" in refusal(*command, folder=tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("tempo", "temp", "has no column 'tempo' (1 of 60 are absent, or twice there)"),
        ("mfcc20_var", "mfcc20_mean", "has no column 'mfcc20_mean' (2 of 60"),
        ("country.00000.0.wav", "polka.00000.0.wav", "line 2: 'polka.00000.0.wav' of 'country' is no track of GTZAN"),
        ("country.00000.1.wav", "country.00000.0.wav", "line 3: 'country.00000.0' is there twice"),
        ("country.00000.0.wav,66149,", "country.00000.0.wav,66149,nan,", "line 2: has 61 cells, and the heading 60"),
        ("country.00000.0.wav,66149,", "country.00000.0.wav,66149,x", "line 2: holds what is no number"),
    ],
)
def test_a_file_that_is_not_as_published_is_one_sentence(old: str, new: str, message: str, tmp_path: Path) -> None:
    path = write(tmp_path / "features_3_sec.csv")
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(DatasetError) as error:
        read_published_features(path)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("pandey", "--features", "features_3_sec.csv"), "--features is for wu alone"),
        (("wu", "--features", "features_3_sec.csv", "--table", "1"), "--features takes the place of --table"),
        (("wu", "--features", "absent.csv"), "absent.csv: cannot be read"),
        (("wu", "--features", "features_3_sec.csv", "--recipe", "papr"), "Did you mean 'paper'?"),
    ],
)
def test_a_command_that_makes_no_sense_is_one_sentence(
    arguments: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    write(tmp_path / "features_3_sec.csv")
    assert message in refusal("reproduce", *arguments, folder=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["features_3_sec.csv"]


def test_the_published_file_itself_is_read() -> None:
    published = read_published_features(real_data("lists") / "gtzan_features_30_sec.csv")
    assert published.dataset.labels == GENRES
    assert len(published.dataset.tracks) == 1000
    assert not published.has_pieces
