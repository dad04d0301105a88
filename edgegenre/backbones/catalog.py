"""The backbones by name."""

from edgegenre.backbones.backbone import Backbone
from edgegenre.backbones.musicnn import MUSICNN
from edgegenre.backbones.vgg16 import VGG16
from edgegenre.backbones.yamnet import YAMNET

BACKBONES: dict[str, Backbone] = {backbone.name: backbone for backbone in (MUSICNN, VGG16, YAMNET)}
