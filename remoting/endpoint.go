package remoting

import (
	"sync"
	"sync/atomic"

	"github.com/plumemq/plume/remoting/protocol"
)

// endpoint is what a client and a server have in common: channels, calls in flight, processors and hooks.
//
// Java: remoting.netty.NettyRemotingAbstract (5.5.0).
type endpoint struct {
	settings
	metrics       *instruments // nil: none are recorded
	onewayPermits permits
	asyncPermits  permits
	callbacks     *Executor
	public        *Executor // for processors registered without one

	futures  sync.Pool // of *responseFuture
	requests sync.Pool // of *RequestContext
	buffers  sync.Pool // of *[]byte, to encode into

	opaque    atomic.Int32
	channelID atomic.Uint64

	registerMu sync.Mutex // serialises changes to the tables below, which are immutable snapshots
	processors atomic.Pointer[processorTable]
	hooks      hookList

	relief *relief // of readers that process requests; nil: they never do

	draining   atomic.Bool    // shutting down: clients are told to go away
	inFlight   drain          // requests being processed
	goroutines sync.WaitGroup // readers, flushers, dials
}

// processorTable says who answers which code.
type processorTable struct {
	byCode    map[protocol.RequestCode]registration
	fallback  registration
	executors []*Executor // each acquired once
}

type registration struct {
	processor Processor
	executor  *Executor
}

func (e *endpoint) init(s settings, public *Executor) {
	e.settings = s
	e.asyncPermits, e.onewayPermits = newPermits(s.asyncPermitCount), newPermits(s.onewayPermitCount)
	e.callbacks = NewExecutor("callback", s.callbackWorkers, s.asyncPermitCount)
	e.public = public
	e.processors.Store(&processorTable{byCode: map[protocol.RequestCode]registration{}})
	e.acquireExecutor(e.callbacks)
}

// acquireExecutor makes x usable until releaseExecutors. registerMu is held, or nobody else knows e yet.
func (e *endpoint) acquireExecutor(x *Executor) {
	table := *e.processors.Load()
	for _, known := range table.executors {
		if known == x {
			return
		}
	}
	x.acquire()
	table.executors = append(table.executors[:len(table.executors):len(table.executors)], x)
	e.processors.Store(&table)
}

// releaseExecutors ends the use of every executor.
func (e *endpoint) releaseExecutors() {
	e.registerMu.Lock()
	defer e.registerMu.Unlock()
	table := *e.processors.Load()
	for _, x := range table.executors {
		x.release()
	}
	table.executors = nil
	e.processors.Store(&table)
}

// register adds processors for codes; with none it sets the fallback.
func (e *endpoint) register(p Processor, x *Executor, codes ...protocol.RequestCode) {
	if x == nil {
		x = e.public
	}
	e.registerMu.Lock()
	defer e.registerMu.Unlock()
	e.acquireExecutor(x)
	old := e.processors.Load()
	table := &processorTable{
		byCode: make(map[protocol.RequestCode]registration, len(old.byCode)+len(codes)), fallback: old.fallback, executors: old.executors,
	}
	for code, r := range old.byCode {
		table.byCode[code] = r
	}
	for _, code := range codes {
		table.byCode[code] = registration{p, x}
	}
	if len(codes) == 0 {
		table.fallback = registration{p, x}
	}
	e.processors.Store(table)
}

// lookup finds who answers a code; a nil processor: nobody.
func (t *processorTable) lookup(code int32) registration {
	if r, ok := t.byCode[protocol.RequestCode(code)]; ok {
		return r
	}
	return t.fallback
}

// drain counts work in progress and lets one goroutine wait until there is none. The zero value is ready.
type drain struct {
	count atomic.Int64
	mu    sync.Mutex
	empty chan struct{} // closed when the count falls to zero; nil when nobody waits
}

func (d *drain) add() { d.count.Add(1) }

func (d *drain) done() {
	if d.count.Add(-1) > 0 {
		return
	}
	d.mu.Lock()
	wakeAll(&d.empty)
	d.mu.Unlock()
}

// wait is a channel that is closed once nothing is in progress.
func (d *drain) wait() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.empty == nil {
		d.empty = make(chan struct{})
	}
	empty := d.empty
	if d.count.Load() == 0 {
		wakeAll(&d.empty)
	}
	return empty
}
