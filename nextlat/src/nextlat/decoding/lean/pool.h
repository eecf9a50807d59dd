/* Threads that share out the tasks of a job. Only POSIX threads and C11 atomics are needed.

   A job ends when its tasks are done, not when every thread has come by: the caller does the tasks that no other
   thread takes, so a thread that the operating system holds back delays a job by at most the one task it works on. */

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

#define MAX_WORKERS 63
#define SPINS_BEFORE_YIELD 4096 /* some ten microseconds; then whoever shares our processor gets its turn */

#if defined(__x86_64__) || defined(__i386__)
#define PAUSE() __builtin_ia32_pause()
#else
#define PAUSE() atomic_signal_fence(memory_order_seq_cst)
#endif

typedef void (*Task)(const void *job, int index);

static struct {
    _Alignas(128) _Atomic uint64_t ticket; /* total << 32 | next: one word, so that no one mixes two jobs */
    _Alignas(128) atomic_int done;
    _Alignas(128) atomic_int awake; /* number of workers to keep awake while a pass runs, else 0 */
    Task task;
    const void *job;
    int workers;
    pid_t owner; /* a forked child has none of its parent's threads */
    pthread_mutex_t sleep;
    pthread_cond_t wake;
} pool = {.sleep = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

static pthread_mutex_t in_use = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local int may_share; /* whether this thread holds the pool */

/* Take tasks until none is left. A ticket drawn from a job keeps that job from ending, so `task` and `job` are those
   of the ticket. */
static int take_tasks(void) {
    int taken = 0;
    for (;;) {
        uint64_t seen = atomic_load_explicit(&pool.ticket, memory_order_acquire);
        if ((uint32_t)seen >= seen >> 32) return taken;
        uint64_t ticket = atomic_fetch_add_explicit(&pool.ticket, 1, memory_order_acq_rel);
        if ((uint32_t)ticket >= ticket >> 32) return taken;
        pool.task(pool.job, (int)(uint32_t)ticket);
        atomic_fetch_add_explicit(&pool.done, 1, memory_order_release);
        taken++;
    }
}

static void *work(void *number) {
    intptr_t worker = (intptr_t)number;
    for (int spins = 0;;) {
        if (atomic_load_explicit(&pool.awake, memory_order_acquire) <= worker) {
            pthread_mutex_lock(&pool.sleep);
            while (atomic_load(&pool.awake) <= worker) pthread_cond_wait(&pool.wake, &pool.sleep);
            pthread_mutex_unlock(&pool.sleep);
        }
        if (take_tasks()) spins = 0;
        else if (++spins % SPINS_BEFORE_YIELD) PAUSE();
        else sched_yield();
    }
    return NULL;
}

/* Run tasks 0..total-1 and return when all are done. */
static void run(Task task, const void *job, int total) {
    if (!may_share || total == 1) {
        for (int i = 0; i < total; i++) task(job, i);
        return;
    }
    pool.task = task;
    pool.job = job;
    atomic_store_explicit(&pool.done, 0, memory_order_relaxed);
    atomic_store_explicit(&pool.ticket, (uint64_t)total << 32, memory_order_release);
    take_tasks();
    for (int spins = 1; atomic_load_explicit(&pool.done, memory_order_acquire) < total; spins++) {
        if (spins % SPINS_BEFORE_YIELD) PAUSE();
        else sched_yield();
    }
}

static void set_awake(int workers) {
    pthread_mutex_lock(&pool.sleep);
    atomic_store(&pool.awake, workers);
    if (workers) pthread_cond_broadcast(&pool.wake);
    pthread_mutex_unlock(&pool.sleep);
}

/* Begin a pass on this many threads; a second caller at the same time works alone. */
static void begin_pass(int threads) {
    if (pool.owner != getpid()) {
        pool.owner = getpid();
        pool.workers = 0;
        atomic_store(&pool.ticket, 0);
        atomic_store(&pool.awake, 0);
        pthread_mutex_init(&pool.sleep, NULL);
        pthread_cond_init(&pool.wake, NULL);
        pthread_mutex_init(&in_use, NULL);
    }
    if (threads < 2 || pthread_mutex_trylock(&in_use)) return;
    int num_workers = threads - 1 < MAX_WORKERS ? threads - 1 : MAX_WORKERS;
    while (pool.workers < num_workers) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, work, (void *)(intptr_t)pool.workers)) break;
        pthread_detach(thread);
        pool.workers++;
    }
    may_share = pool.workers > 0;
    if (may_share) set_awake(num_workers);
    else pthread_mutex_unlock(&in_use);
}

static void end_pass(void) {
    if (!may_share) return;
    set_awake(0);
    may_share = 0;
    pthread_mutex_unlock(&in_use);
}
