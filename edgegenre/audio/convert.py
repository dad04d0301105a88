"""The command that makes a readable file of any other."""

import shlex
from pathlib import Path


def convert_command(path: Path, options: str = "") -> str:
    """'ffmpeg -i song.m4a song.flac', to be pasted into a shell. options: ffmpeg's, on how to read."""
    target = path.with_suffix(".flac") if path.suffix.lower() != ".flac" else path.with_name(f"{path.stem}-2.flac")
    inputs = f"{options} -i" if options else "-i"
    return f"ffmpeg {inputs} {shlex.quote(str(path))} {shlex.quote(str(target))}"
