"""A protocol is data: it survives JSON, and what it may not hold is refused with every reason."""

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.errors import TrainingError
from edgegenre.runs.augmentation import FrequencyResponse, Level, Mixup, NoiseFloor, SpecAugment, ZeroedStretch
from edgegenre.runs.optimizer import Adam, AdamW, Sgd
from edgegenre.runs.phase import Phase
from edgegenre.runs.protocol import FinalWeights, Penalty, Protocol, read_protocol
from edgegenre.runs.protocols import PROTOCOLS, QUICK, default_protocol, protocol

SHARES = st.floats(0, 0.99)
RATES = st.floats(1e-6, 1)


def lengths(unit: str) -> st.SearchStrategy[Phase]:
    return st.builds(
        Phase,
        learning_rate=RATES,
        batch=st.integers(1, 500),
        **{unit: st.integers(1, 500)},
        crop_frames=st.none() | st.integers(1, 599),
        decay=st.sampled_from(["none", "linear"]),
    )


AUGMENTATION = st.one_of(
    st.builds(ZeroedStretch, seconds=RATES),
    st.builds(Level, low=st.floats(-60, 0), high=st.floats(0, 20)),
    st.builds(FrequencyResponse, deviation=st.floats(0, 20), waves=st.integers(1, 9), cut=SHARES),
    st.builds(NoiseFloor, share=SHARES, low=st.floats(0, 10), high=st.floats(10, 60), deviation=st.floats(0, 20)),
    st.builds(Mixup, alpha=RATES),
    st.builds(SpecAugment, time_masks=st.integers(0, 4), longest_time=SHARES, band_masks=st.integers(0, 4)),
)

PROTOCOL = st.builds(
    Protocol,
    name=st.text(min_size=1).filter(str.strip),
    phases=st.sampled_from(["iterations", "epochs"]).flatmap(
        lambda unit: st.lists(lengths(unit), min_size=1, max_size=3).map(tuple)
    ),
    optimizer=st.builds(Adam, beta1=SHARES) | st.builds(AdamW, weight_decay=SHARES) | st.builds(Sgd, momentum=SHARES),
    initialization=st.sampled_from(["glorot-uniform", "he-normal"]),
    dropout=st.dictionaries(st.text(min_size=1), SHARES, max_size=2),
    penalties=st.lists(
        st.builds(
            Penalty,
            norm=st.sampled_from(["l1", "l2"]),
            factor=RATES,
            of=st.sampled_from(["kernels", "parameters"]),
        ),
        max_size=2,
    ).map(tuple),
    label_smoothing=SHARES,
    class_weights=st.sampled_from(["none", "balanced"]),
    augmentation=st.lists(AUGMENTATION, max_size=4).map(tuple),
    validate_every=st.none() | st.integers(1, 100),
    final_weights=st.builds(
        FinalWeights, by=st.sampled_from(["accuracy", "loss"]), patience=st.none() | st.integers(1, 9)
    ),
    split=st.tuples(*[st.integers(1, 9)] * 3),
)


@given(given_protocol=PROTOCOL)
@settings(max_examples=60, deadline=None)
def test_a_protocol_survives_json(given_protocol):
    assert Protocol.from_dict(json.loads(json.dumps(given_protocol.to_dict()))) == given_protocol


@pytest.mark.parametrize("name", PROTOCOLS)
def test_the_protocols_by_name_survive_json(name):
    assert Protocol.from_dict(json.loads(json.dumps(protocol(name).to_dict()))) == protocol(name)


def test_the_built_in_set_is_trained_on_quickly_and_music_of_ones_own_to_withstand_microphones():
    assert default_protocol(synthetic=True).name == "quick"
    assert default_protocol(synthetic=False).name == "robust"


def test_a_file_of_ones_own_needs_little_and_may_begin_with_a_byte_order_mark(tmp_path: Path):
    path = tmp_path / "mine.json"
    table = {"name": "mine", "phases": [{"epochs": 6, "learning_rate": 1e-3, "batch": 32}]}
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(table).encode())
    found = protocol(str(path))
    assert found.phases == (Phase(epochs=6, learning_rate=1e-3, batch=32),)
    assert found.optimizer == Adam()
    assert found.final_weights.by == "last"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"optimizer": {"kind": "sgd", "momentum": 1.0}}, "momentum is 1.0, not a number from 0 and below 1"),
        ({"optimizer": {"kind": "lion"}}, "its kind is 'lion', not one of adam, adamw, sgd"),
        ({"optimizer": "adam"}, "is 'adam', not a table"),
        ({"phases": []}, "phases is "),
        ({"phases": [{"learning_rate": 1e-3, "batch": 8}]}, "it needs either iterations or epochs"),
        (
            {"phases": [{"learning_rate": 1e-3, "batch": 8, "epochs": 1, "iterations": 1}]},
            "either iterations or epochs",
        ),
        ({"phases": [{"learning_rate": 0, "batch": 0, "epochs": 1}]}, "learning_rate is 0, .*; batch is 0, "),
        ({"phases": [{"learning_rate": 1e-3, "btach": 8, "epochs": 1}]}, "'btach' is no entry of it .*'batch'"),
        ({"phases": 3}, "phases is 3"),
        (
            {"penalties": [{"norm": "l3", "factor": -1, "of": "biases"}]},
            "norm is 'l3', .*factor is -1, .*'biases'",
        ),
        ({"dropout": {"dense": 1}}, "dropout is "),
        ({"dropout": 0.5}, "dropout is 0.5"),
        ({"final_weights": {"by": "last", "patience": 3}}, "patience needs by = accuracy or loss"),
        ({"split": [8, 2]}, r"split is \(8, 2\)"),
        ({"repeats": True}, "repeats is True"),
        ({"label_smoothing": 1.5}, "label_smoothing is 1.5"),
        ({"learning_rate": 1e-3}, "'learning_rate' is no entry of it"),
        ({"augmentation": [{"kind": "zeroed-stretch", "seconds": 0}]}, "seconds is 0"),
        ({"augmentation": [{"kind": "level", "low": 6, "high": -30}]}, "'level': low is 6, above high, -30"),
        ({"augmentation": [{"kind": "noise-floor", "share": 2, "low": -121}]}, "share is 2, .*; low is -121, "),
        ({"augmentation": [{"kind": "mixup", "alpha": 0}]}, "alpha is 0, not a number above 0"),
        ({"augmentation": [{"kind": "frequency-response", "waves": 1.5}]}, "waves is 1.5, not a whole number"),
        ({"augmentation": [{"kind": "spec-augment", "longest": 0.1}]}, "'longest' is no entry of it"),
    ],
)
def test_what_a_protocol_may_not_hold_is_refused_with_the_file_and_the_reason(change, reason, tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(QUICK.to_dict() | change))
    with pytest.raises(TrainingError, match=rf"mine\.json: not a training protocol .*{reason}"):
        read_protocol(path)


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b'"quick"', b"{", b"\xff\xfe"])
def test_what_is_no_protocol_at_all_is_one_clear_sentence(content, tmp_path):
    (tmp_path / "mine.json").write_bytes(content)
    with pytest.raises(TrainingError, match=r"mine\.json: not a training protocol"):
        read_protocol(tmp_path / "mine.json")


def test_iterations_and_epochs_do_not_mix():
    phases = (Phase(epochs=1, learning_rate=1, batch=1), Phase(iterations=1, learning_rate=1, batch=1))
    with pytest.raises(TrainingError, match="some phases count iterations and others epochs"):
        dataclasses.replace(QUICK, phases=phases)


def test_looks_at_validation_come_after_epochs_or_phases_or_as_often_as_asked():
    by_epochs = dataclasses.replace(QUICK, phases=(Phase(epochs=2, learning_rate=1, batch=3),) * 2)
    assert by_epochs.steps(7) == 12
    assert [step for step in range(1, 13) if by_epochs.is_look(step, 7)] == [3, 6, 9, 12]
    by_iterations = dataclasses.replace(QUICK, phases=(Phase(iterations=5, learning_rate=1, batch=3),) * 2)
    assert [step for step in range(1, 11) if by_iterations.is_look(step, 7)] == [5, 10]
    often = dataclasses.replace(by_iterations, validate_every=4)
    assert [step for step in range(1, 11) if often.is_look(step, 7)] == [4, 5, 8, 10]


def test_a_linear_decay_ends_one_step_above_zero():
    phase = Phase(iterations=4, learning_rate=0.8, batch=1, decay="linear")
    assert [phase.rate(done, 9) for done in range(4)] == pytest.approx([0.8, 0.6, 0.4, 0.2])
