"""The front ends of the other papers, as they are deployed here: uncentered, nothing looks at the whole clip."""

import dataclasses

from edgegenre.frontend.kinds.log_mel import LogMel
from edgegenre.frontend.kinds.magnitude import Magnitude
from edgegenre.frontend.kinds.mel_decibels import MelDecibels
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC, Mfcc
from edgegenre.frontend.kinds.raw import Raw
from edgegenre.frontend.kinds.summary import Summary

LOG_MEL = LogMel(
    sample_rate=22_050,
    frame_length=512,
    hop_length=256,
    window_frames=80,
    mel_bands=80,
    low_hz=0.0,
    high_hz=11_025.0,
    offset=1e-6,
)
MEL_DB = MelDecibels(
    sample_rate=22_050,
    frame_length=2048,
    hop_length=512,
    window_frames=458,
    mel_bands=128,
    low_hz=0.0,
    high_hz=11_025.0,
    power_floor=1e-10,
)
MAGNITUDE = Magnitude(sample_rate=44_100, frame_length=2048, hop_length=1024, window_frames=128, floor=1e-5)
RAW = Raw(sample_rate=44_100, frame_length=1024, hop_length=1024, window_frames=127)
MFCC_13 = Mfcc(
    sample_rate=22_050,
    frame_length=2048,
    hop_length=512,
    window_frames=126,
    mel_bands=128,
    low_hz=0.0,
    high_hz=11_025.0,
    power_floor=1e-10,
    coefficients=13,
)
MFCC_20 = dataclasses.replace(MFCC_13, coefficients=20)

SUMMARY = Summary(of=MFCC_20)

KINDS = {
    "liang": LIANG_MFCC,
    "mfcc 13": MFCC_13,
    "mfcc 20": MFCC_20,
    "log-mel": LOG_MEL,
    "mel-db": MEL_DB,
    "magnitude": MAGNITUDE,
    "raw": RAW,
    "summary": SUMMARY,
}
