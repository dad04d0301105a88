"""The thirteen rhythms of the synthetic data set, as data.

A pattern is a string of steps, `division` steps a beat, one or more bars long, and repeats.
Drums: X loud, x normal, o soft, . silent. Bass: the scale degree above the chord's root (1 3 5 6 8), . silent.
Chords: X or x a short stab, h held until the next, . nothing new.

The drums of a rhythm are roles, not instruments: which sound plays a role is drawn anew for each track from what all
classes share, so that the ear has the time pattern to go by and little else.
"""

from dataclasses import dataclass

from edgegenre.datasets.extended_ballroom import CLASSES

# low: bass drum, surdo. back: snare, clap. time: hi-hat, shaker. mid: conga, tom. high: clave, bell.
ROLES = ("low", "back", "time", "mid", "high")


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """A dance.

    band: who usually plays it, a name in BANDS. tempo: lowest and highest, quarter notes a minute.
    beats: quarter notes a bar. division: steps a beat.
    drums: sets of patterns by role; bass, chords: patterns. A track takes one of each.
    """

    band: str
    tempo: tuple[float, float]
    beats: int
    division: int
    drums: tuple[dict[str, str], ...]
    bass: tuple[str, ...]
    chords: tuple[str, ...]


RHYTHMS: dict[str, Rhythm] = {
    "Chacha": Rhythm(
        band="conjunto",
        tempo=(108, 132),
        beats=4,
        division=4,
        drums=(
            {
                "low": "X.......x.......",
                "back": "x...x.x.x...x.x.",
                "time": "x.x.x.x.x.x.x.x.",
                "mid": "o...X...o...x.x.",
                "high": "X...x...X...x...",
            },
            {
                "low": "X...x...X...x...",
                "back": "............x.x.",
                "time": "x...x.x.x...x.x.",
                "mid": "o.o.X.o.o.o.X.X.",
                "high": "x...x...x...x.x.",
            },
        ),
        bass=("1.....5.....5...", "1.......1...5.5.", "1...5.......5.8."),
        chords=("....x.......x.x.", "x...x.x.x...x.x.", "h...........x.x."),
    ),
    "Foxtrot": Rhythm(
        band="brushes",
        tempo=(104, 128),
        beats=4,
        division=3,
        drums=(
            {"low": "x.....x.....", "back": "...x.....x..", "time": "x..x.xx..x.x"},
            {"low": "x.....x.....", "time": "x..x..x..x..", "high": "...o.....o.o", "back": "...o.o...o.o"},
        ),
        bass=("1.....5.....", "1.....3.....", "1.....5..3.."),
        chords=("x....x......", "...x.....x..", "h....x......"),
    ),
    "Jive": Rhythm(
        band="big band",
        tempo=(150, 182),
        beats=4,
        division=3,
        drums=(
            {"low": "X.....X.....", "back": "...X.....X..", "time": "x..x.xx..x.x"},
            {"low": "X..x..X..x..", "back": "...X.....X.x", "time": "x.xx.xx.xx.x", "mid": "........x..x"},
        ),
        bass=("1..3..5..6..", "1..1.35..5.6", "1..5..6..5.."),
        chords=("X....X......", "..x..x..x..x", ".....X.....X"),
    ),
    "Pasodoble": Rhythm(
        band="brass",
        tempo=(106, 128),
        beats=2,
        division=4,
        drums=(
            {"low": "X...x...", "back": "X.xxX.xx", "high": "x.xxx.x."},
            {"low": "X...X...", "back": "X.xxxxxxX.xxX.xx", "mid": "x...x.xx", "time": "x...x..."},
        ),
        bass=("1...5...", "1...1.5.", "1...5...8...5..."),
        chords=("..x...x.", "X.xxX...", "x...x.x."),
    ),
    "Quickstep": Rhythm(
        band="brushes",
        tempo=(186, 212),
        beats=4,
        division=3,
        drums=(
            {"low": "x.....x.....", "back": "...x.....x..", "time": "x..x.xx..x.x"},
            {"low": "x..x..x..x..", "time": "...x.....x..", "high": "x..x.xx.....", "back": "...o..o..x.."},
        ),
        bass=("1.....5.....", "1.....5.....3.....5.....", "1..3..5..3.."),
        chords=("...x.....x..", "h...........", "x....x......x..x........"),
    ),
    "Rumba": Rhythm(
        band="conjunto",
        tempo=(90, 112),
        beats=4,
        division=4,
        drums=(
            {
                "mid": "X.o.x.o.X.o.x.o.",
                "high": "x.....x.....x.......x...x.......",
                "time": "x.x.x.x.x.x.x.x.",
                "low": "x...........x...",
            },
            {
                "mid": "x.......x...x...",
                "back": "....x.......x...",
                "time": "x.xxx.x.x.xxx.x.",
                "low": "x.......x.x.....",
                "high": "........x...x...",
            },
        ),
        bass=("1.......5...5...", "1.........5.8...", "1.......5...8..."),
        chords=("..x...x...x...x.", "h...........x...", "x.......x...x..."),
    ),
    "Salsa": Rhythm(
        band="batucada",
        tempo=(160, 212),
        beats=4,
        division=2,
        drums=(
            {
                "high": "..x.x...x..x..x.",
                "mid": "..X...xx..X...xx",
                "time": "x.xxx.xxx.xxx.xx",
                "low": "...x..x....x..x.",
            },
            {
                "high": "X.x.X.xxX.x.X.xx",
                "mid": "o.X.o.xxo.X.o.xx",
                "back": "x..x..x...x.x...",
                "low": "...x......x.....",
            },
        ),
        bass=("...5..1....5..1.", "...5..8.", "1..5..1....5..1."),
        chords=("x.xx.x.xx.x.x.x.", "..xx.xx..xx.xx.x", "x..x..x...x.x..."),
    ),
    "Samba": Rhythm(
        band="batucada",
        tempo=(92, 114),
        beats=2,
        division=4,
        drums=(
            {"low": "o...X...", "time": "XooxXoox", "high": "x.x.xx.x.x.x.xx.", "mid": "..x...xx"},
            {"low": "o..xX..x", "time": "xxxxxxxx", "back": "..xx..x.", "mid": "x..x..x...x..x.."},
        ),
        bass=("1..55..1", "1...5..5", "1..5...5"),
        chords=("x..x..x...x..x..", "..x..x..x..x..x.", "x.x..x.x.x..x.x."),
    ),
    "Slowwaltz": Rhythm(
        band="strings",
        tempo=(76, 94),
        beats=3,
        division=4,
        drums=(
            {"low": "x...........", "time": "x.x.x.x.x.x.", "mid": "........o.o."},
            {"low": "x.......o...", "time": "x...x.x.x.x.", "back": "........x..."},
        ),
        bass=("1.......5...", "1...........", "1.3.5.8.5.3."),
        chords=("x.x.x.x.x.x.", "h...........", "h.......x.x."),
    ),
    "Tango": Rhythm(
        band="orquesta",
        tempo=(114, 134),
        beats=4,
        division=4,
        drums=(
            {"back": "X...X...X...X.xx", "low": "x...x...x...x..."},
            {
                "back": "..............xx",
                "low": "X.....x.....x...",
                "high": "x...x...x...x...",
                "mid": "x.....x.....x...",
            },
        ),
        bass=("1...1...5...5...", "1.....1.....5...", "1...5...1...5.8."),
        chords=("X...X...X...X...", "X.....X.....X...", "X...x...X...x.xx"),
    ),
    "Viennesewaltz": Rhythm(
        band="strings",
        tempo=(162, 186),
        beats=3,
        division=4,
        drums=(
            {"low": "X...........", "back": "....x...x...", "time": "....x...x..."},
            {"low": "X...........", "back": "...x....x...", "time": "x...x...x..."},
        ),
        bass=("1...........", "1...........5...........", "1...5...5..."),
        chords=("....x...x...", "...x....x...", "h..........."),
    ),
    "Waltz": Rhythm(
        band="strings",
        tempo=(80, 98),
        beats=3,
        division=4,
        drums=(
            {"low": "X...........", "back": "....x...x...", "time": "....x...x..."},
            {"low": "X...........", "back": "....x.....x.", "time": "x...x...x...", "high": "........x..."},
        ),
        bass=("1...........", "1...........5...........", "1.......3..."),
        chords=("....x...x...", "....h...x...", "....x...x.x."),
    ),
    "Wcswing": Rhythm(
        band="big band",
        tempo=(96, 124),
        beats=4,
        division=3,
        drums=(
            {"low": "X....xX.....", "back": "...X.....X..", "time": "x.xx.xx.xx.x"},
            {"low": "X.......x...", "back": "...X.....X.o", "time": "x..x..x..x..", "mid": "..x.......x."},
        ),
        bass=("1....11..5.8", "1.11....5.5.", "1..3..5..6.5"),
        chords=("..x.....x..x", "...X.....X..", ".....x..x..."),
    ),
}

assert tuple(RHYTHMS) == CLASSES
