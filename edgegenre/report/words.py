"""What targets and verdicts are called in every form of the report."""

TARGET_WORDS = {
    "cpu": "This computer",
    "gpu": "Graphics processors",
    "mcu": "Microcontrollers",
    "pi": "Raspberry Pi",
}
VERDICT_WORDS = {"holds": "holds", "partly": "holds in part", "fails": "does not hold", "unknown": "not measured yet"}
