"""Every kernel on every instruction set equals the numpy row functions to the bit, one layer and one row at a time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from edgegenre.targets.cores import PROCESSORS
from tests.firmware.builds import SANITIZERS
from tests.firmware.kernels import FILLS, KINDS, Case, build_kernels, case, check, seeded_cases
from tests.firmware.variants import VARIANTS, native
from tests.support import program


def cases() -> st.SearchStrategy[Case]:
    """Any layer: few and many channels, one position, strides, windows that hang over both edges."""
    return st.builds(
        case,
        st.sampled_from(KINDS),
        frequency=st.integers(1, 14),
        channels_in=st.integers(1, 70),
        channels_out=st.integers(1, 140),
        kernel=st.tuples(st.integers(1, 6), st.integers(1, 6)),
        stride=st.integers(1, 3),
        relu=st.booleans(),
        values=st.sampled_from(FILLS),
        weights=st.sampled_from(FILLS),
        oldest=st.integers(0, 5),
        seed=st.integers(0, 1 << 20),
    )


@pytest.mark.parametrize("arithmetic", ["float32", pytest.param("q31", marks=pytest.mark.slow)])
@pytest.mark.parametrize("variant", VARIANTS)
def test_any_layer_gives_the_reference_s_bytes(variant: str, arithmetic: Arithmetic) -> None:
    """Under the address and undefined-behavior sanitizers: nothing is read or written beyond what may be."""
    target = native(variant)
    built = build_kernels(target, arithmetic, *SANITIZERS)

    @settings(max_examples=30, deadline=None)
    @given(items=st.lists(cases(), min_size=1, max_size=4))
    def compare(items: list[Case]) -> None:
        check(items, built, target, arithmetic)

    compare()


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_many_layers_give_the_reference_s_bytes_as_built_for_use(variant: str, arithmetic: Arithmetic) -> None:
    target = native(variant)
    check(seeded_cases(160), build_kernels(target, arithmetic), target, arithmetic)


@pytest.mark.parametrize(
    ("board", "arithmetic"),
    [
        pytest.param(board, arithmetic, marks=() if arithmetic == target.arithmetic else pytest.mark.slow)
        for board, target in PROCESSORS.items()
        for arithmetic in ARITHMETICS
    ],
)
def test_every_core_s_kernels_give_the_reference_s_bytes(board: str, arithmetic: Arithmetic) -> None:
    target = PROCESSORS[board]
    program(target.compiler, target.compiler_package)
    program(target.emulator[0], target.emulator_package)
    check(seeded_cases(80), build_kernels(target, arithmetic), target, arithmetic)
