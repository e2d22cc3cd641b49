#include "parallel.h"

#include "consistent.h"

#include <stdarg.h>
#include <time.h>

typedef struct seat {
    parallel_worker worker;
    pthread_t thread;
    pthread_barrier_t *barrier;
    parallel_function function;
    const char *verdict;
} seat;

const char *verdict(parallel_worker *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(self->verdict, sizeof self->verdict, format, arguments);
    va_end(arguments);
    return self->verdict;
}

const char *pending_verdict(parallel_worker *self)
{
    vs_error error;
    if (!vs_error_take(&error))
        return NULL;
    return verdict(self, "%s: %s", vs_status_name(error.code), error.message);
}

const char *verdict_unless(parallel_worker *self, vs_status expected)
{
    vs_error error;
    vs_error_take(&error);
    if (error.code == expected)
        return NULL;
    return verdict(self, "expected %s, got %s: %s", vs_status_name(expected), vs_status_name(error.code),
                   error.message);
}

static void *sit(void *argument)
{
    seat *self = argument;
    pthread_barrier_wait(self->barrier);
    self->verdict = self->function(&self->worker);
    if (self->verdict)
        vs_error_take(NULL);
    else
        self->verdict = pending_verdict(&self->worker);
    return NULL;
}

/* Start all threads, and join them. They are the main thread's seats again afterwards. */
static void run_round(seat *seats, int threads)
{
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, (unsigned)threads);
    for (int i = 0; i < threads; i++) {
        seats[i].barrier = &barrier;
        int status = pthread_create(&seats[i].thread, NULL, sit, &seats[i]);
        if (status != 0) { /* those that wait at the barrier would wait for ever */
            fprintf(stderr, "no thread: %s\n", strerror(status));
            abort();
        }
    }
    for (int i = 0; i < threads; i++)
        pthread_join(seats[i].thread, NULL);
    pthread_barrier_destroy(&barrier);
}

const char *parallel_run(int rounds, int threads, parallel_function worker, parallel_main_function before,
                         parallel_main_function after, void *user)
{
    static seat seats[MAX_THREADS];
    static char first[VERDICT_SIZE + 64];
    cr_assert(threads <= MAX_THREADS);
    for (int index = 0; index < rounds; index++) {
        parallel_round round = {.index = index, .threads = threads, .graph = vs_graph_new(), .user = user};
        cr_assert(round.graph);
        if (before)
            before(&round);
        for (int i = 0; i < threads; i++)
            seats[i] = (seat){.worker = {.round = &round, .index = i}, .function = worker};
        run_round(seats, threads);
        for (int i = 0; i < threads; i++)
            if (seats[i].verdict) {
                snprintf(first, sizeof first, "round %d, thread %d: %s", index, i, seats[i].verdict);
                return first;
            }
        if (after)
            after(&round);
        const char *wrong = inconsistency ? inconsistency(round.graph) : NULL;
        if (wrong) {
            snprintf(first, sizeof first, "round %d: %s", index, wrong);
            return first;
        }
        vs_graph_release(round.graph);
    }
    return NULL;
}

void sleep_milliseconds(int milliseconds)
{
    struct timespec time = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000L};
    nanosleep(&time, NULL);
}

bool wait_for(const atomic_int *flag, int at_least)
{
    for (int i = 0; i < 20000; i++) {
        if (atomic_load(flag) >= at_least)
            return true;
        sleep_milliseconds(1);
    }
    return false;
}
