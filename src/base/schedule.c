#include "schedule.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * One thread has the turn. A step draws who is next; a thread that is not waits on its own semaphore. So everything
 * below is touched by the one that has the turn, and by the main thread before the first and after the last turn.
 */
enum { MOST_THREADS = 64, MOST_STEPS = 10000000 };

typedef struct seat {
    sem_t turn;
    bool there; /* it has joined, and not ended */
} seat;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards joining */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static seat seats[MOST_THREADS];
static uint32_t count, joined;
static uint64_t random_state, first_seed, steps;
static uint32_t patience; /* a thread goes on at a step in `patience` of 8 cases */
static _Thread_local seat *own;
static _Thread_local bool ending;

/* The next number of a linear congruential generator, of which the upper bits are good. */
static uint32_t draw(void)
{
    random_state = random_state * 6364136223846793005 + 1442695040888963407;
    return (uint32_t)(random_state >> 33);
}

static seat *draw_seat(void)
{
    uint32_t there = 0;
    for (uint32_t i = 0; i < count; i++)
        there += seats[i].there;
    if (!there)
        return NULL;
    uint32_t chosen = draw() % there;
    for (uint32_t i = 0;; i++)
        if (seats[i].there && chosen-- == 0)
            return &seats[i];
}

static void await_turn(seat *self)
{
    while (sem_wait(&self->turn) != 0) /* interrupted */
        ;
}

/*
 * The thread ends. Destructors of other keys may still take locks, and are of the schedule: it is left in the second
 * round of destructors.
 */
static void end_thread(void *self)
{
    if (!ending) {
        ending = true;
        pthread_setspecific(key, self);
        return;
    }
    own->there = false;
    own = NULL;
    seat *next = draw_seat();
    if (next)
        sem_post(&next->turn);
}

static void make_key(void)
{
    if (pthread_key_create(&key, end_thread) != 0)
        abort();
}

void vs__schedule_begin(uint64_t seed, uint32_t threads)
{
    if (threads > MOST_THREADS)
        abort();
    pthread_once(&once, make_key);
    random_state = first_seed = seed;
    draw(); /* so that neighbouring seeds part */
    draw();
    patience = draw() % 8;
    count = threads;
    joined = 0;
    steps = 0;
    for (uint32_t i = 0; i < threads; i++)
        sem_init(&seats[i].turn, 0, 0);
}

void vs__schedule_join(uint32_t index)
{
    own = &seats[index];
    own->there = true;
    pthread_setspecific(key, own);
    pthread_mutex_lock(&lock);
    seat *first = ++joined == count ? draw_seat() : NULL;
    pthread_mutex_unlock(&lock);
    if (first)
        sem_post(&first->turn);
    await_turn(own);
}

uint64_t vs__schedule_end(void)
{
    for (uint32_t i = 0; i < count; i++)
        sem_destroy(&seats[i].turn);
    count = 0;
    return steps;
}

bool vs__is_scheduled(void)
{
    return own != NULL;
}

void vs__yield(void)
{
    if (!own)
        return;
    if (++steps > MOST_STEPS) {
        fprintf(stderr, "schedule %llu does not come to an end\n", (unsigned long long)first_seed);
        abort();
    }
    seat *next = draw() % 8 < patience ? own : draw_seat();
    if (next == own)
        return;
    seat *self = own;
    sem_post(&next->turn);
    await_turn(self);
}
