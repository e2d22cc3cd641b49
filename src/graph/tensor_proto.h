/* Constants: literals as TensorProto messages, encoded as make_tensor_proto (tensor_util.py) does. */
#ifndef VS_GRAPH_TENSOR_PROTO_H
#define VS_GRAPH_TENSOR_PROTO_H

#include <varscope/tensor.h>

#include "text.h"

/* A literal in one form, whatever kind of vs_tensor it came from. */
typedef struct vs__values {
    vs_literal_kind kind;
    size_t count;
    vs_shape shape; /* dims borrowed from the literal */
    const void *data;
    union {
        int64_t integer;
        double real;
        bool boolean;
        const char *string;
    } scalar; /* data points here for a scalar */
} vs__values;

/* false: not a literal, or one with bad dims. The result points into itself: do not copy it. */
bool vs__values_of(vs_tensor literal, vs__values *out);

/* The dtype that Python's literal would get: int32 or int64, float32, bool, string, complex128. */
vs_dtype vs__values_dtype(const vs__values *values);

/* The size of an element of a literal. */
size_t vs__literal_element_size(vs_literal_kind kind);

/* An integer, bool or real element as a double. */
double vs__value_as_double(const vs__values *values, size_t i);

/* An element of a literal of numbers as a complex number, and one of strings as bytes. */
vs_complex vs__value_as_complex(const vs__values *values, size_t i);
vs_bytes vs__value_as_bytes(const vs__values *values, size_t i);

/* Whether a literal may become a dtype (tensor_util._AssertCompatible). */
bool vs__values_fit(const vs__values *values, vs_dtype dtype);

/*
 * Write a TensorProto of a dtype and a fully defined shape that has at least as many elements as the literal; the
 * last one repeats. The literal fits the dtype. Out of memory shows in out->failed.
 */
void vs__tensor_proto_write(vs__bytes *out, const vs__values *values, vs_dtype dtype, vs_shape shape);

/* A TensorShapeProto. */
void vs__shape_proto_write(vs__bytes *out, vs_shape shape);

/*
 * Read the elements of an int32 or int64 TensorProto, at most capacity of them.
 * @return their number; -1 when the tensor is of another type, or larger
 */
int64_t vs__tensor_proto_ints(const uint8_t *proto, size_t size, int64_t *out, size_t capacity);

#endif
