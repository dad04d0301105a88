"""The table of `eg_decide`: every number of `decisions.rules`, in the layout of eg_decision.h."""

from collections.abc import Sequence

import numpy as np

from edgegenre.decisions.rules import Rules, rules_for
from edgegenre.decisions.settings import Decisions
from edgegenre.export.c import text as c_text
from edgegenre.frontend.protocol import Extractor
from edgegenre.integer.network import IntegerNetwork


def default_rules(network: IntegerNetwork, frontend: Extractor | None, labels: Sequence[str]) -> Rules:
    """How the logits of `network` become answers when nobody has said it. Without a front end nothing tells how long a
    row is."""
    spec = frontend.spec if frontend else None
    return rules_for(
        None if spec else Decisions(),
        labels=labels,
        output=network.output,
        hop_samples=spec.hop_length if spec else 1,
        hop_seconds=spec.hop_seconds if spec else 1.0,
        decision_hops=network.stream_plan().leading_rows.frames,
    )


def decision_tables(rules: Rules) -> str:
    """`eg_decision` and the arrays that it points to."""
    arrays = {"exponentials": rules.exponentials, "thresholds": rules.thresholds}
    fields = {
        **{name: f"decision_{name}" for name in arrays},
        "gate_opens": rules.gate_opens,
        "gate_closes": rules.gate_closes,
        "threshold_score": rules.threshold_score,
        "hysteresis_score": rules.hysteresis_score,
        "energy_factor": rules.energy_factor,
        "score": f"EG_SCORE_{rules.score.upper()}",
        "gate_hold": rules.gate_hold,
        "other": rules.other,
        "hysteresis": rules.hysteresis,
        "smoothing": rules.smoothing,
        "confirmation": rules.confirmation,
        "digits": len(rules.exponentials),
        "fraction_bits": rules.fraction_bits,
        "zero_point": rules.zero_point,
    }
    return "\n".join(
        [
            "/* decisions */",
            *(
                c_text.array(f"static const uint16_t decision_{name}", np.array(values, np.int64))
                for name, values in arrays.items()
            ),
            f"const eg_decision_t eg_decision = {{\n{c_text.fields(fields)}}};\n",
        ]
    )
