/*
 * LLVM's C API in the rows of bench/micro: instructions `add` of two values, with names that LLVM makes unique. The
 * graph builder with unique names that is nearest in kind; one thread.
 *
 *     cc -O2 llvm.c $(llvm-config-19 --cflags --ldflags --libs core)
 */
#include <malloc.h>

#include <llvm-c/Core.h>

#include "peer.h"

enum { NODES = 200000 };

typedef struct module {
    LLVMContextRef context;
    LLVMModuleRef module;
    LLVMBuilderRef builder;
    LLVMValueRef x;
    LLVMValueRef y;
} module;

static module open_module(void)
{
    module self = {.context = LLVMContextCreate()};
    LLVMTypeRef type = LLVMInt32TypeInContext(self.context), parameters[] = {type, type};
    self.module = LLVMModuleCreateWithNameInContext("graph", self.context);
    LLVMValueRef function = LLVMAddFunction(self.module, "f", LLVMFunctionType(type, parameters, 2, 0));
    self.builder = LLVMCreateBuilderInContext(self.context);
    LLVMPositionBuilderAtEnd(self.builder, LLVMAppendBasicBlockInContext(self.context, function, "entry"));
    self.x = LLVMGetParam(function, 0);
    self.y = LLVMGetParam(function, 1);
    return self;
}

static void close_module(module *self)
{
    LLVMDisposeBuilder(self->builder);
    LLVMDisposeModule(self->module);
    LLVMContextDispose(self->context);
}

static void build_repeated(module *self)
{
    for (int i = 0; i < NODES; i++)
        self->x = LLVMBuildAdd(self->builder, self->x, self->y, "add");
}

static void build_named(module *self)
{
    char name[32];
    for (int i = 0; i < NODES; i++) {
        snprintf(name, sizeof name, "node_%d", i);
        self->x = LLVMBuildAdd(self->builder, self->x, self->y, name);
    }
}

/* Nanoseconds of processor time, allocated and resident bytes, each a node. */
static void measure(void (*build)(module *), double *time, double *bytes, double *resident)
{
    module self = open_module();
    double pages = resident_bytes(), before = (double)mallinfo2().uordblks, start = seconds(CLOCK_THREAD_CPUTIME_ID);
    build(&self);
    *time = (seconds(CLOCK_THREAD_CPUTIME_ID) - start) * 1e9 / NODES;
    *bytes = ((double)mallinfo2().uordblks - before) / NODES;
    *resident = (resident_bytes() - pages) / NODES;
    close_module(&self);
}

int main(void)
{
    double repeated[REPEATS], named[REPEATS], bytes[REPEATS], named_bytes[REPEATS], resident, first_resident = 0;
    for (int i = 0; i < REPEATS; i++) {
        measure(build_repeated, &repeated[i], &bytes[i], &resident);
        if (i == 0)
            first_resident = resident; /* later ones use the memory of the first again */
    }
    for (int i = 0; i < REPEATS; i++)
        measure(build_named, &named[i], &named_bytes[i], &resident);
    print_row(1, "node", "ns", "add of two values, its name made unique", repeated, REPEATS);
    print_row(0, "node.named", "ns", "the same with a name of its own", named, REPEATS);
    print_row(0, "node.bytes", "bytes", "allocated a node", bytes, REPEATS);
    print_row(0, "node.named.bytes", "bytes", "allocated a node with a name of its own", named_bytes, REPEATS);
    print_row(0, "node.resident", "bytes", "resident memory a node", &first_resident, 1);
    print_end();
    return 0;
}
