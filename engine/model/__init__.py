"""The network that learns two faces: the only place that imports Keras.

Keras and TensorFlow read their environment once, when they are first imported. It is completed here because a package
is imported before its modules; what the user has set stays as it is.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
# Off by default on processors without AVX512, where it still makes convolutions 1.2 to 2 times as fast.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
