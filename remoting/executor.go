package remoting

import (
	"slices"
	"sync"
	"time"
)

// Executor runs tasks on a bounded number of goroutines, with a bounded queue before them. One Executor may serve several
// processors and several servers. Its goroutines start when there is work, and end when the last server that uses it has shut
// down.
//
// Waking a goroutine costs more than most requests do, so a task wakes a worker only if none is on its way already; a worker that
// finds more work than its own wakes the next. The worker that went idle last is woken first.
//
// Java: the ThreadPoolExecutor that a processor is registered with.
type Executor struct {
	name     string
	workers  int    // at most
	capacity int    // of the queue
	finish   func() // see Gather; nil: nothing is left to be finished

	mu      sync.Mutex // owns all below; a leaf: nothing is called under it
	queue   taskQueue
	idle    []*worker // the last one went idle last
	running int       // workers alive
	guests  []*reader // goroutines that are not its own and run a task meanwhile; they count as workers
	waking  bool      // a worker was woken and has not looked at the queue yet
	users   int       // servers and clients that may submit
}

// task is what an Executor runs. followed says that whoever runs it runs another one next, and then finishes what it may leave to be
// done for both.
type task interface{ run(followed bool) }

type worker struct{ wake chan struct{} }

// NewExecutor makes an executor that runs up to workers tasks at once and keeps up to queue waiting; both at least 1. The name
// appears in telemetry and in logs.
func NewExecutor(name string, workers, queue int) *Executor {
	return &Executor{name: name, workers: max(workers, 1), capacity: max(queue, 1)}
}

// Gather lets the executor's tasks leave work that is better done for many at once, when they are told that another task follows: see
// [RequestContext.Followed]. finish, which does it, is called by whoever has run them, after at most some dozens. Call Gather before
// there are tasks.
func (e *Executor) Gather(finish func()) { e.finish = finish }

// Name is the name given to NewExecutor.
func (e *Executor) Name() string { return e.name }

// Len is the number of tasks that wait.
func (e *Executor) Len() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.queue.length
}

// Capacity is the number of tasks that may wait.
func (e *Executor) Capacity() int { return e.capacity }

// submit queues t and says whether there was room.
func (e *Executor) submit(t task) bool {
	e.mu.Lock()
	if e.queue.length >= e.capacity {
		e.mu.Unlock()
		return false
	}
	e.queue.push(t)
	w := e.wakeLocked()
	e.mu.Unlock()
	w.start()
	return true
}

// enter lets r run a task itself, as if it were a worker, if no other runs or waits. r must leave afterwards.
func (e *Executor) enter(r *reader) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.queue.length > 0 || e.activeLocked() > 0 {
		return false
	}
	e.guests = append(e.guests, r)
	return true
}

// leave ends what enter began.
func (e *Executor) leave(r *reader) {
	e.mu.Lock()
	i := slices.Index(e.guests, r)
	e.guests = slices.Delete(e.guests, i, i+1)
	var w *worker
	if e.queue.length > 0 {
		w = e.wakeLocked()
	}
	e.mu.Unlock()
	w.start()
}

// late adds the readers to list that are here with a request which came before that time.
func (e *Executor) late(before time.Time, list []guest) []guest {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range e.guests {
		if r.since.Load() < before.UnixNano() {
			list = append(list, guest{r, e})
		}
	}
	return list
}

// activeLocked is how many tasks run.
func (e *Executor) activeLocked() int { return e.running - len(e.idle) + len(e.guests) }

// wakeLocked picks the worker to wake after the lock is released, or nil if one is on its way or all are busy.
func (e *Executor) wakeLocked() *worker {
	if e.waking || e.activeLocked() >= e.workers {
		return nil
	}
	if n := len(e.idle); n > 0 {
		w := e.idle[n-1]
		e.idle = e.idle[:n-1]
		e.waking = true
		return w
	}
	if e.running < e.workers {
		e.running++
		e.waking = true
		w := &worker{wake: make(chan struct{}, 1)}
		go e.work(w)
		return w
	}
	return nil
}

func (w *worker) start() {
	if w != nil {
		w.wake <- struct{}{}
	}
}

// work is a worker's life: wait to be woken, run tasks until none is left, go idle.
func (e *Executor) work(w *worker) {
	for {
		<-w.wake
		e.mu.Lock()
		e.waking = false
		for e.queue.length > 0 {
			e.runSomeLocked()
		}
		if e.users == 0 {
			e.running--
			e.mu.Unlock()
			return
		}
		e.idle = append(e.idle, w)
		e.mu.Unlock()
	}
}

// runSomeLocked runs tasks until none is left, or until it is time to finish what they left to be done together. It releases the lock
// meanwhile.
func (e *Executor) runSomeLocked() {
	left := 0
	for followed := true; followed && e.queue.length > 0; {
		t := e.queue.pop()
		var next *worker
		if e.queue.length > 0 {
			next = e.wakeLocked()
		}
		if followed = e.finish != nil && e.queue.length > 0 && left < mostTogether; followed {
			left++
		}
		e.mu.Unlock()
		next.start()
		t.run(followed)
		e.mu.Lock()
	}
	if left > 0 {
		e.mu.Unlock()
		e.finish()
		e.mu.Lock()
	}
}

// acquire counts a user in; every user calls it once before it submits.
func (e *Executor) acquire() {
	e.mu.Lock()
	e.users++
	e.mu.Unlock()
}

// release counts a user out. After the last, idle workers end; busy ones finish the queue first.
func (e *Executor) release() {
	e.mu.Lock()
	e.users--
	var idle []*worker
	if e.users == 0 {
		idle, e.idle = e.idle, nil
	}
	e.mu.Unlock()
	for _, w := range idle {
		w.start()
	}
}

// taskQueue is a ring that grows as needed, in powers of two.
type taskQueue struct {
	ring   []task
	head   int
	length int
}

func (q *taskQueue) push(t task) {
	if q.length == len(q.ring) {
		q.grow()
	}
	q.ring[(q.head+q.length)&(len(q.ring)-1)] = t
	q.length++
}

func (q *taskQueue) pop() task {
	t := q.ring[q.head]
	q.ring[q.head] = nil
	q.head = (q.head + 1) & (len(q.ring) - 1)
	q.length--
	return t
}

func (q *taskQueue) grow() {
	ring := make([]task, max(64, 2*len(q.ring)))
	n := copy(ring, q.ring[q.head:])
	copy(ring[n:], q.ring[:q.head])
	q.ring, q.head = ring, 0
}
