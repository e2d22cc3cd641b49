#include "program_gate.h"

#include "memory.h"
#include "mutex.h"

struct vs__gate {
    vs__mutex lock; /* guards every team too; nothing is called with it held */
    size_t free VS__GUARDED_BY(lock);     /* places */
    vs__team *queue VS__GUARDED_BY(lock); /* teams with workers, or with a parent, that wait; in program order */
};

/* Whether a comes before b in program order; neither is an ancestor of the other. */
static bool is_before(const vs__position *a, const vs__position *b)
{
    while (a->depth > b->depth)
        a = a->parent;
    while (b->depth > a->depth)
        b = b->parent;
    while (a->parent != b->parent) {
        a = a->parent;
        b = b->parent;
    }
    return a->index < b->index;
}

/*
 * The thread that waits at the head of a team's entry: its next worker, or, when all have ended, their
 * parent.
 */
static vs__position waiting(const vs__team *team)
{
    if (team->ended == team->count)
        return *team->position;
    return (vs__position){team->position, team->admitted, team->position->depth + 1};
}

/*
 * A team's waiting workers stand in the queue as one entry: they are neighbours in program order. No thread
 * that waits is an ancestor of another: workers have not run yet, and a parent's have all ended.
 */
static void enqueue(vs__gate *gate, vs__team *team) VS__REQUIRES(&gate->lock)
{
    vs__position position = waiting(team);
    vs__team **at = &gate->queue;
    for (; *at; at = &(*at)->next) {
        vs__position other = waiting(*at);
        if (is_before(&position, &other))
            break;
    }
    team->next = *at;
    *at = team;
}

/* Hands free places to the first in the queue. */
static void hand_over(vs__gate *gate) VS__REQUIRES(&gate->lock)
{
    while (gate->free && gate->queue) {
        vs__team *team = gate->queue;
        gate->free--;
        if (team->ended < team->count)
            team->admitted++;
        else
            team->resumed = true;
        if (team->admitted == team->count)
            gate->queue = team->next;
        pthread_cond_signal(&team->changed); /* its parent is the only one that waits there */
    }
}

vs__gate *vs__program_gate_new(size_t most) VS__UNCHECKED
{
    vs__gate *gate = vs__allocate_zeroed(sizeof *gate);
    if (!gate)
        return NULL;
    if (!vs__mutex_init(&gate->lock)) {
        vs__release(gate, sizeof *gate);
        return NULL;
    }
    gate->free = (most ? most : SIZE_MAX / 2) - 1;
    return gate;
}

void vs__program_gate_free(vs__gate *gate)
{
    if (!gate)
        return;
    vs__mutex_destroy(&gate->lock);
    vs__release(gate, sizeof *gate);
}

bool vs__program_gate_open(vs__gate *gate, vs__team *team, const vs__position *position, size_t count)
{
    *team = (vs__team){.position = position, .count = count};
    if (pthread_cond_init(&team->changed, NULL) != 0)
        return false;
    vs__mutex_lock(&gate->lock);
    gate->free++;
    enqueue(gate, team);
    hand_over(gate);
    vs__mutex_unlock(&gate->lock);
    return true;
}

void vs__program_gate_wait(vs__gate *gate, vs__team *team, size_t i)
{
    vs__mutex_lock(&gate->lock);
    while (team->admitted <= i)
        vs__mutex_wait(&gate->lock, &team->changed);
    vs__mutex_unlock(&gate->lock);
}

void vs__program_gate_leave(vs__gate *gate, vs__team *team)
{
    vs__mutex_lock(&gate->lock);
    gate->free++;
    if (++team->ended == team->count)
        enqueue(gate, team); /* now for the parent */
    hand_over(gate);
    vs__mutex_unlock(&gate->lock);
}

void vs__program_gate_close(vs__gate *gate, vs__team *team)
{
    vs__mutex_lock(&gate->lock);
    while (!team->resumed)
        vs__mutex_wait(&gate->lock, &team->changed);
    vs__mutex_unlock(&gate->lock);
    pthread_cond_destroy(&team->changed);
}
