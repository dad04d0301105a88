"""`edgegenre reproduce`: a paper's table on the music at hand, theirs beside ours."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgegenre.cli.asked_dataset import asked_dataset
from edgegenre.cli.console import console_progress, print_table, say, show
from edgegenre.cli.options import groups_option, seed_option, skip_broken_option, without_option
from edgegenre.cli.training_options import data_option, dataset_option, device_option

if TYPE_CHECKING:
    from edgegenre.datasets.groups import SplitBy
    from edgegenre.report.tables import Table


@click.command("reproduce", short_help="Train a paper's models and set ours beside theirs.")
@click.argument("paper")
@data_option
@dataset_option
@groups_option
@without_option
@click.option(
    "--table",
    "number",
    metavar="N",
    help="This table of the paper alone; one that says how models are made needs no data. Default: all with scores.",
)
@click.option(
    "--features",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="For wu: GTZAN's published features_3_sec.csv or features_30_sec.csv in place of music. Its perceptron is "
    "trained on them, as in the paper; nothing is exported.",
)
@click.option(
    "--models",
    metavar="NAME",
    multiple=True,
    help="Only this model of the paper; may be given again, or several separated by commas.",
)
@click.option(
    "--recipe",
    metavar="NAME",
    default="paper",
    show_default=True,
    help="That of the paper, a variant of it, robust, quick, or the path of your own .json, as for `train`.",
)
@click.option(
    "--repeats",
    type=click.IntRange(1, 1000),
    help="Each with a split of its own. Default: the recipe's; 1 where there are folds.",
)
@click.option(
    "--fold-count", type=click.IntRange(3, 1000), help="Divide each repeat into that many folds, test on all."
)
@click.option(
    "--split",
    "split_by",
    type=click.Choice(["track", "artist", "published", "piece"]),
    help="Default: by track, by artist too where enough artists are known, and by piece, which leaks, for wu.",
)
@seed_option("Of the first repeat; then SEED+1, …")
@device_option
@skip_broken_option
@click.option(
    "--out",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Where runs and tables go; what is done there is not done again. Default: reproduced/PAPER.",
)
def reproduce_command(
    paper: str,
    data: tuple[Path, ...],
    dataset: str | None,
    groups: Path | None,
    without: tuple[str, ...],
    number: str | None,
    features: Path | None,
    models: tuple[str, ...],
    recipe: str,
    repeats: int | None,
    fold_count: int | None,
    split_by: "SplitBy | None",
    seed: int,
    device: str,
    skip_broken: bool,
    out: Path | None,
) -> None:
    """Train the models of PAPER by its own protocol, and set our figures beside the printed ones.

    PAPER: liang, pandey, calvino-pacheco, wu or mersy-kuan. Stop it whenever you like: the same command goes on. A
    number that no table of the paper has is answered with those that there are.
    """
    from edgegenre.reproduce.pages import HTML, JSON, MARKDOWN
    from edgegenre.reproduce.paper_table import LayoutTable
    from edgegenre.reproduce.plan import plan, variants_of
    from edgegenre.reproduce.printed.tables import result_tables, table_of
    from edgegenre.reproduce.reproduce import reproduce
    from edgegenre.reproduce.tables import all_tables, layout_table, sentences
    from edgegenre.zoo.papers import paper as paper_named

    chosen = paper_named(paper)
    if features is not None:
        others: dict[str, object] = {"--data": data, "--dataset": dataset, "--groups": groups, "--without": without}
        others |= {"--table": number, "--models": models, "--fold-count": fold_count}
        _refuse_beside_features(chosen.name, [name for name, value in others.items() if value])
        _on_features(features, recipe, split_by, repeats, seed, device, out)
        return
    names = tuple(name for value in models for name in value.split(",") if name)
    asked = None if number is None else table_of(chosen, number)
    if isinstance(asked, LayoutTable):
        _print(layout_table(chosen, asked))
        for note in asked.notes:
            show(note)
        return
    tables = result_tables(chosen) if asked is None else (asked,)
    variants_of(chosen, tables, names, recipe)  # wrong names are said before any data is read
    planned = plan(
        chosen,
        asked_dataset(data, dataset, groups, without),
        tables=tables,
        models=names,
        recipe=recipe,
        repeats=repeats,
        folds=fold_count,
        split_by=split_by,
        seed=seed,
    )
    folder = out or Path("reproduced") / chosen.name
    say(f"variants: {len(planned.variants)}, runs in all: {len(planned.jobs)}, in {folder}")
    found = reproduce(planned, folder, device=device, skip_broken=skip_broken, progress=console_progress())
    for table in all_tables(found):
        _print(table)
        show("")
    for sentence in sentences(found):
        show(sentence)
    show(f"{folder}: {MARKDOWN}, {HTML}, {JSON}")


def _refuse_beside_features(paper: str, others: list[str]) -> None:
    if paper != "wu":
        raise click.UsageError(f"--features is for wu alone: {paper} was not trained on GTZAN's published features.")
    if others:
        raise click.UsageError(f"--features takes the place of {others[0]}. Leave one of them out.")


def _on_features(
    path: Path,
    recipe: str,
    split_by: "SplitBy | None",
    repeats: int | None,
    seed: int,
    device: str,
    out: Path | None,
) -> None:
    from edgegenre.datasets.gtzan_features import read_published_features
    from edgegenre.reproduce.pages import HTML, JSON, MARKDOWN, write
    from edgegenre.reproduce.published import (
        TITLE,
        published_json,
        published_plan,
        published_sentences,
        published_table,
        train_published,
    )

    planned = published_plan(
        read_published_features(path), recipe=recipe, split_by=split_by, repeats=repeats, seed=seed
    )
    folder = out or Path("reproduced") / "wu-features"
    trials = train_published(planned, folder, device=device, progress=console_progress())
    table, sentences = published_table(planned, trials), published_sentences(planned)
    write(folder, title=TITLE, sentences=sentences, tables=[table], figures=published_json(planned, trials))
    _print(table)
    for sentence in sentences:
        show(sentence)
    show(f"{folder}: {MARKDOWN}, {HTML}, {JSON}")


def _print(table: "Table") -> None:
    show(table.caption)
    print_table([column.title for column in table.columns], [list(row) for row in table.rows])
