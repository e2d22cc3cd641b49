/*
 * The protocol of the store (src/scope/store.c, docs/store.md), for spin to try in every order.
 *
 * THREADS threads make up to CALLS calls each, for NAMES names; every choice is open: the name, whether it may be created,
 * whether a creation asks for another name or its own, whether what it asks for does so too, whether it fails, and whether
 * its thread ends in the middle of it. Each name has a store of its own, and so a lock of its own: two names of one store
 * have fewer orders. What C does under a lock that all who are concerned take is one step here; what others can see or do
 * in between is not.
 *
 * Asserted: a name is created once; whoever creates it owns it alone; who finds it, finds it made; who may create is never
 * told that it is absent; a claim that fails goes to one that waits and may create, if there is one; a wait is refused
 * when it would close a circle, and only then. Spin itself finds deadlocks: a wake-up that is lost, a circle.
 *
 * BROKEN chooses one way to get it wrong; check.py demands that each is found.
 */
#ifndef THREADS
#define THREADS 3
#endif
#ifndef NAMES
#define NAMES 2
#endif
#ifndef CALLS
#define CALLS 1
#endif

#define NO_TELL 1         /* one that waits is not told */
#define TORN_CLAIM 2      /* the lock is let go between looking and claiming */
#define NO_CIRCLE_CHECK 3 /* whoever comes waits */
#define NO_WAITING_LOCK 4 /* looking for a circle and noting the wait are not one step */
#define LATE_RING 5       /* the store's lock is let go before joining the ring */
#define NO_HEIR 6         /* a creation that fails tells all that the name is absent */
#define STALE_EDGE 7      /* the heir is still noted as waiting */
#define EVERY_HEIR 8      /* a creation that fails makes all that wait its heirs */
#define EARLY_READY 9     /* the variable is shown before it is made */
#define OWN_NAME 10       /* a creation that asks for its own name waits */
#ifndef BROKEN
#define BROKEN 0
#endif

#define NONE 255 /* no thread, no name */

mtype = { nothing, found, absent, mine, failed };

/* ---- what the threads share ---- */

bool store_lock[NAMES]; /* guards ready, owner, and ring of the name */
bool waiting_lock;      /* guards waits_for and, with the store's lock, owner while somebody waits */
bool ready[NAMES];
byte owner[NAMES] = NONE;
byte ring[THREADS] = NONE;      /* the name in whose ring a thread is; in any order, which is more than C allows */
bool creates[THREADS];          /* of a thread in a ring: it may create */
byte waits_for[THREADS] = NONE;
mtype told[THREADS] = nothing;

/* ---- what is only there to be asserted ---- */

bool whole[NAMES];            /* the variable is made */
byte blocked[THREADS] = NONE; /* the name for which a thread waits, in truth */
byte made[NAMES];

/* Whether a thread that waits for a name closes a circle, in truth. */
inline truth(me, name)
{
    at = name;
    real = false;
    do
    :: at == NONE -> break
    :: at != NONE && owner[at] == me -> real = true; break
    :: else -> at = (owner[at] == NONE -> NONE : blocked[owner[at]])
    od;
    at = NONE
}

/* ---- vs__store_claim() ---- */

/* The store's lock held. */
inline wait(me, name, create, result)
{
#if BROKEN != NO_WAITING_LOCK
    atomic { !waiting_lock -> waiting_lock = true; at = name };
#else
    at = name;
#endif
    do /* what is read here, others may write who do not hold waiting_lock: a step for each */
#if BROKEN == NO_CIRCLE_CHECK
    :: break
#elif BROKEN == OWN_NAME
    :: atomic { at == name && owner[at] == me -> at = NONE; break }
    :: atomic { at != NONE && at != name && owner[at] == me -> circle = true; break }
    :: atomic { at != NONE && owner[at] != me -> assert(owner[at] != NONE); at = waits_for[owner[at]] }
    :: at == NONE -> break
#else
    :: atomic { at != NONE && owner[at] == me -> circle = true; break }
    :: atomic { at != NONE && owner[at] != me -> assert(owner[at] != NONE); at = waits_for[owner[at]] }
    :: at == NONE -> break
#endif
    od;
    atomic {
#if BROKEN == 0 || BROKEN == STALE_EDGE
        truth(me, name);
        assert(circle == real);
        real = false;
#endif
        at = NONE;
        waiting_lock = false;
        if
        :: circle -> circle = false; store_lock[name] = false; result = failed
        :: else ->
            waits_for[me] = name;
            blocked[me] = name;
#if BROKEN == LATE_RING
            store_lock[name] = false
#endif
        fi
    };
    if
    :: result == failed
    :: else ->
#if BROKEN == LATE_RING
        atomic { creates[me] = create; ring[me] = name };
#else
        atomic { creates[me] = create; ring[me] = name; store_lock[name] = false };
#endif
        atomic { told[me] != nothing -> result = told[me]; told[me] = nothing; creates[me] = false; check_claim(me, name, create, result) }
    fi
}

inline check_claim(me, name, create, result)
{
    assert(result != found || whole[name]);
    assert(result != mine || (owner[name] == me && !whole[name]));
    assert(!(result == absent && create));
    may = false
}

inline claim(me, name, create, result)
{
    atomic {
        !store_lock[name];
        if
        :: ready[name] -> result = found
        :: !ready[name] && owner[name] != NONE -> store_lock[name] = true; result = nothing
#if BROKEN != TORN_CLAIM
        :: !ready[name] && owner[name] == NONE && create -> owner[name] = me; result = mine
#else
        :: !ready[name] && owner[name] == NONE && create -> result = mine
#endif
        :: !ready[name] && owner[name] == NONE && !create -> result = absent
        fi
    };
#if BROKEN == TORN_CLAIM
    if
    :: result == mine -> atomic { !store_lock[name] -> owner[name] = me }
    :: else
    fi;
#endif
    if
    :: atomic { result != nothing -> check_claim(me, name, create, result) }
    :: result == nothing -> wait(me, name, create, result)
    fi
}

/* ---- vs__store_publish(), vs__store_abandon() ---- */

inline any_in_ring(name)
{
    any = false;
    for (i : 0 .. THREADS - 1) {
        if
        :: ring[i] == name -> any = true
        :: else
        fi
    };
    i = 0
}

/* Choose one of those that wait and may create. */
inline choose_heir(name)
{
    if
    :: ring[0] == name && creates[0] -> heir = 0
#if THREADS > 1
    :: ring[1] == name && creates[1] -> heir = 1
#endif
#if THREADS > 2
    :: ring[2] == name && creates[2] -> heir = 2
#endif
    :: else -> heir = NONE
    fi
}

/* Take the heir, or all, out of the ring and out of the graph of waits. */
inline take(name)
{
    for (i : 0 .. THREADS - 1) {
        if
        :: ring[i] == name && (heir == NONE || heir == i) ->
            ring[i] = NONE;
            blocked[i] = NONE;
            taken[i] = true;
#if BROKEN == STALE_EDGE
            waits_for[i] = (heir == i -> waits_for[i] : NONE)
#else
            waits_for[i] = NONE
#endif
        :: else
        fi
    };
    i = 0;
    owner[name] = heir
}

inline end_claim(me, name)
{
    atomic {
        !store_lock[name];
        assert(owner[name] == me && !ready[name]);
        ready[name] = success;
        any_in_ring(name);
        if
        :: any -> store_lock[name] = true
        :: else -> owner[name] = NONE; success = false
        fi
    };
    if
    :: !any
    :: else ->
        atomic {
            !waiting_lock;
#if BROKEN == NO_HEIR || BROKEN == EVERY_HEIR
            heir = NONE;
#else
            if
            :: success -> heir = NONE
            :: else -> choose_heir(name)
            fi;
#endif
            take(name);
            store_lock[name] = false;
            any = false
        };
        do /* tell those that were taken out, one by one */
        :: atomic { i < THREADS ->
               if
               :: taken[i] && !(BROKEN == NO_TELL && i == 1) ->
                   assert(told[i] == nothing);
                   told[i] = (success -> found : ((heir == i || BROKEN == EVERY_HEIR) -> mine : absent))
               :: else
               fi;
               taken[i] = false;
               i++;
               do /* steps over those that were not */
               :: i < THREADS && !taken[i] -> i++
               :: else -> break
               od }
        :: atomic { i == THREADS -> i = 0; heir = NONE; success = false; break }
        od
    fi
}

/* A creation: make the variable, or fail, which may end the thread. */
inline create(me, name)
{
#if BROKEN == EARLY_READY
    ready[name] = true;
#endif
    atomic {
        if
        :: success = true; made[name]++; assert(made[name] == 1); whole[name] = true
        :: success = false
        :: success = false; ends = true
        fi
#if BROKEN == EARLY_READY
        ;
        ready[name] = false
#endif
    }
}

/* ---- the threads ---- */

inline choose(name, may)
{
    select (name : 0 .. NAMES - 1);
    if
    :: may = true
    :: may = false
    fi
}

/* What an initializer asks for; the variable that it creates may ask in turn for the outer one, which it can never have. */
inline ask(me, name)
{
    atomic { choose(other, may) };
    claim(me, other, may, inner);
    if
    :: inner == mine ->
        if
        :: true
        :: claim(me, name, true, innermost); atomic { assert(innermost == failed); innermost = nothing }
        fi;
        create(me, other);
        end_claim(me, other)
    :: atomic { inner != mine -> assert(other != name || inner == failed) }
    fi
}

active [THREADS] proctype thread()
{
    byte calls = 0, name, other, at = NONE, heir = NONE, i = 0;
    mtype result, inner, innermost;
    bool may, circle, real, any, success, ends = false;
    bool taken[THREADS];

    do
    :: atomic { calls < CALLS && !ends -> choose(name, may) };
        claim(_pid, name, may, result);
        if
        :: result == mine ->
            if
            :: true
            :: ask(_pid, name)
            fi;
            create(_pid, name);
            end_claim(_pid, name)
        :: else
        fi;
        atomic {
            calls++;
            result = nothing;
            inner = nothing;
            name = 0;
            other = 0
        }
    :: atomic { calls == CALLS || ends -> calls = 0; ends = false; break }
    od
}
