/*
 * The round trip of `ipc.ts` in plain C: the same memory image, the same layout (its constants come from `layout.ts` as definitions on the
 * command line), the same conditions and the same writes. What a compiler makes of it is the limit for what can be hoped for from the
 * kernel in TypeScript.
 *
 * usage: ipc IMAGE fast|slow ROUND_TRIPS REPETITIONS
 * Prints nanoseconds of processor time for a round trip, one line a repetition, and leaves the final image in IMAGE.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef uint32_t word;
typedef uint64_t word64;

#define WORDS (RAM_SIZE / 4)
#define TWO_TO(bits) ((word64)1 << (bits))
static word memory[WORDS] __attribute__((aligned(64)));

static inline word *at(word address) { return &memory[(address - RAM_BASE) >> 2]; }
static inline word load(word address) { return *at(address); }
static inline void store(word address, word value) { *at(address) = value; }
static inline word64 load64(word address) { word64 value; memcpy(&value, at(address), 8); return value; }
static inline void store64(word address, word64 value) { memcpy(at(address), &value, 8); }

static inline word slot_of(word tcb, word index) { return tcb + index * CTE_BYTES; }
static inline word reg(word tcb, word index) { return tcb + TCB_CONTEXT + index * 8; }
static inline word type_of(word meta) { return meta >> CAP_TYPE_SHIFT; }

static void check(int condition, const char *sentence) {
  if (condition) return;
  fprintf(stderr, "should be true: %s\n", sentence);
  exit(1);
}

/* --- lookup --------------------------------------------------------------------------------------------------------- */

/* The entry a pointer names; 0 for none. `left` is the number of its low bits that are still to be used. */
static word resolve(word root, word64 cptr) {
  word slot = root;
  word left = WORD_BITS;
  if (type_of(load(slot + CTE_META)) != CAP_CNODE) return 0;
  for (;;) {
    word meta = load(slot + CTE_META);
    word guard_bits = (meta >> 16) & 63, radix = (meta >> 22) & 31;
    if (guard_bits > left) return 0;
    if (guard_bits > 0) {
      word64 guard = (cptr >> (left - guard_bits)) & (TWO_TO(guard_bits) - 1);
      if (guard != load64(slot + CTE_WORD_LO)) return 0;
    }
    if (guard_bits + radix > left) return 0;
    left -= guard_bits + radix;
    slot = load(slot + CTE_PTR_LO) + (word)((cptr >> left) & (TWO_TO(radix) - 1)) * CTE_BYTES;
    if (left == 0 || type_of(load(slot + CTE_META)) != CAP_CNODE) return slot;
  }
}

static word lookup_slot(word tcb, word64 cptr) { return resolve(slot_of(tcb, TCB_SLOT_CTABLE), cptr); }

static word lookup_buffer(int is_receiver, word tcb) {
  word slot = slot_of(tcb, TCB_SLOT_BUFFER);
  word meta = load(slot + CTE_META);
  if (type_of(meta) != CAP_FRAME || (meta & (1 << 18))) return 0;
  word rights = (meta >> 19) & 3;
  if (rights != 3 && (is_receiver || rights != 2)) return 0;
  return load(slot + CTE_PTR_LO) + (load(tcb + TCB_IPC_BUFFER_LO) & ((1u << PAGE_BITS) - 1));
}

/* --- ready queues and the scheduler --------------------------------------------------------------------------------- */

static inline word queue_of(word tcb) {
  return KS_READY_QUEUES + (load(tcb + TCB_DOMAIN) * NUM_PRIORITIES + load(tcb + TCB_PRIORITY)) * READY_QUEUE_BYTES;
}

static inline word bitmap_word(word domain, word index) {
  return KS_L2_BITMAP + (domain * PRIORITY_WORDS + PRIORITY_WORDS - 1 - index) * 4;
}

static int highest_priority(word domain) {
  word summary = load(KS_L1_BITMAP + domain * 4);
  if (summary == 0) return -1;
  int index = 31 - __builtin_clz(summary);
  return index * BITMAP_WORD_BITS + 31 - __builtin_clz(load(bitmap_word(domain, index)));
}

static int is_highest(word domain, word priority) { return (int)priority >= highest_priority(domain); }

static void add_to_bitmap(word domain, word priority) {
  word index = priority / BITMAP_WORD_BITS;
  *at(KS_L1_BITMAP + domain * 4) |= 1u << index;
  *at(bitmap_word(domain, index)) |= 1u << (priority % BITMAP_WORD_BITS);
}

static void sched_enqueue(word tcb) {
  if (load(tcb + TCB_QUEUED)) return;
  word queue = queue_of(tcb), head = load(queue);
  if (head == 0) {
    store(queue + 4, tcb);
    add_to_bitmap(load(tcb + TCB_DOMAIN), load(tcb + TCB_PRIORITY));
  } else {
    store(head + TCB_SCHED_PREV, tcb);
  }
  store(tcb + TCB_SCHED_NEXT, head);
  store(tcb + TCB_SCHED_PREV, 0);
  store(tcb + TCB_QUEUED, 1);
  store(queue, tcb);
}

static void sched_dequeue(word tcb) {
  if (!load(tcb + TCB_QUEUED)) return;
  word queue = queue_of(tcb), next = load(tcb + TCB_SCHED_NEXT), prev = load(tcb + TCB_SCHED_PREV);
  if (prev == 0) store(queue, next);
  else store(prev + TCB_SCHED_NEXT, next);
  if (next == 0) store(queue + 4, prev);
  else store(next + TCB_SCHED_PREV, prev);
  check(load(queue) != 0 || prev == 0, "a queue that loses its last thread had no other");
  if (load(queue) == 0) {
    word domain = load(tcb + TCB_DOMAIN), priority = load(tcb + TCB_PRIORITY), index = priority / BITMAP_WORD_BITS;
    if ((*at(bitmap_word(domain, index)) &= ~(1u << (priority % BITMAP_WORD_BITS))) == 0) {
      *at(KS_L1_BITMAP + domain * 4) &= ~(1u << index);
    }
  }
  store(tcb + TCB_SCHED_NEXT, 0);
  store(tcb + TCB_SCHED_PREV, 0);
  store(tcb + TCB_QUEUED, 0);
}

static inline int is_runnable(word tcb) {
  word state = load(tcb + TCB_STATE);
  return state == STATE_RUNNING || state == STATE_RESTART;
}

static void set_state(word tcb, word state) {
  word old = load(tcb + TCB_STATE);
  if (old >= STATE_BLOCKED_ON_RECEIVE && state < STATE_BLOCKED_ON_RECEIVE) {
    store(tcb + TCB_BLOCKING_OBJECT, 0);
    if (old <= STATE_BLOCKED_ON_SEND) {
      store64(tcb + TCB_BLOCKING_BADGE_LO, 0);
      store(tcb + TCB_BLOCKING_FLAGS, 0);
    }
  }
  store(tcb + TCB_STATE, state);
  if (tcb == load(KS_CUR_THREAD) && load(KS_SCHEDULER_ACTION) == ACTION_RESUME && !is_runnable(tcb)) {
    store(KS_SCHEDULER_ACTION, ACTION_CHOOSE);
  }
}

static void reschedule_required(void) {
  word action = load(KS_SCHEDULER_ACTION);
  if (action != ACTION_RESUME && action != ACTION_CHOOSE) sched_enqueue(action);
  store(KS_SCHEDULER_ACTION, ACTION_CHOOSE);
}

static void possible_switch_to(word tcb) {
  if (load(tcb + TCB_DOMAIN) != load(KS_CUR_DOMAIN)) {
    sched_enqueue(tcb);
  } else if (load(KS_SCHEDULER_ACTION) != ACTION_RESUME) {
    reschedule_required();
    sched_enqueue(tcb);
  } else {
    store(KS_SCHEDULER_ACTION, tcb);
  }
}

static inline void lazy_fpu_restore(word tcb) {
  word old = load(KS_FPU_OWNER);
  if ((load(tcb + TCB_FLAGS) & FLAG_FPU_DISABLED) != 0) {
    store(HW_FPU_ENABLED, 0);
    return;
  }
  store(HW_FPU_ENABLED, 1);
  if (old == tcb) return;
  if (old != 0) store64(old + TCB_FPU_LO, load64(HW_FPU_LO));
  store64(HW_FPU_LO, load64(tcb + TCB_FPU_LO));
  store(KS_FPU_OWNER, tcb);
}

static void switch_to(word tcb) {
  check(is_runnable(tcb), "the thread switched to is runnable");
  lazy_fpu_restore(tcb);
  sched_dequeue(tcb);
  store(KS_CUR_THREAD, tcb);
}

static void choose(void) {
  word domain = load(KS_CUR_DOMAIN);
  int priority = highest_priority(domain);
  if (priority < 0) store(KS_CUR_THREAD, IDLE_THREAD);
  else switch_to(load(KS_READY_QUEUES + (domain * NUM_PRIORITIES + priority) * READY_QUEUE_BYTES));
}

static void schedule(void) {
  word action = load(KS_SCHEDULER_ACTION);
  if (action == ACTION_RESUME) return;
  word current = load(KS_CUR_THREAD);
  int runs = is_runnable(current);
  if (runs) sched_enqueue(current);
  if (action == ACTION_CHOOSE) {
    choose();
  } else {
    word priority = load(action + TCB_PRIORITY), own = load(current + TCB_PRIORITY);
    if ((current == IDLE_THREAD || priority < own) && !is_highest(load(KS_CUR_DOMAIN), priority)) {
      sched_enqueue(action);
      choose();
    } else {
      switch_to(action);
    }
  }
  store(KS_SCHEDULER_ACTION, ACTION_RESUME);
}

/* --- queues of endpoints, and messages ------------------------------------------------------------------------------ */

static void queue_append(word endpoint, word tcb) {
  word tail = load(endpoint + EP_TAIL);
  if (tail == 0) store(endpoint + EP_HEAD, tcb);
  else store(tail + TCB_EP_NEXT, tcb);
  store(tcb + TCB_EP_PREV, tail);
  store(tcb + TCB_EP_NEXT, 0);
  store(endpoint + EP_TAIL, tcb);
}

static void queue_remove(word endpoint, word tcb) {
  word next = load(tcb + TCB_EP_NEXT), prev = load(tcb + TCB_EP_PREV);
  if (prev == 0) store(endpoint + EP_HEAD, next);
  else store(prev + TCB_EP_NEXT, next);
  if (next == 0) store(endpoint + EP_TAIL, prev);
  else store(next + TCB_EP_PREV, prev);
  store(tcb + TCB_EP_NEXT, 0);
  store(tcb + TCB_EP_PREV, 0);
}

static const word message_registers[4] = {REG_MR0, REG_MR1, REG_MR2, REG_MR3};

static word copy_message(word from, word from_buffer, word to, word to_buffer, word length) {
  word in_registers = length < 4 ? length : 4;
  for (word n = 0; n < in_registers; n++) {
    store64(reg(to, message_registers[n]), load64(reg(from, message_registers[n])));
  }
  if (length <= 4 || from_buffer == 0 || to_buffer == 0) return in_registers;
  for (word n = 4; n < length; n++) store64(to_buffer + (n + 1) * 8, load64(from_buffer + (n + 1) * 8));
  return length;
}

static void transfer(word from, word to, word64 badge) {
  check(load(from + TCB_FAULT) == 0, "nobody has a fault");
  word to_buffer = lookup_buffer(1, to), from_buffer = lookup_buffer(0, from);
  word64 info = load64(reg(from, REG_MSG_INFO));
  word length = info & 0x7f;
  if (length > MSG_MAX_LENGTH) length = MSG_MAX_LENGTH;
  word copied = copy_message(from, from_buffer, to, to_buffer, length);
  check(from_buffer == 0 || (info & 0x180) == 0, "no message carries capabilities");
  store64(reg(to, REG_CAP), badge);
  store64(reg(to, REG_MSG_INFO), (info & ~(word64)0xfff) | copied);
}

/* --- reply capabilities in the derivation list ----------------------------------------------------------------------- */

/* As general as the list demands: what the new entry is decides its flags, and a neighbour behind gets its link. */
static void insert(word meta, word ptr, word64 value, word source, word target) {
  check(type_of(load(target + CTE_META)) == CAP_NULL, "a capability is inserted into an empty slot");
  word type = type_of(meta), source_type = type_of(load(source + CTE_META)), flags = 0;
  switch (type) {
    case CAP_ENDPOINT:
    case CAP_NOTIFICATION:
      if (source_type == type && load64(source + CTE_WORD_LO) != value) flags = MDB_REVOCABLE | MDB_FIRST_BADGED;
      break;
    case CAP_IRQ_HANDLER:
      if (source_type == CAP_IRQ_CONTROL) flags = MDB_REVOCABLE | MDB_FIRST_BADGED;
      break;
    case CAP_UNTYPED:
      flags = MDB_REVOCABLE | MDB_FIRST_BADGED;
      break;
  }
  store(target + CTE_PTR_LO, ptr);
  store(target + CTE_META, meta);
  store64(target + CTE_WORD_LO, value);
  word next = load(source + CTE_NEXT);
  store(target + CTE_NEXT, next);
  store(target + CTE_MDB_FLAGS, flags);
  store(target + CTE_PREV, source);
  store(source + CTE_NEXT, target);
  if (next) store(next + CTE_PREV, target);
}

static int same_object(word a, word b) {
  word type = type_of(load(a + CTE_META));
  if (type != type_of(load(b + CTE_META))) return 0;
  switch (type) {
    case CAP_ENDPOINT:
    case CAP_NOTIFICATION:
    case CAP_REPLY:
    case CAP_THREAD:
    case CAP_ASID_POOL:
      return load(a + CTE_PTR_LO) == load(b + CTE_PTR_LO);
    case CAP_CNODE:
    case CAP_FRAME:
    case CAP_PAGING:
      return load(a + CTE_PTR_LO) == load(b + CTE_PTR_LO) && ((load(a + CTE_META) ^ load(b + CTE_META)) & 0x7ff0000) == 0;
    case CAP_IRQ_HANDLER:
      return load(a + CTE_WORD_LO) == load(b + CTE_WORD_LO);
    default:
      return 0;
  }
}

static void delete_one(word slot) {
  word type = type_of(load(slot + CTE_META));
  if (type == CAP_NULL) return;
  word prev = load(slot + CTE_PREV), next = load(slot + CTE_NEXT);
  int is_final = !(prev && same_object(prev, slot)) && !(next && same_object(slot, next));
  check(!is_final || type == CAP_REPLY, "only reply capabilities are deleted");
  if (prev) store(prev + CTE_NEXT, next);
  if (next) {
    store(next + CTE_PREV, prev);
    *at(next + CTE_MDB_FLAGS) |= load(slot + CTE_MDB_FLAGS) & MDB_FIRST_BADGED;
  }
  memset(at(slot), 0, CTE_BYTES);
}

/* --- the slow path --------------------------------------------------------------------------------------------------- */

static void send_ipc(word sender, word endpoint, word flags, word64 badge) {
  if (load(endpoint + EP_STATE) != EP_RECV) {
    store(sender + TCB_BLOCKING_OBJECT, endpoint);
    store64(sender + TCB_BLOCKING_BADGE_LO, badge);
    store(sender + TCB_BLOCKING_FLAGS, flags);
    set_state(sender, STATE_BLOCKED_ON_SEND);
    store(endpoint + EP_STATE, EP_SEND);
    queue_append(endpoint, sender);
    return;
  }
  word receiver = load(endpoint + EP_HEAD);
  queue_remove(endpoint, receiver);
  if (load(endpoint + EP_HEAD) == 0) store(endpoint + EP_STATE, EP_IDLE);
  word can_grant = load(receiver + TCB_BLOCKING_FLAGS) & BLOCKING_CAN_GRANT;
  transfer(sender, receiver, badge);
  set_state(receiver, STATE_RUNNING);
  possible_switch_to(receiver);
  if (!(flags & BLOCKING_IS_CALL)) return;
  if (!(flags & (BLOCKING_CAN_GRANT | BLOCKING_CAN_GRANT_REPLY))) {
    set_state(sender, STATE_INACTIVE);
    return;
  }
  store(sender + TCB_BLOCKING_OBJECT, 0);
  store64(sender + TCB_BLOCKING_BADGE_LO, 0);
  store(sender + TCB_BLOCKING_FLAGS, 0);
  set_state(sender, STATE_BLOCKED_ON_REPLY);
  word meta = ((word)CAP_REPLY << CAP_TYPE_SHIFT) | (can_grant ? 1 << 17 : 0);
  insert(meta, sender, 0, slot_of(sender, TCB_SLOT_REPLY), slot_of(receiver, TCB_SLOT_CALLER));
}

static void handle_invocation(int is_call) {
  word thread = load(KS_CUR_THREAD);
  word slot = lookup_slot(thread, load64(reg(thread, REG_CAP)));
  check(slot != 0, "the pointer leads to a capability");
  word info = load(reg(thread, REG_MSG_INFO));
  word buffer = lookup_buffer(0, thread);
  check(buffer == 0 || (info & 0x180) == 0, "no message carries capabilities");
  word meta = load(slot + CTE_META);
  switch (type_of(meta)) {
    case CAP_ENDPOINT: {
      check((meta & (1 << 16)) != 0, "the capability may send");
      set_state(thread, STATE_RESTART);
      word flags = ((meta >> 18) & 3) | (is_call ? BLOCKING_IS_CALL : 0);
      send_ipc(thread, load(slot + CTE_PTR_LO), flags, load64(slot + CTE_WORD_LO));
      break;
    }
    default:
      check(0, "only endpoints are invoked");
  }
  if (load(thread + TCB_STATE) == STATE_RESTART) set_state(thread, STATE_RUNNING);
}

static void handle_reply(void) {
  word thread = load(KS_CUR_THREAD), slot = slot_of(thread, TCB_SLOT_CALLER);
  if (type_of(load(slot + CTE_META)) == CAP_NULL) return;
  word receiver = load(slot + CTE_PTR_LO);
  check(load(receiver + TCB_STATE) == STATE_BLOCKED_ON_REPLY, "a reply capability leads to a thread that waits for it");
  transfer(thread, receiver, 0);
  delete_one(slot);
  set_state(receiver, STATE_RUNNING);
  possible_switch_to(receiver);
}

static void handle_recv(void) {
  word thread = load(KS_CUR_THREAD);
  word slot = lookup_slot(thread, load64(reg(thread, REG_CAP)));
  check(slot != 0, "the pointer leads to a capability");
  word meta = load(slot + CTE_META);
  check(type_of(meta) == CAP_ENDPOINT && (meta & (1 << 17)), "what is received from is an endpoint");
  delete_one(slot_of(thread, TCB_SLOT_CALLER));
  word bound = load(thread + TCB_BOUND_NOTIFICATION);
  check(bound == 0 || load(bound + NTFN_STATE) != NTFN_ACTIVE, "no signal is pending");
  word endpoint = load(slot + CTE_PTR_LO);
  check(load(endpoint + EP_STATE) != EP_SEND, "nobody waits to send");
  store(thread + TCB_BLOCKING_OBJECT, endpoint);
  store(thread + TCB_BLOCKING_FLAGS, (meta >> 18) & 1);
  set_state(thread, STATE_BLOCKED_ON_RECEIVE);
  store(endpoint + EP_STATE, EP_RECV);
  queue_append(endpoint, thread);
}

static void slowpath(int number) {
  if (number == SYSCALL_CALL) {
    handle_invocation(1);
  } else {
    handle_reply();
    handle_recv();
  }
  store(HW_IRQ_COUNTDOWN, NO_IRQ);
  schedule();
  check(is_runnable(load(KS_CUR_THREAD)), "the current thread can run");
}

/* --- the fast path --------------------------------------------------------------------------------------------------- */

static inline int fits_registers(word info) { return (info & 0x1ff) <= 4; }

static inline int has_vspace(word tcb) {
  word meta = load(slot_of(tcb, TCB_SLOT_VTABLE) + CTE_META);
  return type_of(meta) == CAP_PAGING && ((meta >> 16) & 7) == 7;
}

static inline void finish_fast(word to, word from, word64 badge) {
  word64 info = load64(reg(from, REG_MSG_INFO));
  word length = info & 0x7f;
  for (word n = 0; n < length; n++) store64(reg(to, message_registers[n]), load64(reg(from, message_registers[n])));
  store64(reg(to, REG_CAP), badge);
  store64(reg(to, REG_MSG_INFO), info & ~(word64)0xe00);
  store(to + TCB_STATE, STATE_RUNNING);
  lazy_fpu_restore(to);
  store(KS_CUR_THREAD, to);
}

static int fast_call(void) {
  word caller = load(KS_CUR_THREAD);
  if (!fits_registers(load(reg(caller, REG_MSG_INFO))) || load(caller + TCB_FAULT)) return 0;
  word slot = lookup_slot(caller, load64(reg(caller, REG_CAP)));
  if (slot == 0) return 0;
  word meta = load(slot + CTE_META);
  if (type_of(meta) != CAP_ENDPOINT || !(meta & (1 << 16))) return 0;
  word endpoint = load(slot + CTE_PTR_LO);
  if (load(endpoint + EP_STATE) != EP_RECV) return 0;
  word receiver = load(endpoint + EP_HEAD);
  if (!has_vspace(receiver)) return 0;
  word domain = load(KS_CUR_DOMAIN), priority = load(receiver + TCB_PRIORITY);
  if (priority < load(caller + TCB_PRIORITY) && !is_highest(domain, priority)) return 0;
  if (!(meta & (3 << 18)) || load(receiver + TCB_DOMAIN) != domain) return 0;
  word next = load(receiver + TCB_EP_NEXT);
  store(endpoint + EP_HEAD, next);
  if (next == 0) {
    store(endpoint + EP_TAIL, 0);
    store(endpoint + EP_STATE, EP_IDLE);
  } else {
    store(next + TCB_EP_PREV, 0);
    store(receiver + TCB_EP_NEXT, 0);
  }
  store(caller + TCB_STATE, STATE_BLOCKED_ON_REPLY);
  word master = slot_of(caller, TCB_SLOT_REPLY), reply = slot_of(receiver, TCB_SLOT_CALLER);
  store(reply + CTE_PTR_LO, caller);
  store(reply + CTE_META, ((word)CAP_REPLY << CAP_TYPE_SHIFT) | (load(receiver + TCB_BLOCKING_FLAGS) & BLOCKING_CAN_GRANT) << 17);
  store(reply + CTE_PREV, master);
  store(master + CTE_NEXT, reply);
  store(receiver + TCB_BLOCKING_OBJECT, 0);
  store(receiver + TCB_BLOCKING_FLAGS, 0);
  finish_fast(receiver, caller, load64(slot + CTE_WORD_LO));
  return 1;
}

static int fast_reply_recv(void) {
  word replier = load(KS_CUR_THREAD);
  if (!fits_registers(load(reg(replier, REG_MSG_INFO))) || load(replier + TCB_FAULT)) return 0;
  word slot = lookup_slot(replier, load64(reg(replier, REG_CAP)));
  if (slot == 0) return 0;
  word meta = load(slot + CTE_META);
  if (type_of(meta) != CAP_ENDPOINT || !(meta & (1 << 17))) return 0;
  word bound = load(replier + TCB_BOUND_NOTIFICATION);
  if (bound && load(bound + NTFN_STATE) == NTFN_ACTIVE) return 0;
  word endpoint = load(slot + CTE_PTR_LO);
  if (load(endpoint + EP_STATE) == EP_SEND) return 0;
  word reply = slot_of(replier, TCB_SLOT_CALLER);
  if (type_of(load(reply + CTE_META)) != CAP_REPLY) return 0;
  word caller = load(reply + CTE_PTR_LO);
  if (load(caller + TCB_FAULT) || !has_vspace(caller)) return 0;
  word domain = load(KS_CUR_DOMAIN);
  if (!is_highest(domain, load(caller + TCB_PRIORITY)) || load(caller + TCB_DOMAIN) != domain) return 0;
  store(replier + TCB_STATE, STATE_BLOCKED_ON_RECEIVE);
  store(replier + TCB_BLOCKING_OBJECT, endpoint);
  store(replier + TCB_BLOCKING_FLAGS, (meta >> 18) & 1);
  store(endpoint + EP_STATE, EP_RECV);
  queue_append(endpoint, replier);
  store(load(reply + CTE_PREV) + CTE_NEXT, 0);
  store(reply + CTE_PTR_LO, 0);
  store(reply + CTE_META, 0);
  store(reply + CTE_PREV, 0);
  finish_fast(caller, replier, 0);
  return 1;
}

/* --- entry and measurement ------------------------------------------------------------------------------------------- */

static inline void enter(void) {
  store(HW_PREEMPTED, 0);
#ifdef HW_FASTPATH
  store(HW_FASTPATH, 0);
#endif
  word thread = load(KS_CUR_THREAD);
  word64 pc = load64(reg(thread, REG_NEXT_IP));
  store64(reg(thread, REG_FAULT_IP), pc);
  store64(reg(thread, REG_NEXT_IP), pc + SYSCALL_BYTES);
}

static __attribute__((noinline)) void syscall_slow(int number) {
  enter();
  slowpath(number);
}

static __attribute__((noinline)) void syscall_fast(int number) {
  enter();
  if (number == SYSCALL_CALL ? fast_call() : fast_reply_recv()) {
#ifdef HW_FASTPATH
    store(HW_FASTPATH, 1);
#endif
    store(HW_IRQ_COUNTDOWN, NO_IRQ);
    return;
  }
  slowpath(number);
}

/* What a thread writes before it enters. */
static inline void aim(word thread) {
  store(reg(thread, REG_CAP), ENDPOINT_CPTR);
  store(reg(thread, REG_MSG_INFO), MESSAGE_WORDS);
}

static double cpu_nanoseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char **argv) {
  check(argc == 5, "usage is: ipc IMAGE fast|slow ROUND_TRIPS REPETITIONS");
  FILE *file = fopen(argv[1], "rb");
  check(file != NULL && fread(memory, 4, WORDS, file) == WORDS, "the image can be read");
  fclose(file);
  int is_fast = strcmp(argv[2], "fast") == 0;
  long round_trips = atol(argv[3]);
  int repetitions = atoi(argv[4]);
  /* A thread knows its own registers: so they are looked up once. */
  word client = load(KS_CUR_THREAD), server = 0;
  for (int repetition = 0; repetition < repetitions; repetition++) {
    double before = cpu_nanoseconds();
    for (long n = 0; n < round_trips; n++) {
      aim(client);
      if (is_fast) syscall_fast(SYSCALL_CALL);
      else syscall_slow(SYSCALL_CALL);
      if (n == 0) server = load(KS_CUR_THREAD);
      aim(server);
      if (is_fast) syscall_fast(SYSCALL_REPLY_RECV);
      else syscall_slow(SYSCALL_REPLY_RECV);
    }
    printf("%.3f\n", (cpu_nanoseconds() - before) / round_trips);
  }
  file = fopen(argv[1], "wb");
  check(file != NULL && fwrite(memory, 4, WORDS, file) == WORDS && fclose(file) == 0, "the image can be written");
  return 0;
}
