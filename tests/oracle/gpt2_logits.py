#!/usr/bin/env python3
"""Run the graph of examples/gpt2 in real TensorFlow: the forward pass of a tiny model with known weights.

    gpt2_logits.py GPT2 DATA/tiny_logits.json

`tiny_logits.json` has hyperparameters, weights (the k-th variable by name has 0.5 * sin(0.1 * j + k) as its j-th
element), tokens, and the logits that the published model.py computed of them in TensorFlow 2.21.0. GPT2 builds the same
model in two towers, which share the weights: the logits of both have to be those. The last line counts.
"""

import json
import os
import subprocess
import sys
import tempfile

import numpy as np
from tf_environment import tf

tf1 = tf.compat.v1
TOWERS = 2
TOLERANCE = 1e-5


def build(program, hparams, folder):
    """The MetaGraphDef of a model, as a file."""
    path = os.path.join(folder, "hparams.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(hparams, file)
    meta = os.path.join(folder, "gpt2.meta")
    subprocess.run([program, path, "--towers", str(TOWERS), "-o", meta], check=True, stdout=subprocess.DEVNULL)
    return meta


def load_weights(session):
    """Give the variables their weights. Returns their names, in order."""
    variables = sorted(tf1.global_variables(), key=lambda variable: variable.name)
    for k, variable in enumerate(variables):
        count = variable.shape.num_elements()
        weights = 0.5 * np.sin(0.1 * np.arange(count) + k)
        variable.load(weights.astype(np.float32).reshape(variable.shape.as_list()), session)
    return [variable.name for variable in variables]


def run(meta, tokens):
    """The names of the variables, and the logits of each tower."""
    with tf.Graph().as_default(), tf1.Session() as session:
        tf1.train.import_meta_graph(meta)
        session.run("init")
        names = load_weights(session)
        towers = [f"tower_{i}" for i in range(TOWERS)]
        feeds = {f"{tower}/X:0": tokens for tower in towers}
        return names, session.run([f"{tower}/model/Reshape_1:0" for tower in towers], feeds)


def main(argv):
    """The command. Returns the exit status."""
    program, data = argv
    with open(data, encoding="utf-8") as file:
        expected = json.load(file)
    with tempfile.TemporaryDirectory() as folder:
        names, towers = run(build(program, expected["hparams"], folder), expected["tokens"])
    wanted = np.array(expected["logits"])
    checks = [names == expected["variables"]]
    for tower, logits in enumerate(towers):
        difference = float(np.max(np.abs(logits - wanted))) if logits.shape == wanted.shape else np.inf
        print(f"tower_{tower}: {logits.size} logits, of which none differs by more than {difference:.3g}")
        checks.append(difference <= TOLERANCE)
    print(f"{sum(checks)} passed, {len(checks) - sum(checks)} failed")
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
