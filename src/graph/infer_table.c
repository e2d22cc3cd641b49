/* Which rule an op has, and the shapes of those ops for which a pattern tells all. */
#include <stdlib.h>
#include <string.h>

#include "infer_rules.h"

/* ---- patterns ---- */

/*
 * The shapes of many ops are told by patterns, as by an einsum: ".aa,.ab->.ab" are batches of matrices.
 *
 *     a b ...  a dim, the same one wherever the letter stands
 *     0 1 ...  a dim of that size
 *     ?        a dim that is unknown
 *     .        any number of dims, the same ones wherever the dot stands
 *     _        alone: a scalar
 *     *        alone, in an input: any shape
 *     =N       alone, in a result: the shape of input N
 */
typedef struct pattern {
    uint16_t op;
    char text[30];
} pattern;

/* Sorted by op. */
/* clang-format off */
static const pattern patterns[] = {
    {VS__OP_AdjustContrastv2, ".abc,_->.abc"},
    {VS__OP_AdjustHue, ".abc,*->.abc"},
    {VS__OP_AdjustSaturation, ".abc,*->.abc"},
    {VS__OP_BroadcastGradientArgs, "a,b->?,?"},
    {VS__OP_Cholesky, ".aa->.aa"},
    {VS__OP_CountUpTo, "_->_"},
    {VS__OP_DecodeRaw, ".->.?"},
    {VS__OP_Diag, "a.->a.a."},
    {VS__OP_EncodeJpeg, "abc->_"},
    {VS__OP_FFT, ".a->.a"},
    {VS__OP_FFT2D, ".ab->.ab"},
    {VS__OP_FFT3D, ".abc->.abc"},
    {VS__OP_HSVToRGB, ".3->.3"},
    {VS__OP_IFFT, ".a->.a"},
    {VS__OP_IFFT2D, ".ab->.ab"},
    {VS__OP_IFFT3D, ".abc->.abc"},
    {VS__OP_InTopK, "ab,a->a"},
    {VS__OP_InTopKV2, "ab,a,*->a"},
    {VS__OP_InvertPermutation, "a->a"},
    {VS__OP_LRN, "abcd->abcd"},
    {VS__OP_ListDiff, "a,b->?,?"},
    {VS__OP_LogMatrixDeterminant, ".aa->.,."},
    {VS__OP_LogSoftmax, ".a->.a"},
    {VS__OP_LookupTableSizeV2, "_->_"},
    {VS__OP_LoopCond, "_->_"},
    {VS__OP_Lu, ".aa->.aa,.a"},
    {VS__OP_MatrixDeterminant, ".aa->."},
    {VS__OP_MatrixDiag, ".a->.aa"},
    {VS__OP_MatrixInverse, ".aa->.aa"},
    {VS__OP_MatrixLogarithm, ".aa->.aa"},
    {VS__OP_MatrixSolve, ".aa,.ab->.ab"},
    {VS__OP_MatrixSquareRoot, ".aa->.aa"},
    {VS__OP_MaxPoolGrad, "abcd,*,*->abcd"},
    {VS__OP_RGBToHSV, ".3->.3"},
    {VS__OP_ReadFile, "_->_"},
    {VS__OP_RefSwitch, "*,_->=0,=0"},
    {VS__OP_RegexReplace, "*,_,_->=0"},
    {VS__OP_SegmentMax, "a.,b->?."},
    {VS__OP_SegmentMean, "a.,b->?."},
    {VS__OP_SegmentMin, "a.,b->?."},
    {VS__OP_SegmentProd, "a.,b->?."},
    {VS__OP_SegmentSum, "a.,b->?."},
    {VS__OP_Softmax, ".a->.a"},
    {VS__OP_SparseSegmentMean, "a.,b,b->?."},
    {VS__OP_SparseSegmentSqrtN, "a.,b,b->?."},
    {VS__OP_SparseSegmentSum, "a.,b,b->?."},
    {VS__OP_SparseSoftmaxCrossEntropyWithLogits, "ab,a->a,ab"},
    {VS__OP_Switch, "*,_->=0,=0"},
    {VS__OP_Unique, "a->?,=0"},
    {VS__OP_UniqueWithCounts, "*->?,=0,?"},
};
/* clang-format on */

/* What letters and the dot stand for. */
typedef struct bindings {
    int64_t dims[26];
    vs_shape dots;
    int64_t storage[VS_MAX_RANK]; /* of dots, where it is merged */
} bindings;

static bool ends_shape(char c)
{
    return c == '\0' || c == ',' || c == '-';
}

static bool match_dim(const vs__inference *op, char c, int64_t dim, bindings *bound)
{
    int64_t unused;
    if (c == '?')
        return true;
    if (c >= '0' && c <= '9')
        return vs__dims_merge(op, dim, c - '0', &unused);
    return vs__dims_merge(op, bound->dims[c - 'a'], dim, &bound->dims[c - 'a']);
}

/* Match an input, whose part of the pattern has `length` characters. */
static bool match_input(const vs__inference *op, size_t input, const char *text, int64_t length,
                        bindings *bound)
{
    const char *dot = memchr(text, '.', (size_t)length);
    vs_shape shape = vs__in(op, input);
    if (*text == '*')
        return true;
    length -= *text == '_';
    if (!(dot ? vs__rank_at_least(op, input, length - 1) : vs__rank_is(op, input, length)))
        return false;
    int64_t front = dot ? dot - text : length, back = length - front - 1;
    for (int64_t i = 0; i < length; i++)
        if (text[i] != '.' && !match_dim(op, text[i], vs__dim(shape, i < front ? i : i - length), bound))
            return false;
    return !dot || vs__shapes_merge(op, bound->dots, vs__part(shape, front, back ? -back : VS__END),
                                    bound->storage, &bound->dots);
}

static bool set_output(vs__inference *op, size_t output, const char *text, const bindings *bound)
{
    if (*text == '=')
        return vs__set_same(op, output, (size_t)(text[1] - '0'));
    vs__joined out;
    vs__join_start(&out);
    for (text += *text == '_'; !ends_shape(*text); text++) {
        if (*text == '.')
            vs__join(&out, bound->dots);
        else if (*text >= '0' && *text <= '9')
            vs__join_dim(&out, *text - '0');
        else
            vs__join_dim(&out, *text == '?' ? -1 : bound->dims[*text - 'a']);
    }
    return vs__set_joined(op, output, &out);
}

static bool apply_pattern(vs__inference *op, const char *text)
{
    bindings bound = {.dots = VS_UNKNOWN_SHAPE};
    for (int i = 0; i < 26; i++)
        bound.dims[i] = -1;
    for (size_t input = 0; *text != '-'; input++) {
        const char *end = text;
        while (!ends_shape(*end))
            end++;
        if (!match_input(op, input, text, end - text, &bound))
            return false;
        text = end + (*end == ',');
    }
    text += 2;
    for (size_t output = 0; output < op->n_outputs; output++) {
        if (!set_output(op, output, text, &bound))
            return false;
        while (!ends_shape(*text))
            text++;
        text += *text == ',';
    }
    return true;
}

static int compare_patterns(const void *key, const void *element)
{
    return *(const int *)key - ((const pattern *)element)->op;
}

/* ---- the table ---- */

/* clang-format off */

typedef enum rule_number {
    NONE,
    SAME, BROADCAST, SCALARS, SHAPE_ATTR, SHAPE_INPUT, MATMUL, BATCH_MATMUL, REDUCE, ARG, ADD_N, MERGE, SELECT,
    SELECT_V2, RANGE, UNSORTED_SEGMENT, MULTINOMIAL, RANDOM_INT, STATELESS_RANDOM, LIN_SPACE, CONST,
    SHAPE, FILL, RESHAPE, TRANSPOSE, EXPAND_DIMS, SQUEEZE, PACK, UNPACK, CONCAT, CONCAT_V2, SPLIT,
    SPLIT_V, SLICE, STRIDED_SLICE, TILE, GATHER, GATHER_V2, GATHER_ND, ONE_HOT, PAD, BROADCAST_TO,
    IDENTITY_N, ENSURE_SHAPE, WHERE, PLACEHOLDER_WITH_DEFAULT, REVERSE_V2, DIAG_PART, MATRIX_DIAG_V3,
    MATRIX_SET_DIAG, MATRIX_SET_DIAG_V3, MATRIX_DIAG_PART, MATRIX_DIAG_PART_V3, QR, CONV2D, POOL,
    BIAS_ADD, DEPTHWISE_CONV2D, CONV2D_BACKPROP_INPUT, FUSED_BATCH_NORM, RESIZE, CROSS_ENTROPY, TOP_K,
    ASSIGN, MERGE_BOTH, VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE, VARIABLE_SHAPE
} rule_number;

static vs__rule *const rules[] = {
    [SAME] = vs__rule_same,
    [BROADCAST] = vs__rule_broadcast,
    [SCALARS] = vs__rule_scalars,
    [SHAPE_ATTR] = vs__rule_shape_attr,
    [SHAPE_INPUT] = vs__rule_shape_input,
    [MATMUL] = vs__rule_matmul,
    [BATCH_MATMUL] = vs__rule_batch_matmul,
    [REDUCE] = vs__rule_reduce,
    [ARG] = vs__rule_arg,
    [ADD_N] = vs__rule_add_n,
    [MERGE] = vs__rule_merge,
    [SELECT] = vs__rule_select,
    [SELECT_V2] = vs__rule_select_v2,
    [RANGE] = vs__rule_range,
    [UNSORTED_SEGMENT] = vs__rule_unsorted_segment,
    [MULTINOMIAL] = vs__rule_multinomial,
    [RANDOM_INT] = vs__rule_random_int,
    [STATELESS_RANDOM] = vs__rule_stateless_random,
    [LIN_SPACE] = vs__rule_lin_space,
    [CONST] = vs__rule_const,
    [SHAPE] = vs__rule_shape,
    [FILL] = vs__rule_fill,
    [RESHAPE] = vs__rule_reshape,
    [TRANSPOSE] = vs__rule_transpose,
    [EXPAND_DIMS] = vs__rule_expand_dims,
    [SQUEEZE] = vs__rule_squeeze,
    [PACK] = vs__rule_pack,
    [UNPACK] = vs__rule_unpack,
    [CONCAT] = vs__rule_concat,
    [CONCAT_V2] = vs__rule_concat_v2,
    [SPLIT] = vs__rule_split,
    [SPLIT_V] = vs__rule_split_v,
    [SLICE] = vs__rule_slice,
    [STRIDED_SLICE] = vs__rule_strided_slice,
    [TILE] = vs__rule_tile,
    [GATHER] = vs__rule_gather,
    [GATHER_V2] = vs__rule_gather_v2,
    [GATHER_ND] = vs__rule_gather_nd,
    [ONE_HOT] = vs__rule_one_hot,
    [PAD] = vs__rule_pad,
    [BROADCAST_TO] = vs__rule_broadcast_to,
    [IDENTITY_N] = vs__rule_identity_n,
    [ENSURE_SHAPE] = vs__rule_ensure_shape,
    [WHERE] = vs__rule_where,
    [PLACEHOLDER_WITH_DEFAULT] = vs__rule_placeholder_with_default,
    [REVERSE_V2] = vs__rule_reverse_v2,
    [DIAG_PART] = vs__rule_diag_part,
    [MATRIX_DIAG_V3] = vs__rule_matrix_diag_v3,
    [MATRIX_SET_DIAG] = vs__rule_matrix_set_diag,
    [MATRIX_SET_DIAG_V3] = vs__rule_matrix_set_diag_v3,
    [MATRIX_DIAG_PART] = vs__rule_matrix_diag_part,
    [MATRIX_DIAG_PART_V3] = vs__rule_matrix_diag_part_v3,
    [QR] = vs__rule_qr,
    [CONV2D] = vs__rule_conv2d,
    [POOL] = vs__rule_pool,
    [BIAS_ADD] = vs__rule_bias_add,
    [DEPTHWISE_CONV2D] = vs__rule_depthwise_conv2d,
    [CONV2D_BACKPROP_INPUT] = vs__rule_conv2d_backprop_input,
    [FUSED_BATCH_NORM] = vs__rule_fused_batch_norm,
    [RESIZE] = vs__rule_resize,
    [CROSS_ENTROPY] = vs__rule_cross_entropy,
    [TOP_K] = vs__rule_top_k,
    [ASSIGN] = vs__rule_assign,
    [MERGE_BOTH] = vs__rule_merge_both,
    [VAR_HANDLE] = vs__rule_var_handle,
    [READ_VARIABLE] = vs__rule_read_variable,
    [ASSIGN_VARIABLE] = vs__rule_assign_variable,
    [VARIABLE_SHAPE] = vs__rule_variable_shape,
};

/* By the position of an op in the registry. */
static const uint8_t rule_numbers[VS__OP_COUNT] = {
    /* The shape of the first input. */
    [VS__OP_Abs] = SAME, [VS__OP_Acos] = SAME, [VS__OP_Acosh] = SAME, [VS__OP_Angle] = SAME,
    [VS__OP_AsString] = SAME, [VS__OP_Asin] = SAME, [VS__OP_Asinh] = SAME, [VS__OP_Atan] = SAME,
    [VS__OP_Atanh] = SAME, [VS__OP_BesselI0] = SAME, [VS__OP_BesselI0e] = SAME, [VS__OP_BesselI1] = SAME,
    [VS__OP_BesselI1e] = SAME, [VS__OP_BesselJ0] = SAME, [VS__OP_BesselJ1] = SAME,
    [VS__OP_BesselK0] = SAME, [VS__OP_BesselK0e] = SAME, [VS__OP_BesselK1] = SAME,
    [VS__OP_BesselK1e] = SAME, [VS__OP_BesselY0] = SAME, [VS__OP_BesselY1] = SAME,
    [VS__OP_Bucketize] = SAME, [VS__OP_Cast] = SAME, [VS__OP_Ceil] = SAME, [VS__OP_CheckNumerics] = SAME,
    [VS__OP_CheckNumericsV2] = SAME, [VS__OP_ClipByValue] = SAME, [VS__OP_ComplexAbs] = SAME,
    [VS__OP_Conj] = SAME, [VS__OP_Cos] = SAME, [VS__OP_Cosh] = SAME, [VS__OP_Cumprod] = SAME,
    [VS__OP_Cumsum] = SAME, [VS__OP_CumulativeLogsumexp] = SAME, [VS__OP_Dawsn] = SAME,
    [VS__OP_DecodeBase64] = SAME, [VS__OP_DecodeCompressed] = SAME, [VS__OP_DeepCopy] = SAME,
    [VS__OP_DestroyTemporaryVariable] = SAME, [VS__OP_Digamma] = SAME, [VS__OP_Elu] = SAME,
    [VS__OP_EncodeBase64] = SAME, [VS__OP_Erf] = SAME, [VS__OP_Erfc] = SAME, [VS__OP_Erfinv] = SAME,
    [VS__OP_Exit] = SAME, [VS__OP_Exp] = SAME, [VS__OP_Expint] = SAME, [VS__OP_Expm1] = SAME,
    [VS__OP_FakeQuantWithMinMaxArgs] = SAME, [VS__OP_Floor] = SAME, [VS__OP_FresnelCos] = SAME,
    [VS__OP_FresnelSin] = SAME, [VS__OP_GuaranteeConst] = SAME, [VS__OP_Identity] = SAME,
    [VS__OP_Imag] = SAME, [VS__OP_Inv] = SAME, [VS__OP_InvGrad] = SAME, [VS__OP_Invert] = SAME,
    [VS__OP_IsFinite] = SAME, [VS__OP_IsInf] = SAME, [VS__OP_IsNan] = SAME, [VS__OP_LeakyRelu] = SAME,
    [VS__OP_Lgamma] = SAME, [VS__OP_Log] = SAME, [VS__OP_Log1p] = SAME, [VS__OP_LogicalNot] = SAME,
    [VS__OP_MatrixBandPart] = SAME, [VS__OP_Ndtri] = SAME, [VS__OP_Neg] = SAME,
    [VS__OP_NextIteration] = SAME, [VS__OP_OnesLike] = SAME, [VS__OP_PopulationCount] = SAME,
    [VS__OP_PreventGradient] = SAME, [VS__OP_Print] = SAME, [VS__OP_RandomShuffle] = SAME,
    [VS__OP_Real] = SAME, [VS__OP_Reciprocal] = SAME, [VS__OP_ReciprocalGrad] = SAME,
    [VS__OP_RefExit] = SAME, [VS__OP_RefIdentity] = SAME, [VS__OP_RefNextIteration] = SAME,
    [VS__OP_Relu] = SAME, [VS__OP_Relu6] = SAME, [VS__OP_Rint] = SAME, [VS__OP_Round] = SAME,
    [VS__OP_Rsqrt] = SAME, [VS__OP_RsqrtGrad] = SAME, [VS__OP_Selu] = SAME, [VS__OP_Sigmoid] = SAME,
    [VS__OP_SigmoidGrad] = SAME, [VS__OP_Sign] = SAME, [VS__OP_Sin] = SAME, [VS__OP_Sinh] = SAME,
    [VS__OP_Snapshot] = SAME, [VS__OP_Softplus] = SAME, [VS__OP_Softsign] = SAME, [VS__OP_Spence] = SAME,
    [VS__OP_Sqrt] = SAME, [VS__OP_SqrtGrad] = SAME, [VS__OP_Square] = SAME,
    [VS__OP_StaticRegexFullMatch] = SAME, [VS__OP_StaticRegexReplace] = SAME,
    [VS__OP_StopGradient] = SAME, [VS__OP_StringLength] = SAME, [VS__OP_StringLower] = SAME,
    [VS__OP_StringStrip] = SAME, [VS__OP_StringToHashBucket] = SAME,
    [VS__OP_StringToHashBucketFast] = SAME, [VS__OP_StringToNumber] = SAME, [VS__OP_StringUpper] = SAME,
    [VS__OP_Tan] = SAME, [VS__OP_Tanh] = SAME, [VS__OP_TanhGrad] = SAME, [VS__OP_UnicodeScript] = SAME,
    [VS__OP_ZerosLike] = SAME,
    /* Two inputs, broadcast. */
    [VS__OP_Add] = BROADCAST, [VS__OP_AddV2] = BROADCAST, [VS__OP_Atan2] = BROADCAST,
    [VS__OP_BitwiseAnd] = BROADCAST, [VS__OP_BitwiseOr] = BROADCAST, [VS__OP_BitwiseXor] = BROADCAST,
    [VS__OP_Complex] = BROADCAST, [VS__OP_Div] = BROADCAST, [VS__OP_DivNoNan] = BROADCAST,
    [VS__OP_Equal] = BROADCAST, [VS__OP_FloorDiv] = BROADCAST, [VS__OP_FloorMod] = BROADCAST,
    [VS__OP_Greater] = BROADCAST, [VS__OP_GreaterEqual] = BROADCAST, [VS__OP_Igamma] = BROADCAST,
    [VS__OP_IgammaGradA] = BROADCAST, [VS__OP_Igammac] = BROADCAST, [VS__OP_LeftShift] = BROADCAST,
    [VS__OP_Less] = BROADCAST, [VS__OP_LessEqual] = BROADCAST, [VS__OP_LogicalAnd] = BROADCAST,
    [VS__OP_LogicalOr] = BROADCAST, [VS__OP_Maximum] = BROADCAST, [VS__OP_Minimum] = BROADCAST,
    [VS__OP_Mod] = BROADCAST, [VS__OP_Mul] = BROADCAST, [VS__OP_MulNoNan] = BROADCAST,
    [VS__OP_NextAfter] = BROADCAST, [VS__OP_NotEqual] = BROADCAST, [VS__OP_Polygamma] = BROADCAST,
    [VS__OP_Pow] = BROADCAST, [VS__OP_RandomGammaGrad] = BROADCAST, [VS__OP_RealDiv] = BROADCAST,
    [VS__OP_RightShift] = BROADCAST, [VS__OP_SquaredDifference] = BROADCAST, [VS__OP_Sub] = BROADCAST,
    [VS__OP_TruncateDiv] = BROADCAST, [VS__OP_TruncateMod] = BROADCAST, [VS__OP_Xdivy] = BROADCAST,
    [VS__OP_Xlog1py] = BROADCAST, [VS__OP_Xlogy] = BROADCAST, [VS__OP_Zeta] = BROADCAST,
    /* Scalars. */
    [VS__OP_AudioSummaryV2] = SCALARS, [VS__OP_GetSessionHandle] = SCALARS,
    [VS__OP_GetSessionHandleV2] = SCALARS, [VS__OP_HistogramSummary] = SCALARS,
    [VS__OP_ImageSummary] = SCALARS, [VS__OP_IsVariableInitialized] = SCALARS, [VS__OP_L2Loss] = SCALARS,
    [VS__OP_MergeSummary] = SCALARS, [VS__OP_Rank] = SCALARS, [VS__OP_ScalarSummary] = SCALARS,
    [VS__OP_SerializeTensor] = SCALARS, [VS__OP_Size] = SCALARS, [VS__OP_TensorSummary] = SCALARS,
    [VS__OP_VarIsInitializedOp] = SCALARS,
    /* Attribute shape. */
    [VS__OP_Placeholder] = SHAPE_ATTR, [VS__OP_TemporaryVariable] = SHAPE_ATTR,
    [VS__OP_VariableV2] = SHAPE_ATTR,
    /* The first input is the shape. */
    [VS__OP_Empty] = SHAPE_INPUT, [VS__OP_RandomStandardNormal] = SHAPE_INPUT,
    [VS__OP_RandomUniform] = SHAPE_INPUT, [VS__OP_TruncatedNormal] = SHAPE_INPUT,
    /* Products of matrices. */
    [VS__OP_MatMul] = MATMUL, [VS__OP_SparseMatMul] = MATMUL,
    [VS__OP_BatchMatMul] = BATCH_MATMUL, [VS__OP_BatchMatMulV2] = BATCH_MATMUL,
    [VS__OP_BatchMatMulV3] = BATCH_MATMUL,
    /* Reductions. */
    [VS__OP_All] = REDUCE, [VS__OP_Any] = REDUCE, [VS__OP_EuclideanNorm] = REDUCE, [VS__OP_Max] = REDUCE,
    [VS__OP_Mean] = REDUCE, [VS__OP_Min] = REDUCE, [VS__OP_Prod] = REDUCE, [VS__OP_Sum] = REDUCE,
    [VS__OP_ArgMax] = ARG, [VS__OP_ArgMin] = ARG,
    /* Other arithmetic. */
    [VS__OP_AddN] = ADD_N,
    [VS__OP_Merge] = MERGE, [VS__OP_RefMerge] = MERGE,
    [VS__OP_Select] = SELECT,
    [VS__OP_SelectV2] = SELECT_V2,
    [VS__OP_Range] = RANGE,
    [VS__OP_UnsortedSegmentMax] = UNSORTED_SEGMENT, [VS__OP_UnsortedSegmentMin] = UNSORTED_SEGMENT,
    [VS__OP_UnsortedSegmentProd] = UNSORTED_SEGMENT, [VS__OP_UnsortedSegmentSum] = UNSORTED_SEGMENT,
    [VS__OP_Multinomial] = MULTINOMIAL,
    [VS__OP_RandomUniformInt] = RANDOM_INT, [VS__OP_StatelessRandomUniformInt] = RANDOM_INT,
    [VS__OP_StatelessRandomNormal] = STATELESS_RANDOM, [VS__OP_StatelessRandomUniform] = STATELESS_RANDOM,
    [VS__OP_StatelessRandomUniformFullInt] = STATELESS_RANDOM,
    [VS__OP_StatelessTruncatedNormal] = STATELESS_RANDOM,
    [VS__OP_LinSpace] = LIN_SPACE,
    /* Arrays. */
    [VS__OP_Const] = CONST,
    [VS__OP_Shape] = SHAPE, [VS__OP_ShapeN] = SHAPE,
    [VS__OP_Fill] = FILL,
    [VS__OP_Reshape] = RESHAPE,
    [VS__OP_ConjugateTranspose] = TRANSPOSE, [VS__OP_Transpose] = TRANSPOSE,
    [VS__OP_ExpandDims] = EXPAND_DIMS,
    [VS__OP_Squeeze] = SQUEEZE,
    [VS__OP_Pack] = PACK,
    [VS__OP_Unpack] = UNPACK,
    [VS__OP_Concat] = CONCAT,
    [VS__OP_ConcatV2] = CONCAT_V2,
    [VS__OP_Split] = SPLIT,
    [VS__OP_SplitV] = SPLIT_V,
    [VS__OP_Slice] = SLICE,
    [VS__OP_StridedSlice] = STRIDED_SLICE,
    [VS__OP_Tile] = TILE,
    [VS__OP_Gather] = GATHER,
    [VS__OP_GatherV2] = GATHER_V2,
    [VS__OP_GatherNd] = GATHER_ND,
    [VS__OP_OneHot] = ONE_HOT,
    [VS__OP_MirrorPad] = PAD, [VS__OP_Pad] = PAD, [VS__OP_PadV2] = PAD,
    [VS__OP_BroadcastTo] = BROADCAST_TO,
    [VS__OP_IdentityN] = IDENTITY_N,
    [VS__OP_EnsureShape] = ENSURE_SHAPE,
    [VS__OP_Where] = WHERE,
    [VS__OP_PlaceholderWithDefault] = PLACEHOLDER_WITH_DEFAULT,
    [VS__OP_ReverseV2] = REVERSE_V2,
    /* Matrices. */
    [VS__OP_DiagPart] = DIAG_PART,
    [VS__OP_MatrixDiagV2] = MATRIX_DIAG_V3, [VS__OP_MatrixDiagV3] = MATRIX_DIAG_V3,
    [VS__OP_MatrixSetDiag] = MATRIX_SET_DIAG,
    [VS__OP_MatrixSetDiagV2] = MATRIX_SET_DIAG_V3, [VS__OP_MatrixSetDiagV3] = MATRIX_SET_DIAG_V3,
    [VS__OP_MatrixDiagPart] = MATRIX_DIAG_PART,
    [VS__OP_MatrixDiagPartV2] = MATRIX_DIAG_PART_V3, [VS__OP_MatrixDiagPartV3] = MATRIX_DIAG_PART_V3,
    [VS__OP_Qr] = QR,
    /* Networks. */
    [VS__OP_Conv2D] = CONV2D,
    [VS__OP_AvgPool] = POOL, [VS__OP_MaxPool] = POOL,
    [VS__OP_BiasAdd] = BIAS_ADD,
    [VS__OP_DepthwiseConv2dNative] = DEPTHWISE_CONV2D,
    [VS__OP_Conv2DBackpropInput] = CONV2D_BACKPROP_INPUT,
    [VS__OP_FusedBatchNorm] = FUSED_BATCH_NORM, [VS__OP_FusedBatchNormV2] = FUSED_BATCH_NORM,
    [VS__OP_FusedBatchNormV3] = FUSED_BATCH_NORM,
    [VS__OP_ResizeArea] = RESIZE, [VS__OP_ResizeBicubic] = RESIZE, [VS__OP_ResizeBilinear] = RESIZE,
    [VS__OP_ResizeNearestNeighbor] = RESIZE,
    [VS__OP_SoftmaxCrossEntropyWithLogits] = CROSS_ENTROPY,
    [VS__OP_TopKV2] = TOP_K,
    /* Variables. */
    [VS__OP_Assign] = ASSIGN,
    [VS__OP_AssignAdd] = MERGE_BOTH, [VS__OP_AssignSub] = MERGE_BOTH, [VS__OP_EluGrad] = MERGE_BOTH,
    [VS__OP_LeakyReluGrad] = MERGE_BOTH, [VS__OP_Relu6Grad] = MERGE_BOTH, [VS__OP_ReluGrad] = MERGE_BOTH,
    [VS__OP_SeluGrad] = MERGE_BOTH, [VS__OP_SoftplusGrad] = MERGE_BOTH,
    [VS__OP_SoftsignGrad] = MERGE_BOTH,
    [VS__OP_VarHandleOp] = VAR_HANDLE,
    [VS__OP_ReadVariableOp] = READ_VARIABLE,
    [VS__OP_AssignAddVariableOp] = ASSIGN_VARIABLE, [VS__OP_AssignSubVariableOp] = ASSIGN_VARIABLE,
    [VS__OP_AssignVariableOp] = ASSIGN_VARIABLE,
    [VS__OP_VariableShape] = VARIABLE_SHAPE,
};
/* clang-format on */

static const pattern *find_pattern(int op)
{
    return bsearch(&op, patterns, sizeof patterns / sizeof *patterns, sizeof *patterns, compare_patterns);
}

bool vs__infer_has_rule(const vs__op_def *def)
{
    int op = (int)vs__op_def_index(def);
    return rule_numbers[op] != NONE || find_pattern(op);
}

bool vs__infer_shapes(vs__inference *inference)
{
    int op = (int)vs__op_def_index(inference->def);
    if (rule_numbers[op] != NONE)
        return rules[rule_numbers[op]](inference);
    const pattern *found = find_pattern(op);
    return !found || apply_pattern(inference, found->text);
}
