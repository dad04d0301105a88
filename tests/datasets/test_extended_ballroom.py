import hashlib

import pytest

from edgegenre.datasets.check import check_dataset
from edgegenre.datasets.extended_ballroom import CLASSES, LARGEST_METADATA, METADATA, open_extended_ballroom
from edgegenre.datasets.split import stratified_split
from edgegenre.errors import DatasetError
from tests.datasets.layouts import write_tone

# The attributes, children and order of classes are those of the published file; songs and people are invented.
SONGS = {
    "Waltz": """
    <song album="Evening" artist="Anna Berg" bpm="87" id="100601" title="One" hash="{100601}"/>
    <song album="Evening" artist="Anna  BERG" bpm="87" id="100602" title="Two" hash="{100602}"/>
    <song album="Night &amp; Day" artist="Carl Dahl" bpm="87" id="100603" title="Three" hash="{100603}">
    \t<exact id="200603"/><version id="100601"/>
    </song>
    <song album="Sampler" artist="Various" bpm="84" id="100604" title="Four" hash="{100604}"/>
    <song album="Sampler" artist="Various" bpm="84" id="100605" title="Five" hash="{100605}"/>
    <song album="Sampler" artist="Eva" bpm="84" id="100606" title="Six" hash="{100606}"><time id="100604"/></song>""",
    "Rumba": """
    <song album="Latin" artist="C. Dahl" bpm="100" id="200603" title="Three" hash="{200603}"><exact id="100603"/></song>
    <song album="Latin" artist="Finn" bpm="100" id="200604" title="A (Vocal)" hash="{200604}">
      <karaoke id="200605" voiced="yes"/></song>
    <song album="Latin" artist="Orchestra" bpm="100" id="200605" title="A" hash="{200605}"><karaoke id="200604"/></song>
    <song album="Latin" artist="Gerd" bpm="96" id="200606" title="B" hash="{200606}"/>""",
}


def write_ballroom(root, songs=SONGS):
    sums = {}
    for row, (genre, text) in enumerate(songs.items()):
        for place, piece in enumerate(text.split("<song ")[1:]):
            number = piece.split(' id="')[1].split('"')[0]
            path = write_tone(root / genre / f"{number}.mp3", pitch=300 + 100 * row + 10 * place, seconds=1)
            sums[number] = hashlib.md5(path.read_bytes()).hexdigest()
    body = "".join(f"  <{genre}>{text}\n  </{genre}>\n" for genre, text in songs.items())
    for number, md5 in sums.items():
        body = body.replace(f"{{{number}}}", md5)
    (root / METADATA).write_text(f"<ballroom>\n{body}  </ballroom>\n", encoding="utf-8")
    return root


def groups(dataset):
    return {track.path.stem: track.group for track in dataset.tracks}


def test_the_thirteen_classes_are_the_published_ones():
    assert len(CLASSES) == 13
    assert list(CLASSES) == sorted(CLASSES)


def test_the_published_layout_opens(tmp_path):
    dataset = open_extended_ballroom(write_ballroom(tmp_path))
    assert dataset.name == "extended-ballroom"
    assert dataset.labels == ("Rumba", "Waltz")
    assert len(dataset.tracks) == 10
    assert dataset.tracks[-1].identifier == "Waltz/100606"
    assert dataset.problems == ()
    assert not dataset.synthetic


def test_the_parent_of_the_archive_opens_too(tmp_path):
    write_ballroom(tmp_path / "extendedballroom_v1.1")
    assert len(open_extended_ballroom(tmp_path).tracks) == 10


def test_artists_and_copies_of_a_recording_are_kept_together(tmp_path):
    group = groups(open_extended_ballroom(write_ballroom(tmp_path)))
    assert group["100601"] == group["100602"] is not None  # one artist, written in two ways
    assert group["100603"] == group["200603"]  # an exact duplicate in another class
    assert group["200604"] == group["200605"]  # with and without the voice
    assert group["100604"] == group["100606"]  # at another speed
    assert group["100601"] != group["100603"]  # a version by somebody else
    assert group["100605"] is None  # 'Various' is nobody


def test_no_split_divides_copies(tmp_path):
    songs = {
        genre: "".join(
            f'<song album="A" artist="{genre} {n // 2}" bpm="90" id="{genre}{n}" title="T" hash="{{{genre}{n}}}"/>'
            for n in range(8)
        )
        for genre in ("Tango", "Jive")
    }
    dataset = open_extended_ballroom(write_ballroom(tmp_path, songs))
    for seed in range(10):
        split = stratified_split(dataset, seed)
        seen = [{track.group for track in part} for part in (split.train, split.validation, split.test)]
        assert sum(len(part) for part in seen) == 8


def test_songs_without_a_file_and_files_without_a_song_are_reported(tmp_path):
    root = write_ballroom(tmp_path)
    (root / "Rumba" / "200606.mp3").unlink()
    write_tone(root / "Rumba" / "999999.mp3")
    dataset = open_extended_ballroom(root)
    assert len(dataset.tracks) == 9
    assert "1 songs of the metadata have no sound file (Rumba/200606)" in dataset.problems[0]
    assert "1 sound files are not in the metadata and are left out (Rumba/999999.mp3)" in dataset.problems[1]


def test_converted_audio_has_no_published_sum(tmp_path):
    root = write_ballroom(tmp_path)
    (root / "Rumba" / "200606.mp3").unlink()
    write_tone(root / "Rumba" / "200606.wav")
    sums = {track.path.name: track.md5 for track in open_extended_ballroom(root).tracks}
    assert sums["200606.wav"] is None
    assert sums["200605.mp3"] is not None


def test_the_check_finds_audio_that_is_not_the_published(tmp_path):
    root = write_ballroom(tmp_path)
    assert check_dataset(open_extended_ballroom(root)).broken == ()
    write_tone(root / "Rumba" / "200606.mp3", pitch=77)
    report = check_dataset(open_extended_ballroom(root))
    assert not report.passed
    assert len(report.broken) == 1
    assert "200606.mp3: its MD5 is not the published one" in report.broken[0]


BOMB = """<?xml version="1.0"?>
<!DOCTYPE ballroom [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>
<ballroom><Waltz><song id="1" artist="&c;"/></Waltz></ballroom>"""
OUTSIDE = """<!DOCTYPE ballroom [<!ENTITY file SYSTEM "file:///etc/passwd">]>
<ballroom><Waltz><song id="1" artist="x"/>&file;</Waltz></ballroom>"""


@pytest.mark.parametrize("text", [BOMB, OUTSIDE, '<!DOCTYPE ballroom SYSTEM "x.dtd"><ballroom/>'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entity_bombs_and_references_to_other_files_are_refused(tmp_path, text, encoding):
    text = text.replace('<?xml version="1.0"?>\n', "")
    (tmp_path / METADATA).write_bytes(text.encode(encoding))
    with pytest.raises(DatasetError, match="declares a document type"):
        open_extended_ballroom(tmp_path)


@pytest.mark.parametrize("identifier", ["../../etc/passwd", "/etc/passwd", "", "a.b", "a\\b"])
def test_song_numbers_cannot_lead_out_of_the_folder(tmp_path, identifier):
    (tmp_path / METADATA).write_text(f'<ballroom><Waltz><song id="{identifier}"/></Waltz></ballroom>')
    with pytest.raises(DatasetError, match="is no song number"):
        open_extended_ballroom(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<ballroom><Waltz>", "not well-formed XML"),
        ("", "not well-formed XML"),
        ("<ballroom><Polka/></ballroom>", "'Polka' is not one of the 13 classes"),
        ("<ballroom><Waltz/></ballroom>", "lists no songs"),
        ('<ballroom><Waltz><song id="1"/></Waltz></ballroom>', "holds no usable track"),
    ],
)
def test_other_metadata_is_one_clear_sentence(tmp_path, text, message):
    (tmp_path / METADATA).write_text(text)
    with pytest.raises(DatasetError, match=message):
        open_extended_ballroom(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-7", "big5", "utf-32", "rot13", "idna", "no-such-encoding"])
def test_metadata_in_an_odd_encoding_is_one_clear_sentence(tmp_path, encoding):
    (tmp_path / METADATA).write_text(f'<?xml version="1.0" encoding="{encoding}"?><ballroom><Waltz/></ballroom>')
    with pytest.raises(DatasetError, match="not well-formed XML"):
        open_extended_ballroom(tmp_path)


def test_metadata_without_end_is_not_read(tmp_path):
    with (tmp_path / METADATA).open("wb") as stream:
        stream.truncate(LARGEST_METADATA + 1)
    with pytest.raises(DatasetError, match=r"XML \(\d+ bytes, more than \d+\)"):
        open_extended_ballroom(tmp_path)


def test_a_folder_without_metadata_says_which_file_it_wants(tmp_path):
    write_tone(tmp_path / "Waltz" / "1.mp3")
    with pytest.raises(DatasetError, match=r"has no extendedballroom_v1\.1\.xml"):
        open_extended_ballroom(tmp_path)
