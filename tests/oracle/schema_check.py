#!/usr/bin/env python3
"""Compare the library's protobuf schema with TensorFlow's.

    schema_check.py [SCHEMA.proto]

Every message of ours must be TensorFlow's of the same name, cut down: each field has the same number, type,
label, packing and oneof there. Every enum must be complete. Prints what differs; exit status 1 if anything
does, 2 if the schema cannot be read. Needs the package tensorflow, and protoc or protoc-c.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

import tf_environment  # noqa: F401
from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool
from tensorflow.core.framework import graph_pb2, variable_pb2
from tensorflow.core.protobuf import meta_graph_pb2

HERE = pathlib.Path(__file__).resolve().parent
SCHEMA = HERE.parent.parent / "src" / "io" / "proto" / "varscope_graph.proto"
PACKAGE = "vs.pb."
TENSORFLOW = "tensorflow."
# Repeated in our schema under a name of ours.
ELSEWHERE = {PACKAGE + "Any": any_pb2.Any.DESCRIPTOR.full_name}


def compile_schema(path):
    """Our schema's descriptors, in a pool of their own."""
    compiler = shutil.which("protoc") or shutil.which("protoc-c")
    if compiler is None:
        raise RuntimeError("neither protoc nor protoc-c is installed")
    with tempfile.TemporaryDirectory() as directory:
        out = pathlib.Path(directory) / "schema.fds"
        subprocess.run([compiler, "--proto_path=%s" % path.parent, "--descriptor_set_out=%s" % out,
                        path.name], check=True)
        files = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for proto in files.file:
        pool.AddSerializedFile(proto.SerializeToString())
    if not any(proto.message_type for proto in files.file):
        raise RuntimeError("%s has no messages" % path)
    return [pool.FindFileByName(proto.name) for proto in files.file]


def tensorflow_files(*descriptors):
    """The files that these need, themselves included."""
    found = {}

    def add(file):
        if file.name not in found:
            found[file.name] = file
            for dependency in file.dependencies:
                add(dependency)

    for descriptor in descriptors:
        add(descriptor)
    return found.values()


def all_messages(files):
    """By full name, nested ones and map entries included."""
    found = {}

    def add(message):
        found[message.full_name] = message
        for nested in message.nested_types:
            add(nested)

    for file in files:
        for message in file.message_types_by_name.values():
            add(message)
    return found


def all_enums(files):
    return {enum.full_name: enum for file in files for enum in file.enum_types_by_name.values()}


def theirs(name):
    """The name that a type of ours has in TensorFlow."""
    if name in ELSEWHERE:
        return ELSEWHERE[name]
    return TENSORFLOW + name[len(PACKAGE):]


def type_of(field, rename=lambda name: name):
    if field.message_type is not None:
        return rename(field.message_type.full_name)
    return rename(field.enum_type.full_name) if field.enum_type is not None else field.type


def facts(field, rename=lambda name: name):
    return {
        "number": field.number,
        "type": type_of(field, rename),
        "repeated": field.is_repeated,
        "packed": field.is_packed,
        "presence": field.has_presence,
        "oneof": field.containing_oneof.name if field.containing_oneof is not None else None,
    }


def compare_message(ours, reference):
    options = ours.GetOptions().map_entry, reference.GetOptions().map_entry
    if options[0] != options[1]:
        yield "%s: map entry here %s, there %s" % (ours.full_name, *options)
    for field in ours.fields:
        other = reference.fields_by_name.get(field.name)
        if other is None:
            yield "%s.%s: not in TensorFlow" % (ours.full_name, field.name)
            continue
        here, there = facts(field, theirs), facts(other)
        for fact in here:
            if here[fact] != there[fact]:
                yield "%s: %s here %s, there %s" % (field.full_name, fact, here[fact], there[fact])


def compare_enum(ours, reference):
    here = {value.name: value.number for value in ours.values}
    there = {value.name: value.number for value in reference.values}
    for name in sorted(here.keys() | there.keys(), key=lambda n: there.get(n, here.get(n))):
        if here.get(name) != there.get(name):
            yield "%s.%s: here %s, there %s" % (ours.full_name, name, here.get(name), there.get(name))


def compare(ours, reference):
    for kind, compare_one in ((all_messages, compare_message), (all_enums, compare_enum)):
        known = kind(reference)
        for name, descriptor in kind(ours).items():
            if theirs(name) in known:
                yield from compare_one(descriptor, known[theirs(name)])
            else:
                yield "%s: not in TensorFlow" % name


def main():
    path = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else SCHEMA
    try:
        ours = compile_schema(path)
    except (RuntimeError, subprocess.CalledProcessError) as error:
        print("schema_check: %s" % error, file=sys.stderr)
        return 2
    reference = tensorflow_files(graph_pb2.DESCRIPTOR, variable_pb2.DESCRIPTOR, meta_graph_pb2.DESCRIPTOR,
                                 any_pb2.DESCRIPTOR)
    differences = list(compare(ours, reference))
    print("\n".join(differences) if differences else
          "%d messages, %d enums agree" % (len(all_messages(ours)), len(all_enums(ours))))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
