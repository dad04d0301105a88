"""The audit of separable convolutions against sums done here by formulas (2) and (4)."""

import dataclasses

import pytest

from edgegenre.network.layers import AveragePool, Convolution, DepthwiseConv, GlobalAverage
from edgegenre.network.network import chain
from edgegenre.network.shape import Shape
from edgegenre.network.standard_twin import with_standard_convolutions
from edgegenre.records.record import Accuracy, Latency, Record
from edgegenre.report.audit import audit
from tests.records.records import record

# Positions of a map: 150 x 6 after the first convolution, 75 x 3 after the recurrent models' second block.
FULL, HALF = 150 * 6, 75 * 3
FIRST = 10 * 4


def test_at_equal_parameters_ds_cnn1_multiplies_as_much_as_cnn1() -> None:
    (comparison, *_) = audit().equal_parameters
    blocks = FULL * (4 * (9 * 256 + 256 * 256) + 9 * 256 + 256 * 262)
    assert comparison.separable.multiplies == FULL * FIRST * 256 + blocks + 262 * 13
    assert round(comparison.separable.multiplies / 1e6, 1) == 315.9
    assert round(comparison.standard.multiplies / 1e6, 1) == 320.5
    assert comparison.saving < 1.02


def test_at_equal_parameters_ds_crnn1_multiplies_half_as_much_as_crnn1() -> None:
    comparison = next(item for item in audit().equal_parameters if item.separable.name == "ds-crnn1")
    separable = FULL * FIRST * 32 + HALF * (9 * 32 + 32 * 64 + 9 * 64 + 64 * 128 + 9 * 128 + 128 * 218)
    assert comparison.separable.convolution_multiplies == separable
    assert comparison.separable.multiplies == separable + 37 * 3 * 232 * (218 + 232) + 232 * 13
    found = [
        comparison.separable.multiplies,
        comparison.separable.convolution_multiplies,
        comparison.standard.multiplies,
        comparison.standard.convolution_multiplies,
    ]
    assert [round(item / 1e6, 1) for item in found] == [21.8, 10.2, 42.5, 34.9]
    assert round(comparison.saving, 2) == 1.95


def test_at_equal_width_standard_blocks_cost_nine_times_the_channel_products() -> None:
    width = {item.separable.name: item for item in audit().equal_width}
    cnn = FULL * (FIRST * 256 + 4 * 9 * 256 * 256 + 9 * 256 * 262) + 262 * 13
    assert width["ds-cnn1"].standard.multiplies == cnn
    crnn = FULL * FIRST * 32 + HALF * 9 * (32 * 64 + 64 * 128 + 128 * 218)
    assert width["ds-crnn1"].standard.convolution_multiplies == crnn
    assert round(width["ds-cnn1"].saving, 1) == 8.5
    assert round(width["ds-crnn1"].saving, 1) == 4.1


def test_every_size_is_compared_in_both_computed_views() -> None:
    found = audit()
    assert [item.separable.name for item in found.equal_parameters] == [
        item.separable.name for item in found.equal_width
    ]
    assert len(found.equal_width) == 6


def test_the_verdicts_follow_from_the_savings() -> None:
    parameters, width, accuracy = audit().findings
    assert (parameters.verdict, width.verdict, accuracy.verdict) == ("partly", "holds", "unknown")
    assert "no saving" in parameters.text


def test_a_standard_network_keeps_strides_shapes_and_what_is_not_separable() -> None:
    network = chain(
        "mixed",
        input_shape=Shape(21, 8, 3),
        layers=[
            ("alone", DepthwiseConv(kernel=(3, 3))),
            ("pool", AveragePool(window=(1, 2))),
            ("depthwise", DepthwiseConv(kernel=(5, 3), stride=(2, 1))),
            ("pointwise", Convolution(channels=7, kernel=(1, 1))),
            ("average", GlobalAverage()),
        ],
    )
    standard = with_standard_convolutions(network)
    assert [node.name for node in standard.nodes] == ["alone", "pool", "pointwise", "average"]
    assert standard.nodes[2].layer == Convolution(channels=7, kernel=(5, 3), stride=(2, 1))
    assert standard.nodes[2].inputs == ("pool",)
    assert standard.shapes()["pointwise"] == network.shapes()["pointwise"]


def of_the_clock(**times: float) -> list[Record]:
    return [
        record(model=name.replace("_", "-"), latency=Latency(p5_ms=t, p50_ms=t, p95_ms=t, runs=9))
        for name, t in times.items()
    ]


def test_measured_times_stand_beside_the_multiplies_of_their_view() -> None:
    found = audit(of_the_clock(ds_cnn1=2.0, cnn1=1.5, ds_cnn1_standard=14.0))
    (place,) = found.places
    parameters, width = found.equal_parameters[0].at(place), found.equal_width[0].at(place)
    assert parameters is not None
    assert width is not None
    assert (parameters.saving, width.saving) == (0.75, 7.0)
    assert found.equal_width[1].measured == ()
    (first, second) = found.realized
    assert first.saving == pytest.approx(0.75)
    assert second.share == pytest.approx(7 / found.equal_width[0].saving)


def test_the_conclusion_follows_what_was_saved_and_not_what_was_promised() -> None:
    def told(standard: float) -> str:
        return " ".join(audit(of_the_clock(ds_cnn1=2.0, ds_cnn1_standard=standard)).conclusion)

    assert "pays on" in told(14.0)
    assert "makes no difference on" in told(2.1)
    assert "costs more on" in told(1.0)


def test_emulated_instructions_are_a_place_of_their_own() -> None:
    core = dataclasses.replace(record().machine, kind="emulator", name="Cortex-M4F")
    counted = [
        record(model=name, machine=core, target="mcu", provenance="emulated", latency=None, instructions=count)
        for name, count in (("ds-cnn1", 100), ("cnn1", 90))
    ]
    found = audit([*of_the_clock(ds_cnn1=1.0, cnn1=2.0), *counted])
    savings = {place.provenance: found.equal_parameters[0].at(place) for place in found.places}
    assert {name: at.saving for name, at in savings.items() if at} == {"measured": 2.0, "emulated": 0.9}


def scored(model: str, value: float, **changes: object) -> Record:
    accuracy = Accuracy(value=value, data="gtzan", split="test", synthetic=False, clips=100)
    return record(model=model, accuracy=dataclasses.replace(accuracy, **changes))


def test_at_equal_accuracy_the_cheapest_separable_model_that_is_as_accurate_is_compared() -> None:
    scores = [scored("cnn1", 0.6), scored("ds-cnn1", 0.7), scored("ds-crnn1", 0.6), scored("ds-crnn2", 0.5)]
    found = audit(scores)
    (comparison,) = found.equal_accuracy
    assert (comparison.separable.name, comparison.standard.name) == ("ds-crnn1", "cnn1")
    assert found.findings[2].verdict == "holds"


def test_at_equal_accuracy_a_model_that_nobody_reaches_is_said_so() -> None:
    finding = audit([scored("cnn1", 0.6), scored("ds-cnn1", 0.5)]).findings[2]
    assert finding.verdict == "fails"
    assert "no separable model" in finding.text


@pytest.mark.parametrize("changes", [{"data": "other"}, {"split": "validation"}, {"synthetic": True}, {"clips": 10}])
def test_accuracies_on_different_data_are_never_compared(changes: dict[str, object]) -> None:
    found = audit([scored("cnn1", 0.6), scored("ds-cnn1", 0.7, **changes)])
    assert found.equal_accuracy == ()
    assert found.findings[2].verdict == "unknown"


def test_a_difference_within_chance_is_no_verdict() -> None:
    finding = audit([scored("cnn1", 0.6), scored("ds-cnn1", 0.5, low=0.4, high=0.61)]).findings[2]
    assert finding.verdict == "unknown"
    assert "by chance" in finding.text


def test_a_saving_at_an_accuracy_whose_intervals_overlap_holds_in_part_and_is_compared_once() -> None:
    apart = [scored("ds-crnn1", 0.62, low=0.60, high=0.64), scored("crnn1", 0.57, low=0.55, high=0.59)]
    assert audit(apart).findings[2].verdict == "holds"
    near = [scored("ds-crnn1", 0.62, low=0.52, high=0.71), scored("crnn1", 0.59, low=0.49, high=0.68)]
    found = audit([*near, *(dataclasses.replace(item, arithmetic="q31") for item in near)])
    assert found.findings[2].verdict == "partly"
    assert "the intervals overlap" in found.findings[2].text
    assert len(found.equal_accuracy) == 1
