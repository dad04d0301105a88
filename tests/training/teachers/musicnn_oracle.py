"""The graph that the package `musicnn` itself ships, run by TensorFlow: `python musicnn_oracle.py PATCHES.npy OUT.npz`.

What trained the network is cut away; the rest is untouched.
"""

import importlib.util
import os
import sys
from pathlib import Path

import numpy as np

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf
from tensorflow.core.protobuf.meta_graph_pb2 import MetaGraphDef

OUTPUTS = {
    "largest": "model/Max",
    "mean": "model/moments/mean",
    "penultimate": "model/batch_normalization_10/batchnorm/add_1",
    "tags": "model/dense_1/BiasAdd",
}


def main(patches: str, out: str) -> None:
    package = importlib.util.find_spec("musicnn").submodule_search_locations[0]
    prefix = str(Path(package) / "MSD_musicnn") + "/"
    meta = MetaGraphDef.FromString(Path(prefix + ".meta").read_bytes())
    graph_def = tf.compat.v1.graph_util.extract_sub_graph(meta.graph_def, list(OUTPUTS.values()))
    for node in graph_def.node:
        node.attr.pop("_output_shapes", None)
    reader = tf.compat.v1.train.NewCheckpointReader(prefix)
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def, name="")
        placeholders = [item.outputs[0] for item in graph.get_operations() if item.type == "Placeholder"]
        (training,) = (tensor for tensor in placeholders if tensor.dtype == tf.bool)
        (features,) = (tensor for tensor in placeholders if tensor.dtype == tf.float32)
        fed = {training: False, features: np.load(patches)}
        for operation in graph.get_operations():
            if operation.type in ("VariableV2", "Variable"):
                fed[f"{operation.name}/read:0"] = reader.get_tensor(operation.name)
        with tf.compat.v1.Session(graph=graph) as session:
            values = session.run({name: f"{tensor}:0" for name, tensor in OUTPUTS.items()}, fed)
    np.savez(out, **values)


if __name__ == "__main__":
    main(*sys.argv[1:])
