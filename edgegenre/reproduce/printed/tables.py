"""The tables of all papers, by what a person types."""

from edgegenre.errors import NetworkError
from edgegenre.reproduce.paper_table import PaperTable, ResultTable
from edgegenre.reproduce.printed import calvino_pacheco, liang, mersy_kuan, pandey, wu
from edgegenre.zoo.papers import Paper

TABLES: dict[str, tuple[PaperTable, ...]] = {
    "liang": liang.TABLES,
    "pandey": pandey.TABLES,
    "calvino-pacheco": calvino_pacheco.TABLES,
    "wu": wu.TABLES,
    "mersy-kuan": mersy_kuan.TABLES,
}


def table_of(paper: Paper, number: str) -> PaperTable:
    """The paper's table of that number. Raises NetworkError naming those that it has."""
    for table in TABLES[paper.name]:
        if table.number == number:
            return table
    known = ", ".join(f"{table.number} ({table.name})" for table in TABLES[paper.name])
    raise NetworkError(f"{paper.words} have no table '{number}' here. There are: {known}.")


def result_tables(paper: Paper) -> tuple[ResultTable, ...]:
    """Its tables of scores."""
    return tuple(table for table in TABLES[paper.name] if isinstance(table, ResultTable))
