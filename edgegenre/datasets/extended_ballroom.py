"""The Extended Ballroom data set (Marchand and Peeters, 2016): 13 dances, some 4000 excerpts of 30 s."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from edgegenre.datasets.groups import artist_name, connected
from edgegenre.datasets.track import Dataset, Track, existing_folder, make_dataset, some
from edgegenre.errors import DatasetError
from edgegenre.untrusted import read_bytes

CLASSES = (
    "Chacha",
    "Foxtrot",
    "Jive",
    "Pasodoble",
    "Quickstep",
    "Rumba",
    "Salsa",
    "Samba",
    "Slowwaltz",
    "Tango",
    "Viennesewaltz",
    "Waltz",
    "Wcswing",
)
METADATA = "extendedballroom_v1.1.xml"
LARGEST_METADATA = 16 << 20
"""Bytes; the published file has two million."""

# The published audio is MP3; a converted copy will do, but has no published MD5.
_SUFFIXES = (".mp3", ".wav", ".flac", ".ogg")

# Children of a song that name the same recording: as it is, at another speed, or with the voice removed. A 'version'
# is another performance of the piece; by the same artist it is held together through the artist.
_SAME_RECORDING = ("exact", "time", "karaoke")


@dataclass(frozen=True, kw_only=True)
class Song:
    """One entry of the metadata file. same: identifiers of the same recording elsewhere in the set."""

    genre: str
    identifier: str
    artist: str
    md5: str
    same: tuple[str, ...]


def open_extended_ballroom(root: Path) -> Dataset:
    """The set in its published layout: `<Class>/<id>.mp3` beside extendedballroom_v1.1.xml.

    A track's group is its artist, joined with that of any copy of the same recording ('exact', 'time' and 'karaoke'
    in the metadata), so that no split hears a recording twice. 'Various' is not an artist.
    Songs without a file, and files without an entry, are reported and left out. Raises DatasetError when the metadata
    is missing or is not what it should be.
    """
    root = existing_folder(root)
    folder = next((place for place in (root, root / "extendedballroom_v1.1") if (place / METADATA).is_file()), None)
    if folder is None:
        raise DatasetError(
            f"{root}: has no {METADATA}. Name the folder of the Extended Ballroom download that holds it; "
            "class folders alone can be opened as the data set 'folder'."
        )
    songs = read_metadata(folder / METADATA)
    groups = _groups(songs)
    tracks, absent = [], []
    for song in songs:
        path = _audio_of(folder, song)
        if path is None:
            absent.append(f"{song.genre}/{song.identifier}")
            continue
        md5 = song.md5 if path.suffix == ".mp3" and song.md5 else None
        identifier, group = f"{song.genre}/{song.identifier}", groups.get(song.identifier)
        tracks.append(Track(path=path, label=song.genre, identifier=identifier, group=group, md5=md5))
    problems = []
    if absent:
        problems.append(f"{folder}: {len(absent)} songs of the metadata have no sound file ({some(absent)}).")
    known = {track.path for track in tracks}
    extra = [path.relative_to(folder).as_posix() for path in _sound_files(folder) if path not in known]
    if extra:
        problems.append(f"{folder}: {len(extra)} sound files are not in the metadata and are left out ({some(extra)}).")
    return make_dataset(name="extended-ballroom", root=root, tracks=tracks, problems=problems)


def read_metadata(path: Path) -> tuple[Song, ...]:
    """The songs of extendedballroom_v1.1.xml: <ballroom><Class><song id artist hash …><exact id/>…</song>….

    The file comes from strangers: a document type (the way to entity bombs and to other files) is refused, and names
    that could lead out of the folder are, too. Raises DatasetError.
    """
    parser = ElementTree.XMLParser(target=_NoDoctype(path))  # noqa: S314 (no entity can be defined without a doctype)
    try:
        parser.feed(read_bytes(path, largest=LARGEST_METADATA))
        ballroom = parser.close()
    except (ElementTree.ParseError, LookupError, ValueError) as error:  # an encoding that is unknown too
        raise DatasetError(f"{path}: is not well-formed XML ({error}). Download the metadata again.") from error
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror}).") from error
    songs = []
    for genre in ballroom:
        if genre.tag not in CLASSES:
            raise DatasetError(
                f"{path}: '{genre.tag}' is not one of the 13 classes. Is it the Extended Ballroom's file?"
            )
        songs += [_song(element, genre.tag, path) for element in genre.iter("song")]
    if not songs:
        raise DatasetError(f"{path}: lists no songs. Is it the Extended Ballroom's file?")
    return tuple(songs)


class _NoDoctype(ElementTree.TreeBuilder):
    """Builds the tree, and stops at a document type declaration, before any entity in it is defined."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def doctype(self, name: str, pubid: str | None, system: str | None) -> NoReturn:
        raise DatasetError(f"{self._path}: declares a document type, which the published file does not. It is refused.")


def _song(element: ElementTree.Element, genre: str, path: Path) -> Song:
    return Song(
        genre=genre,
        identifier=_identifier(element, path),
        artist=element.get("artist", ""),
        md5=element.get("hash", "").lower(),
        same=tuple(_identifier(child, path) for child in element if child.tag in _SAME_RECORDING),
    )


def _identifier(element: ElementTree.Element, path: Path) -> str:
    identifier = element.get("id", "")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", identifier):
        raise DatasetError(f"{path}: '{identifier}' is no song number. Download the metadata again.")
    return identifier


def _groups(songs: Iterable[Song]) -> dict[str, str]:
    """Song number -> group, for the songs of which an artist or a copy is known."""
    links = []
    for song in songs:
        links += [(f"song {song.identifier}", f"song {other}") for other in song.same]
        artist = artist_name(song.artist)
        if artist is not None:
            links.append((f"song {song.identifier}", f"artist {artist}"))
    return {name.removeprefix("song "): group for name, group in connected(links).items() if name.startswith("song ")}


def _audio_of(folder: Path, song: Song) -> Path | None:
    candidates = (folder / song.genre / f"{song.identifier}{suffix}" for suffix in _SUFFIXES)
    return next((path for path in candidates if path.is_file()), None)


def _sound_files(folder: Path) -> list[Path]:
    return sorted(
        path
        for name in CLASSES
        for path in (folder / name).glob("[!.]*")
        if path.suffix in _SUFFIXES and path.is_file()
    )
