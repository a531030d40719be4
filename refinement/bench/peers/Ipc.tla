-------------------------------- MODULE Ipc --------------------------------
(* Synchronous IPC of a small kernel with one processor. The same model as    *)
(* ipc.pml, where the variables are explained, and as ipc-model.ts: one step  *)
(* of any is one step of the others. Queues are sequences here.               *)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS Threads,    \* how many there are: 2, 3 or 4
          Endpoints,  \* how many there are
          Badges      \* 1, or 2 for a device whose badge is not that of a thread

T == 0 .. Threads - 1
E == 0 .. Endpoints - 1
None == Threads
IsHigh(t) == t < Threads \div 2  \* whether a thread has the higher of two priorities; nobody has not

VARIABLES state, at, caller, message, queue, waiters, word, masked, current

vars == <<state, at, caller, message, queue, waiters, word, masked, current>>

(* A state as a record, so that what is done in one step can be done one after the other. *)
Now == [state |-> state, at |-> at, caller |-> caller, message |-> message, queue |-> queue,
        waiters |-> waiters, word |-> word, masked |-> masked, current |-> current]

Become(s) ==
  /\ state' = s.state
  /\ at' = s.at
  /\ caller' = s.caller
  /\ message' = s.message
  /\ queue' = s.queue
  /\ waiters' = s.waiters
  /\ word' = s.word
  /\ masked' = s.masked
  /\ current' = s.current

Init ==
  /\ state = [t \in T |-> "ready"]
  /\ at = [t \in T |-> 0]
  /\ caller = [t \in T |-> None]
  /\ message = [t \in T |-> 0]
  /\ queue = [e \in E |-> <<>>]
  /\ waiters = <<>>
  /\ word = 0
  /\ masked = FALSE
  /\ current = 0

-----------------------------------------------------------------------------

Ready(s) == {t \in T : s.state[t] = "ready"}
Highest(s) == IF Ready(s) = {} THEN None ELSE CHOOSE t \in Ready(s) : \A u \in Ready(s) : t <= u

(* Whoever runs goes on, unless it is blocked or a thread of higher priority is ready. *)
Schedule(s) ==
  LET goesOn == /\ s.current \in Ready(s)
                /\ IsHigh(s.current) \/ ~IsHigh(Highest(s))
  IN IF goesOn THEN s ELSE [s EXCEPT !.current = Highest(s)]

HasReceiver(s, e) == s.queue[e] /= <<>> /\ s.state[Head(s.queue[e])] = "receiving"
HasSender(s, e) == s.queue[e] /= <<>> /\ s.state[Head(s.queue[e])] /= "receiving"

Block(s, e, how) ==
  [s EXCEPT !.state[s.current] = how, !.at[s.current] = e, !.queue[e] = Append(@, s.current)]

TakeFirst(s, e) == [s EXCEPT !.queue[e] = Tail(@), !.at[Head(s.queue[e])] = 0]

Deliver(s, e) ==
  LET r == Head(s.queue[e])
  IN [TakeFirst(s, e) EXCEPT !.state[r] = "ready", !.message[r] = s.message[s.current]]

Send(s, e) == IF HasReceiver(s, e) THEN Deliver(s, e) ELSE Block(s, e, "sending")

Call(s, e) ==
  IF HasReceiver(s, e)
  THEN [Deliver(s, e) EXCEPT !.caller[Head(s.queue[e])] = s.current, !.state[s.current] = "answered"]
  ELSE Block(s, e, "calling")

Receive(s, e) ==
  LET c == s.current
      f == Head(s.queue[e])
      u == [s EXCEPT !.caller[c] = None]
  IN IF ~HasSender(s, e) THEN Block(u, e, "receiving")
     ELSE IF s.state[f] = "calling"
     THEN [TakeFirst(u, e) EXCEPT !.message[c] = s.message[f], !.state[f] = "answered", !.caller[c] = f]
     ELSE [TakeFirst(u, e) EXCEPT !.message[c] = s.message[f], !.state[f] = "ready"]

Reply(s) ==
  LET c == s.current
      r == s.caller[c]
  IN [s EXCEPT !.caller[c] = None, !.state[r] = "ready", !.message[r] = s.message[c]]

(* Badges are bits: 1 and 2. *)
Or(a, b) == IF a = b THEN a ELSE IF a = 0 THEN b ELSE IF b = 0 THEN a ELSE 3

Signal(s, badge) ==
  IF s.waiters = <<>> THEN [s EXCEPT !.word = Or(@, badge)]
  ELSE LET w == Head(s.waiters)
       IN [s EXCEPT !.waiters = Tail(@), !.state[w] = "ready", !.message[w] = badge]

Wait(s) ==
  IF s.word /= 0 THEN [s EXCEPT !.message[s.current] = s.word, !.word = 0]
  ELSE [s EXCEPT !.state[s.current] = "waiting", !.waiters = Append(@, s.current)]

IsQueued(s, t) == s.state[t] \in {"sending", "calling", "receiving"}
Without(q, t) == SelectSeq(q, LAMBDA u : u /= t)

(* Takes a thread out of whatever it waits for. *)
Stop(s, t) ==
  LET u == CASE s.state[t] = "waiting" -> [s EXCEPT !.waiters = Without(@, t)]
             [] s.state[t] = "answered" ->
                  [s EXCEPT !.caller = [o \in T |-> IF @[o] = t THEN None ELSE @[o]]]
             [] IsQueued(s, t) -> [s EXCEPT !.queue[s.at[t]] = Without(@, t), !.at[t] = 0]
             [] OTHER -> s
  IN [u EXCEPT !.state[t] = "stopped"]

-----------------------------------------------------------------------------

ByCurrent(s) == Become(Schedule(s))

Next ==
  \/ /\ current /= None
     /\ \/ \E e \in E :
             \/ ByCurrent(Send(Now, e))
             \/ HasReceiver(Now, e) /\ ByCurrent(Deliver(Now, e))
             \/ ByCurrent(Call(Now, e))
             \/ ByCurrent(Receive(Now, e))
             \/ caller[current] /= None /\ ByCurrent(Receive(Reply(Now), e))
        \/ caller[current] /= None /\ ByCurrent(Reply(Now))
        \/ ByCurrent(Signal(Now, 1))
        \/ ByCurrent(Wait(Now))
        \/ masked /\ Become([Now EXCEPT !.masked = FALSE])
        \/ \E t \in T :
             /\ t /= current
             /\ state[t] = "ready"
             /\ IsHigh(t) <=> IsHigh(current)
             /\ Become([Now EXCEPT !.current = t])
  \/ ~masked /\ Become(Schedule(Signal([Now EXCEPT !.masked = TRUE], Badges)))
  \/ /\ current = 0
     /\ \E t \in T \ {0} :
          Become(Schedule(IF state[t] = "stopped" THEN [Now EXCEPT !.state[t] = "ready"] ELSE Stop(Now, t)))

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------

(* A thread that is blocked at an endpoint is in its queue. *)
Queued == \A t \in T : IsQueued(Now, t) => \E i \in 1 .. Len(queue[at[t]]) : queue[at[t]][i] = t

RECURSIVE Sum(_)
Sum(es) == IF es = {} THEN 0 ELSE LET e == CHOOSE f \in es : TRUE IN Len(queue[e]) + Sum(es \ {e})

(* The queues of the endpoints are as long as there are threads blocked at them. *)
Lengths == Cardinality({t \in T : IsQueued(Now, t)}) = Sum(E)

(* Whoever may be answered waits for an answer. *)
Answerable == \A t \in T : caller[t] = None \/ state[caller[t]] = "answered"

(* A thread runs that is ready, and of the highest priority that is. *)
Runs ==
  LET h == Highest(Now)
  IN current = h \/ (current /= None /\ state[current] = "ready" /\ (IsHigh(current) <=> IsHigh(h)))

=============================================================================
