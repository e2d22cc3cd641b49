#!/usr/bin/env python3
"""GPT-2's graph in TensorFlow's own Python: what examples/gpt2 is compared with, and measured beside.

    gpt2_tf.py HPARAMS.json [--towers N] [--batch B] [-o OUT.pb|OUT.pb.xz] [--check FILE.pb.xz] [--repeat N] [--json]

builds what `gpt2` builds, with tf.compat.v1 of TensorFlow 2.21.0: for each tower a name scope `tower_I`, a placeholder X
and the model, whose variables all towers share; then the initializer `init`. The model is the published one of
openai/gpt-2, written anew: the same calls in the same order, since every one of them shows in the graph.

`-o` writes the GraphDef, without the library of functions, which is empty; compressed, it is what tests/data/gpt2 holds
and tests/gpt2_test.py compares with. `--check` compares with such a file. `--repeat` builds again and again, and `--json`
prints how long each build took.
"""

import argparse
import json
import lzma
import math
import statistics
import sys
import time

from tf_environment import tf

tf1 = tf.compat.v1
tf1.disable_resource_variables()
tf1.disable_eager_execution()


# --- Shapes ---------------------------------------------------------------------------------------------------------

def sizes(tensor):
    """The dimensions of a tensor, each a number where it is known, else a scalar tensor."""
    known = tensor.shape.as_list()
    computed = tf1.shape(tensor)
    return [computed[axis] if size is None else size for axis, size in enumerate(known)]


def split_last(tensor, parts):
    """[..., m] to [..., parts, m / parts]."""
    *front, last = sizes(tensor)
    return tf1.reshape(tensor, front + [parts, last // parts])


def join_last(tensor):
    """[..., a, b] to [..., a * b]."""
    *front, rows, columns = sizes(tensor)
    return tf1.reshape(tensor, front + [rows * columns])


# --- Layers ---------------------------------------------------------------------------------------------------------

def softmax(logits):
    """Along the last axis, from its parts."""
    shifted = logits - tf1.reduce_max(logits, axis=-1, keepdims=True)
    powers = tf1.exp(shifted)
    return powers / tf1.reduce_sum(powers, axis=-1, keepdims=True)


def gelu(x):
    """The activation, by its approximation with tanh."""
    return 0.5 * x * (1 + tf1.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * tf1.pow(x, 3))))


def normalize(x, scope):
    """To mean 0 and variance 1 along the last axis, then scaled by g and moved by b."""
    with tf1.variable_scope(scope):
        width = x.shape.as_list()[-1]
        gain = tf1.get_variable("g", [width], initializer=tf1.constant_initializer(1))
        bias = tf1.get_variable("b", [width], initializer=tf1.constant_initializer(0))
        mean = tf1.reduce_mean(x, axis=-1, keepdims=True)
        variance = tf1.reduce_mean(tf1.square(x - mean), axis=-1, keepdims=True)
        x = (x - mean) * tf1.rsqrt(variance + 1e-5)
        return x * gain + bias


def dense(x, scope, width):
    """A product with w, plus b, along the last axis."""
    with tf1.variable_scope(scope):
        *front, depth = sizes(x)
        weights = tf1.get_variable("w", [1, depth, width], initializer=tf1.random_normal_initializer(stddev=0.02))
        bias = tf1.get_variable("b", [width], initializer=tf1.constant_initializer(0))
        product = tf1.matmul(tf1.reshape(x, [-1, depth]), tf1.reshape(weights, [-1, width]))
        return tf1.reshape(product + bias, front + [width])


# --- Attention ------------------------------------------------------------------------------------------------------

def lower_triangle(rows, columns, dtype):
    """1 where a row may look at a column, counted from the lower right corner; else 0."""
    row = tf1.range(rows)[:, None]
    column = tf1.range(columns)
    return tf1.cast(row >= column - columns + rows, dtype)


def split_heads(x, heads):
    """[batch, sequence, features] to [batch, heads, sequence, features / heads]."""
    return tf1.transpose(split_last(x, heads), [0, 2, 1, 3])


def masked(weights):
    """Weights of what lies ahead, made very small."""
    _, _, rows, columns = sizes(weights)
    mask = lower_triangle(rows, columns, weights.dtype)
    mask = tf1.reshape(mask, [1, 1, rows, columns])
    return weights * mask - tf1.cast(1e10, weights.dtype) * (1 - mask)


def attend(query, key, value):
    """Values weighed by how well their keys fit the queries."""
    weights = tf1.matmul(query, key, transpose_b=True)
    weights = weights * tf1.rsqrt(tf1.cast(value.shape.as_list()[-1], weights.dtype))
    return tf1.matmul(softmax(masked(weights)), value)


def attention(x, scope, heads):
    """The layer, and its keys and values."""
    with tf1.variable_scope(scope):
        width = x.shape.as_list()[-1]
        query, key, value = [split_heads(part, heads) for part in tf1.split(dense(x, "c_attn", 3 * width), 3, axis=2)]
        present = tf1.stack([key, value], axis=1)
        joined = join_last(tf1.transpose(attend(query, key, value), [0, 2, 1, 3]))
        return dense(joined, "c_proj", width), present


# --- The model ------------------------------------------------------------------------------------------------------

def perceptron(x, scope):
    """Two dense layers, the first four times as wide."""
    with tf1.variable_scope(scope):
        width = x.shape.as_list()[-1]
        return dense(gelu(dense(x, "c_fc", 4 * width)), "c_proj", width)


def block(x, scope, heads):
    """One layer of the model."""
    with tf1.variable_scope(scope):
        attended, present = attention(normalize(x, "ln_1"), "attn", heads)
        x = x + attended
        x = x + perceptron(normalize(x, "ln_2"), "mlp")
        return x, present


def positions(tokens):
    """The place of each token in its sequence."""
    batch = tf1.shape(tokens)[0]
    length = tf1.shape(tokens)[1]
    return tf1.tile(tf1.expand_dims(0 + tf1.range(length), axis=0), [batch, 1])


def model(hparams, tokens):
    """Logits of the next token at each place, and keys and values of all layers."""
    width = hparams["n_embd"]
    with tf1.variable_scope("model", reuse=tf1.AUTO_REUSE):
        batch, length = sizes(tokens)
        place = tf1.get_variable("wpe", [hparams["n_ctx"], width], initializer=tf1.random_normal_initializer(stddev=0.01))
        word = tf1.get_variable("wte", [hparams["n_vocab"], width], initializer=tf1.random_normal_initializer(stddev=0.02))
        hidden = tf1.gather(word, tokens) + tf1.gather(place, positions(tokens))
        presents = []
        for layer in range(hparams["n_layer"]):
            hidden, present = block(hidden, f"h{layer}", hparams["n_head"])
            presents.append(present)
        present = tf1.stack(presents, axis=1)
        flat = tf1.reshape(normalize(hidden, "ln_f"), [batch * length, width])
        logits = tf1.reshape(tf1.matmul(flat, word, transpose_b=True), [batch, length, hparams["n_vocab"]])
        return logits, present


def build(hparams, towers=1, batch=1):
    """A graph with the model in so many towers."""
    graph = tf.Graph()
    with graph.as_default():
        for tower in range(towers):
            with tf1.name_scope(f"tower_{tower}"):
                model(hparams, tf1.placeholder(tf.int32, [batch, None], name="X"))
        tf1.global_variables_initializer()
    return graph


def encode(graph):
    """A graph as the bytes of a GraphDef."""
    graph_def = graph.as_graph_def()
    graph_def.ClearField("library")
    return graph_def.SerializeToString(deterministic=True)


def write(data, path):
    """Write a file, compressed where its name ends so."""
    with open(path, "wb") as file:
        file.write(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME) if path.endswith(".xz") else data)


# --- The command ----------------------------------------------------------------------------------------------------

def main(argv):
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Build GPT-2's graph in TensorFlow.")
    parser.add_argument("hparams")
    parser.add_argument("--towers", type=int, default=1)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("-o", "--output", help="write a GraphDef; .xz: compressed")
    parser.add_argument("--check", help="compare with a compressed GraphDef")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args(argv)
    with open(arguments.hparams, encoding="utf-8") as file:
        hparams = json.load(file)
    times = []
    for _ in range(arguments.repeat):
        begin = time.perf_counter()
        graph = build(hparams, arguments.towers, arguments.batch)
        times.append(1e3 * (time.perf_counter() - begin))
    nodes = len(graph.get_operations())
    median = statistics.median(times)
    if arguments.json:
        print(json.dumps({"towers": arguments.towers, "nodes": nodes, "milliseconds": times,
                          "median_milliseconds": median, "nodes_per_second": round(nodes / median * 1e3)}))
    else:
        print(f"{arguments.towers} towers: {nodes} nodes in {median:.3f} ms, {nodes / median * 1e3:.0f} nodes a second")
    if arguments.output:
        write(encode(graph), arguments.output)
    if arguments.check:
        with lzma.open(arguments.check) as file:
            if file.read() != encode(graph):
                print(f"{arguments.check} holds another graph")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
