package metrics

import (
	"errors"
	"fmt"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// DefaultLimit is how many series a family keeps when nobody says otherwise: OpenTelemetry's.
const DefaultLimit = 2000

// Overflow is the value of every label of the series that stands for all beyond a family's limit.
const Overflow = "overflow"

// ErrRegister is returned when the registerer holds something else under the name of one of our families.
var ErrRegister = errors.New("metric not registered")

// Node tells a server's series from those of others in one registerer.
type Node struct{ Cluster, Type, ID string }

// Options say how a role records.
type Options struct {
	// Node labels the families that have a node's labels; clients have none.
	Node Node
	// Limit bounds the series of each family; 0 means [DefaultLimit].
	Limit int
}

// Registry hands out what a role records with. Roles that share a registerer share their families' series. A nil *Registry hands
// out what records nothing. Safe for concurrent use.
type Registry struct {
	registerer prometheus.Registerer
	opts       Options

	mu   sync.Mutex // owns the rest
	mine []prometheus.Collector
	errs []error
}

// New registers with r; nil if r is.
func New(r prometheus.Registerer, opts Options) *Registry {
	if r == nil {
		return nil
	}
	if opts.Limit <= 0 {
		opts.Limit = DefaultLimit
	}
	return &Registry{registerer: r, opts: opts}
}

// Err is what could not be registered, as ErrRegister.
func (r *Registry) Err() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Join(r.errs...)
}

// Close takes a server's own families out of the registerer. Those that roles share stay: others may record them.
func (r *Registry) Close() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.mine {
		r.registerer.Unregister(c)
	}
	r.mine = nil
}

// constants are the labels of the node, where the family has them.
func (r *Registry) constants(f *Family) prometheus.Labels {
	if !f.Node {
		return nil
	}
	labels := prometheus.Labels{LabelCluster: r.opts.Node.Cluster, LabelNodeType: r.opts.Node.Type, LabelNodeID: r.opts.Node.ID}
	if f.Origin == Apache {
		labels[labelScope] = scopeBroker
	}
	return labels
}

// register registers c, or finds the one that is there for the same families.
func (r *Registry) register(c prometheus.Collector, name string, own bool) prometheus.Collector {
	err := r.registerer.Register(c)
	there, found := errors.AsType[prometheus.AlreadyRegisteredError](err)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		if own {
			r.mine = append(r.mine, c)
		}
	case found:
		return there.ExistingCollector
	default:
		r.errs = append(r.errs, fmt.Errorf("%w: %s: %w", ErrRegister, name, err))
	}
	return c
}

// Counter is the vector of a counter family.
func (r *Registry) Counter(f *Family) CounterVec { return CounterVec{r.vec(f, CounterKind)} }

// Gauge is the vector of a gauge family that is counted up and down.
func (r *Registry) Gauge(f *Family) GaugeVec { return GaugeVec{r.vec(f, GaugeKind)} }

// Histogram is the vector of a histogram family.
func (r *Registry) Histogram(f *Family) HistogramVec { return HistogramVec{r.vec(f, HistogramKind)} }

func (r *Registry) vec(f *Family, kind Kind) *vec {
	if r == nil {
		return nil
	}
	if f.Kind != kind {
		panic("metrics: " + f.Name + " is a " + string(f.Kind)) // a slip in this module
	}
	v := newVec(f, r.constants(f), r.opts.Limit)
	if there, ok := r.register(v, f.Name, f.Node).(*vec); ok {
		return there
	}
	r.fail(f.Name + " is somebody else's")
	return v
}

func (r *Registry) fail(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errs = append(r.errs, fmt.Errorf("%w: %s", ErrRegister, why))
}

// Constant exposes a family that is always 1.
func (r *Registry) Constant(f *Family) {
	if r == nil {
		return
	}
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: f.Name, Help: f.Help, ConstLabels: r.constants(f)})
	g.Set(1)
	r.register(g, f.Name, false)
}
