"""TensorFlow, in the environment that the oracle wants. Imported before any other part of TensorFlow."""

import os

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# oneDNN rounds differently from machine to machine, and its convolution ends the process on an input of a wrong shape.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import tensorflow as tf  # noqa: E402, F401  (the environment comes first)
