"""VGG16 and YAMNet with random weights, built, run and saved by Keras: `python keras_oracle.py vgg16|yamnet FOLDER`.

In a process of its own, as Keras and torch do not share threads well. FOLDER holds input.npy (vgg16: pixels [pictures,
high, wide, 3], red first; yamnet: patches [patches, 96, 64, 1]) and gets the files of weights and answers.npy.
"""

import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import h5py
import keras
import numpy as np
import tensorflow as tf
from keras.src.legacy.saving import legacy_h5_format

YAMNET = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]


def randomized(model: keras.Model) -> keras.Model:
    """Weights that keep the spread of the values, biases and averages that are not 0, variances around 1."""
    dice = np.random.default_rng(0)
    for layer in model.layers:
        weights = []
        for variable in layer.weights:
            shape = tuple(variable.shape)
            if variable.path.endswith("variance"):
                weights.append(dice.uniform(0.5, 1.5, shape))
            elif len(shape) == 1:
                weights.append(dice.normal(0, 0.1, shape))
            else:
                inputs = np.prod(shape[:2] if "depthwise" in variable.path else shape[:3])
                weights.append(dice.normal(0, np.sqrt(2 / inputs), shape))
        layer.set_weights(weights)
    return model


def vgg16(folder: Path) -> None:
    """Saved as a whole model and as weights of Keras 2 and 3."""
    body = randomized(keras.applications.VGG16(weights=None, include_top=False, input_shape=(288, 432, 3)))
    body.save(folder / "model.h5")
    body.save_weights(folder / "vgg16.weights.h5")
    with h5py.File(folder / "vgg16_notop.h5", "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, body)
    pixels = keras.applications.vgg16.preprocess_input(np.load(folder / "input.npy").copy())
    np.save(folder / "answers.npy", body.predict(pixels, verbose=0).mean(axis=(1, 2)))


def yamnet(folder: Path) -> None:
    """Saved as weights of Keras 3 and, by TensorFlow's converter, as .tflite in floats and in integers."""
    x = inputs = keras.Input((96, 64, 1))
    x = _normalized(keras.layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False)(x))
    for channels, stride in YAMNET:
        x = _normalized(keras.layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False)(x))
        x = _normalized(keras.layers.Conv2D(channels, 1, padding="same", use_bias=False)(x))
    x = keras.layers.GlobalAveragePooling2D()(x)
    answers = keras.Model(inputs, x)
    model = randomized(keras.Model(inputs, keras.layers.Dense(521)(x)))
    model.save_weights(folder / "yamnet.weights.h5")
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    (folder / "yamnet.tflite").write_bytes(converter.convert())
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    (folder / "yamnet-quantized.tflite").write_bytes(converter.convert())
    np.save(folder / "answers.npy", answers.predict(np.load(folder / "input.npy"), verbose=0))


def _normalized(x: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.ReLU()(keras.layers.BatchNormalization(scale=False, epsilon=1e-4)(x))


if __name__ == "__main__":
    {"vgg16": vgg16, "yamnet": yamnet}[sys.argv[1]](Path(sys.argv[2]))
