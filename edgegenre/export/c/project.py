"""The firmware folder of a bundle: the shared C runtime, this model's tables, and a page that explains them."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from edgegenre.decisions.rules import Rules
from edgegenre.export.c.plan import Layout, MemoryPlan, mode_of, stack
from edgegenre.export.c.selftest import golden_source
from edgegenre.export.c.tables import model_texts
from edgegenre.files import replacing_folder
from edgegenre.frontend.integer import IntegerFrontend
from edgegenre.frontend.protocol import Extractor
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Cell, Product
from edgegenre.printable import markdown
from edgegenre.rooms import license_file, room

SHARED = ("include", "src", "CMakeLists.txt")
EXAMPLES = "examples"
INPUT_RATE = 16_000
"""Samples a second that eg_input.h makes."""

_LAYOUTS: dict[Layout, str] = {
    "narrow": "Portable kernels",
    "widened": "Arm DSP kernels (Cortex-M4, M7, M33)",
}


def write_firmware(
    network: IntegerNetwork,
    frontend: Extractor | None,
    labels: tuple[str, ...],
    folder: Path,
    rules: Rules | None = None,
) -> None:
    """Write a self-contained C99 project for `network` to `folder`, replacing it.

    frontend: the integer front end of the model; None leaves out `eg_push_pcm` and the examples, which listen to audio,
    and takes feature rows only. rules: how logits become answers; None for the default ones.
    Raises ExportError when the C runtime cannot compute the network.
    """
    made = model_texts(network, frontend, labels, rules)
    texts = {
        "include/eg_model.h": made.header,
        "src/eg_model.c": made.source + golden_source(made.source, network, frontend),
        "README.md": _readme(network, frontend, labels, made.memory),
    }
    shared = room("firmware_export")
    with replacing_folder(folder) as temporary:
        for name in (*SHARED, EXAMPLES) if frontend else SHARED:
            _copy(shared / name, temporary / name)
        _copy(shared / "packaging", temporary)
        shutil.copyfile(license_file(), temporary / "LICENSE")
        for name, text in texts.items():
            (temporary / name).write_text(text, encoding="utf-8")


def _copy(source: Path, target: Path) -> None:
    """Copy a file or what is in a folder. Permissions are not copied: those of an installation may forbid to write."""
    if not source.is_dir():
        shutil.copyfile(source, target)
        return
    target.mkdir(exist_ok=True)
    for path in source.iterdir():
        _copy(path, target / path.name)


def _readme(
    network: IntegerNetwork,
    frontend: Extractor | None,
    labels: tuple[str, ...],
    memory: Mapping[Layout, MemoryPlan],
) -> str:
    window = network.input_shape
    maps = "\n".join(_memory_map(title, memory[layout]) for layout, title in _LAYOUTS.items())
    return f"""# {markdown(network.name)} in C

Self-contained C99: static memory in one `eg_context`, no library but memcpy and memset. The interface is
`include/edgegenre.h`; `src/eg_model.c` holds this model's tables, everything else is the same for all models.

    cmake -S BUNDLE/firmware -B build && cmake --build build
{_listening(network, frontend)} The network sees {window.time} rows of {window.frequency} features.
Labels, in the order of the logits: {", ".join(map(markdown, labels))}.

Compile `src/*.c` and, for a Cortex-M, `src/*.S` with `-ffp-contract=off`, as the packages below do, and without
`-ffast-math`. Sums are requantized in float32 where the processor has a unit for it and in q31 elsewhere, unless
`EG_ARITHMETIC_FLOAT32` or `EG_ARITHMETIC_Q31` is defined. Each gives the same bytes as the numpy reference of that name
on every machine; between the two, logits may differ by a step.{_wide_sentence(network)}

{_frontend_choice(frontend)}\
`eg_selftest` (`include/eg_selftest.h`) holds every table to a checksum and a short computation to the exporter's bytes,
on the board itself: "same bytes". `src/eg_sections.h` tells how a linker script gets at the tables and the loops.

`eg_decide.h` makes answers of logits: a genre, "unknown" or "silence", by the bundle's thresholds (`eg_decision` in
`src/eg_model.c`). A program that does not call it links none of it.

# As a package

| for | what to do with this folder |
|---|---|
| CMake | `cmake --install build`, `find_package(edgegenre)`, link `edgegenre::edgegenre`; or `add_subdirectory` |
| Arduino | put it into `libraries/`, include `edgegenre.h`; q31; `src/eg_options.h` holds the choices |
| PlatformIO | put it into `lib/`, or `pio pkg pack` it; `build_flags = -DEG_ARITHMETIC_Q31` and the like choose |
| ESP-IDF | put it into `components/`; choices in menuconfig |
| Zephyr | `-DZEPHYR_EXTRA_MODULES=<this folder>` and `CONFIG_EDGEGENRE=y` |

{_examples(frontend)}# Memory map (`eg_context.memory`, bytes)

{maps}
The context adds {_head_memory(network)},
the samples of one frame, and the layers' counters: `sizeof(eg_context)` is the whole.
"""


def _listening(network: IntegerNetwork, frontend: Extractor | None) -> str:
    if frontend is None:
        return "\nThis model has no front end here: `eg_push_features` takes its rows."
    spec = frontend.spec
    has_both = mode_of(stack(network), "continuous") == "continuous"
    mode = " --continuous" if has_both else ""
    when = "names a genre from 3 s on" if has_both else f"answers every {spec.window_seconds:.1f} s"
    heard = "" if spec.heard == "mix" else f" Trained on '{spec.heard}' of songs, it hears on a device what there is."
    return f"""\
    ffmpeg -i song.mp3 -f s16le -ac 1 -ar {spec.sample_rate} song.s16le
    ./build/edgegenre-listen < song.s16le
    arecord -q -t raw -f S16_LE -r {spec.sample_rate} -c 1 | ./build/edgegenre-listen{mode}

Keep `build` out of a bundle's folder: a bundle holds no files but its own. The last line listens to a microphone, on a
Raspberry Pi for instance (Debian: alsa-utils), and {when}.

`eg_push_pcm` takes {spec.sample_rate} Hz mono int16 samples; a window is {spec.window_seconds:g} s.{heard}"""


def _frontend_choice(frontend: Extractor | None) -> str:
    if frontend is None:
        return ""
    if not isinstance(frontend, IntegerFrontend):
        return "Features are computed in integers, equal to the numpy reference to the bit.\n\n"
    return """\
Features are computed in integers, equal to the numpy reference to the bit. `EG_FRONTEND_FLOAT32` (CMake:
`-DEG_FRONTEND=float32`) computes them in float32 instead, for cores with a floating-point unit: about half the
instructions and 3 KB less flash, features of music at most one step of int8 off, at most one in a thousand.

"""


def _examples(frontend: Extractor | None) -> str:
    if frontend is None:
        return ""
    microphone = (
        """`eg_input.h` turns the words of an I2S microphone, at 16 or
48 kHz, into the samples that `eg_push_pcm` takes."""
        if frontend.spec.sample_rate == INPUT_RATE
        else f"""The board's microphone has to
give {frontend.spec.sample_rate} Hz: `eg_input.h` makes 16 kHz alone."""
    )
    return f"""\
`examples/bare_metal.c` is a double-buffered audio loop without an operating system. A board brings four functions, its
start-up code and its linker script (Debian: gcc-arm-none-eabi, libnewlib-arm-none-eabi):

    arm-none-eabi-gcc -std=c99 -O3 -ffp-contract=off -mthumb -mcpu=cortex-m4 -DEG_ARITHMETIC_Q31 -DEG_CLIP_ONLY \\
        -Iinclude src/*.[cS] examples/bare_metal.c board.c -T board.ld -o firmware.elf

`examples/mlperf_tiny.c` is driven by the runner of MLPerf Tiny over a serial port: for times, and for joules by a power
meter. Its first lines tell what a board brings.

`examples/Listen` is the Arduino sketch; `src/eg_options.h` holds its build choices. What the board has to have, in RAM,
flash and clock, is told by `edgegenre firmware size`. {microphone}

"""


def _head_memory(network: IntegerNetwork) -> str:
    head = stack(network).head
    if isinstance(head, Cell):
        return _with_continuous(f"{2 * head.states + 1} bytes for each hidden unit", "four")
    if isinstance(head, Product):
        return "4 bytes for each output of the dense layer on the flattened rows"
    return _with_continuous("4 bytes for each pooled channel", "ten")


def _with_continuous(size: str, times: str) -> str:
    return f"{size} ({times} times that with continuous mode; `EG_CLIP_ONLY` leaves it out)"


def _wide_sentence(network: IntegerNetwork) -> str:
    """Of a model with int16 activations, at the end of what is said about arithmetics."""
    if not network.wide:
        return ""
    return (
        "\n\nRows between this model's layers are int16. Such layers have one arithmetic, whichever is chosen. The M4,"
        "\nM7 and M33 multiply them with SMLAD, other cores with portable kernels, slower than those of int8 models."
    )


def _memory_map(title: str, plan: MemoryPlan) -> str:
    lines = "".join(f"| {part.offset} | {part.bytes} | {markdown(part.name)} |\n" for part in plan.parts)
    return f"{title}: {plan.total} bytes\n\n| offset | bytes | holds |\n|---|---|---|\n{lines}"
