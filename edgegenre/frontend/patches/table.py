"""What each backbone is shown, by the backbone's name."""

from edgegenre.frontend.patches.cutting import Patches
from edgegenre.frontend.patches.musicnn import MUSICNN_PATCHES
from edgegenre.frontend.patches.vgg16 import VGG16_PATCHES
from edgegenre.frontend.patches.yamnet import YAMNET_PATCHES

PATCHES: dict[str, Patches] = {"musicnn": MUSICNN_PATCHES, "vgg16": VGG16_PATCHES, "yamnet": YAMNET_PATCHES}
