/* Op definitions as a program reads them. That all of them are told rightly is checked by tests/ops_test.py. */
#include <stdlib.h>

#include "test.h"

TestSuite(op_def, .timeout = 10);

Test(op_def, ops_are_in_the_order_of_names)
{
    size_t count = vs_op_def_count();
    cr_assert(count > 1900);
    for (size_t i = 1; i < count; i++)
        cr_assert(strcmp(vs_op_def_name(vs_op_def_at(i - 1)), vs_op_def_name(vs_op_def_at(i))) < 0);
    cr_assert(!vs_op_def_at(count));
    cr_assert(!vs_op_def_at(SIZE_MAX));
}

Test(op_def, an_op_is_found_by_its_exact_name)
{
    assert_text(vs_op_def_name(vs_op_def_find("MatMul")), "MatMul");
    cr_assert(!vs_op_def_find("matmul"));
    cr_assert(!vs_op_def_find("MatMu"));
    cr_assert(!vs_op_def_find(""));
}

Test(op_def, what_is_misspelt_has_a_nearest_op)
{
    assert_text(vs_op_def_name(vs_op_def_nearest("matmul")), "MatMul");
    assert_text(vs_op_def_name(vs_op_def_nearest("Softmx")), "Softmax");
    cr_assert(!vs_op_def_nearest("NothingOfTheKindAtAll"));
    cr_assert(!vs_op_def_nearest(""));
    char longest[2000];
    memset(longest, 'M', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    cr_assert(!vs_op_def_nearest(longest));
}

Test(op_def, inputs_and_outputs_say_their_types)
{
    const vs_op_def *def = vs_op_def_find("ParseExample");
    vs_op_def_arg arg;
    cr_assert(vs_op_def_num_inputs(def) == 5 && vs_op_def_num_outputs(def) == 4);
    cr_assert(vs_op_def_get_input(def, 0, &arg));
    cr_assert(arg.dtype == VS_STRING && !arg.type_attr && !arg.number_attr && !arg.is_ref);
    cr_assert(vs_op_def_get_input(def, 2, &arg));
    assert_text(arg.name, "sparse_keys");
    assert_text(arg.number_attr, "Nsparse");
    cr_assert(vs_op_def_get_output(def, 1, &arg));
    assert_text(arg.type_list_attr, "sparse_types");
    cr_assert(!vs_op_def_get_input(def, 5, &arg) && !vs_op_def_get_output(def, 4, &arg));
    cr_assert(vs_op_def_get_input(vs_op_def_find("Assign"), 0, &arg) && arg.is_ref);
}

/* Attribute `name` of an op, and its position. */
static size_t find_attr(const vs_op_def *def, const char *name, vs_op_def_attr *attr)
{
    size_t i = 0;
    while (vs_op_def_get_attr(def, i, attr) && strcmp(attr->name, name) != 0)
        i++;
    cr_assert(i < vs_op_def_num_attrs(def), "no attribute %s", name);
    return i;
}

Test(op_def, attributes_say_what_they_allow)
{
    const vs_op_def *def = vs_op_def_find("MaxPool");
    vs_op_def_attr attr;
    size_t padding = find_attr(def, "padding", &attr);
    assert_text(attr.type, "string");
    cr_assert(!attr.has_default && !attr.has_minimum && attr.num_allowed == 3);
    assert_text(vs_op_def_allowed(def, padding, 1), "VALID");
    cr_assert(!vs_op_def_allowed(def, padding, 3) && !vs_op_def_allowed(def, 99, 0));
    find_attr(def, "ksize", &attr);
    assert_text(attr.type, "list(int)");
    cr_assert(attr.has_minimum && attr.minimum == 4 && attr.num_allowed == 0);
    size_t type = find_attr(def, "T", &attr);
    assert_text(vs_op_def_allowed(def, type, 2), "float32");
}

Test(op_def, defaults_are_written_as_snprintf_does)
{
    const vs_op_def *def = vs_op_def_find("Conv2D");
    vs_op_def_attr attr;
    char text[64];
    size_t dilations = find_attr(def, "dilations", &attr);
    cr_assert(attr.has_default);
    cr_assert(vs_op_def_format_default(def, dilations, NULL, 0) == strlen("[1, 1, 1, 1]"));
    vs_op_def_format_default(def, dilations, text, sizeof text);
    assert_text(text, "[1, 1, 1, 1]");
    cr_assert(vs_op_def_format_default(def, dilations, text, 5) == 12);
    assert_text(text, "[1, ");
    size_t strides = find_attr(def, "strides", &attr);
    cr_assert(!attr.has_default && vs_op_def_format_default(def, strides, text, sizeof text) == 0);
    assert_text(text, "");
}

Test(op_def, flags_and_deprecations)
{
    uint32_t version;
    cr_assert(vs_op_def_flags(vs_op_def_find("AddV2")) ==
              (VS_OP_IS_COMMUTATIVE | VS_OP_IS_AGGREGATE | VS_OP_HAS_SHAPE_RULE));
    cr_assert(vs_op_def_flags(vs_op_def_find("RandomUniform")) & VS_OP_IS_STATEFUL);
    cr_assert(!(vs_op_def_flags(vs_op_def_find("Abort")) & VS_OP_HAS_SHAPE_RULE));
    assert_text(vs_op_def_deprecation(vs_op_def_find("AdjustContrast"), &version), "Use AdjustContrastv2 instead");
    cr_assert(version == 2);
    cr_assert(!vs_op_def_deprecation(vs_op_def_find("AddV2"), &version) && version == 0);
}
