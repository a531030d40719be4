/*
 * Synchronous IPC of a small kernel with one processor: threads send, call, receive and reply over endpoints with queues, are signalled and
 * wait, take the processor from each other, and are restarted out of whatever they wait for.
 *
 * The same model as Ipc.tla and ipc-model.ts: the same variables, one step of any being one step of the others, so that the numbers of states
 * agree. One process, and each event one d_step, as a kernel runs with interrupts off. A queue is a byte with two bits for each thread, the
 * first thread lowest, places that are not used being 0.
 *
 * -DTHREADS=2, 3 or 4 (4 if not given), -DENDPOINTS=1 or 2 (2 if not given), -DUNCHECKED leaves the invariants out, -DDEFECT leaves the right to
 * answer a caller where it is when the caller is restarted.
 */
#ifndef THREADS
#define THREADS 4
#endif
#ifndef ENDPOINTS
#define ENDPOINTS 2
#endif
#define HIGH (THREADS / 2)   /* threads below this have the higher of two priorities */
#ifndef BADGES
#define BADGES 1
#endif
#define NONE THREADS         /* nobody: no caller to answer, no thread that runs */

#define READY 0
#define SENDING 1            /* in the queue of an endpoint */
#define CALLING 2            /* the same, and wants an answer */
#define RECEIVING 3          /* in the queue of an endpoint */
#define ANSWERED 4           /* its call was received: waits for the answer */
#define WAITING 5            /* in the queue of the notification */
#define STOPPED 6

byte state[THREADS];
byte at[THREADS];            /* endpoint that a thread is queued at; 0 for one that is not */
byte caller[THREADS] = NONE; /* whom a thread may answer, or NONE */
byte message[THREADS];       /* what was received last, and is sent next */
byte queue[ENDPOINTS];
byte length[ENDPOINTS];
byte waiters;                /* queue of the notification */
byte waiting;                /* its length */
byte word;                   /* what was signalled and not yet seen */
byte current;                /* the thread that runs, or NONE */
bool masked;                 /* the device has interrupted, and was not acknowledged */

/* Used inside one step only. Breadth-first search knows no hidden variables: there they are part of a state, and 0 in all. */
#ifdef BREADTH_FIRST
byte h, p;
#define CLEAR h = 0; p = 0
#else
hidden byte h, p;
#define CLEAR skip
#endif

#define SIGNAL 1
#define DEVICE BADGES

#define QUEUED(t) (state[t] == SENDING || state[t] == CALLING || state[t] == RECEIVING)

#define FIRST(q) ((q) & 3)
#define PLACE(q, t) (((q) & 3) == (t) -> 0 : ((((q) >> 2) & 3) == (t) -> 2 : ((((q) >> 4) & 3) == (t) -> 4 : 6)))
#define WITHOUT(q, bits) (((q) & ((1 << (bits)) - 1)) | (((q) >> ((bits) + 2)) << (bits)))

#define HIGHEST2 (state[0] == READY -> 0 : (state[1] == READY -> 1 : NONE))
#if THREADS == 2
#define HIGHEST HIGHEST2
#elif THREADS == 3
#define HIGHEST (state[0] == READY -> 0 : (state[1] == READY -> 1 : (state[2] == READY -> 2 : NONE)))
#else
#define HIGHEST (state[0] == READY -> 0 : (state[1] == READY -> 1 : (state[2] == READY -> 2 : (state[3] == READY -> 3 : NONE))))
#endif

/* Whoever runs goes on, unless it is blocked or a thread of higher priority is ready. */
inline schedule() {
  h = HIGHEST;
  if
  :: current == NONE || state[current] != READY || (current >= HIGH && h < HIGH) -> current = h
  :: else
  fi;
  CLEAR
}

inline block(e, how) {
  state[current] = how;
  at[current] = e;
  queue[e] = queue[e] | (current << (2 * length[e]));
  length[e]++
}

inline takeFirst(e) {
  h = FIRST(queue[e]);
  queue[e] = queue[e] >> 2;
  length[e]--;
  at[h] = 0
}

inline deliver(e) {
  takeFirst(e);
  state[h] = READY;
  message[h] = message[current]
}

inline receive(e) {
  caller[current] = NONE;
  if
  :: length[e] > 0 && state[FIRST(queue[e])] != RECEIVING ->
     takeFirst(e);
     message[current] = message[h];
     if
     :: state[h] == CALLING -> state[h] = ANSWERED; caller[current] = h
     :: else -> state[h] = READY
     fi
  :: else -> block(e, RECEIVING)
  fi
}

inline answer() {
  h = caller[current];
  caller[current] = NONE;
  state[h] = READY;
  message[h] = message[current]
}

inline signal(badge) {
  if
  :: waiting > 0 ->
     h = FIRST(waiters);
     waiters = waiters >> 2;
     waiting--;
     state[h] = READY;
     message[h] = badge
  :: else -> word = word | badge
  fi
}

inline forget(t, c) {
  if
  :: caller[t] == c -> caller[t] = NONE
  :: else
  fi
}

inline stop(t) {
  if
  :: state[t] == WAITING ->
     p = PLACE(waiters, t);
     waiters = WITHOUT(waiters, p);
     waiting--
  :: state[t] == ANSWERED ->
#ifndef DEFECT
     forget(0, t);
     forget(1, t);
#if THREADS > 2
     forget(2, t);
#endif
#if THREADS > 3
     forget(3, t);
#endif
#endif
     skip
  :: QUEUED(t) ->
     h = at[t];
     p = PLACE(queue[h], t);
     queue[h] = WITHOUT(queue[h], p);
     length[h]--;
     at[t] = 0
  :: else
  fi;
  state[t] = STOPPED
}

#define RECEIVER(e) (length[e] > 0 && state[FIRST(queue[e])] == RECEIVING)

#define OPERATIONS(e) \
  :: d_step { current != NONE -> \
       if :: RECEIVER(e) -> deliver(e) :: else -> block(e, SENDING) fi; schedule() } \
  :: d_step { current != NONE && RECEIVER(e) -> deliver(e); schedule() }

#define CALL_AND_RECEIVE(e) \
  :: d_step { current != NONE -> \
       if \
       :: RECEIVER(e) -> deliver(e); caller[h] = current; state[current] = ANSWERED \
       :: else -> block(e, CALLING) \
       fi; schedule() } \
  :: d_step { current != NONE -> receive(e); schedule() } \
  :: d_step { current != NONE && caller[current] != NONE -> answer(); receive(e); schedule() }

#define MANAGE(t) \
  :: d_step { current == 0 && state[t] != STOPPED -> stop(t); schedule() } \
  :: d_step { current == 0 && state[t] == STOPPED -> state[t] = READY; schedule() }

#define PREEMPT(t) \
  :: d_step { current != NONE && current != t && state[t] == READY && (current < HIGH) == (t < HIGH) -> current = t }

/* What must hold of every state. */
#define PLACED(t) (!QUEUED(t) || ((queue[at[t]] >> PLACE(queue[at[t]], t)) & 3) == t)
#define REPLY(t) (caller[t] == NONE || state[caller[t]] == ANSWERED)
#if THREADS == 2
#define ALL(f) (f(0) && f(1))
#define SUM(f) (f(0) + f(1))
#elif THREADS == 3
#define ALL(f) (f(0) && f(1) && f(2))
#define SUM(f) (f(0) + f(1) + f(2))
#else
#define ALL(f) (f(0) && f(1) && f(2) && f(3))
#define SUM(f) (f(0) + f(1) + f(2) + f(3))
#endif
#if ENDPOINTS == 1
#define LENGTHS length[0]
#else
#define LENGTHS (length[0] + length[1])
#endif
#define RUNS (current == HIGHEST || (current != NONE && state[current] == READY && (current < HIGH) == (HIGHEST < HIGH)))
#define INVARIANT (ALL(PLACED) && SUM(QUEUED) == LENGTHS && ALL(REPLY) && RUNS)

active proctype kernel() {
end:
  do
#ifndef UNCHECKED
  :: !INVARIANT -> assert(false)
#endif
  OPERATIONS(0)
  CALL_AND_RECEIVE(0)
#if ENDPOINTS > 1
  OPERATIONS(1)
  CALL_AND_RECEIVE(1)
#endif
  :: d_step { current != NONE && caller[current] != NONE -> answer(); schedule() }
  :: d_step { current != NONE -> signal(SIGNAL); schedule() }
  :: d_step { current != NONE ->
       if
       :: word != 0 -> message[current] = word; word = 0
       :: else ->
          state[current] = WAITING;
          waiters = waiters | (current << (2 * waiting));
          waiting++
       fi; schedule() }
  :: d_step { !masked -> masked = true; signal(DEVICE); schedule() }
  :: d_step { masked && current != NONE -> masked = false }
  MANAGE(1)
  PREEMPT(0)
  PREEMPT(1)
#if THREADS > 2
  MANAGE(2)
  PREEMPT(2)
#endif
#if THREADS > 3
  MANAGE(3)
  PREEMPT(3)
#endif
  od
}
