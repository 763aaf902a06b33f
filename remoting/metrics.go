package remoting

import (
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/metrics"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting/protocol"
)

// rpcSystem is the value of rpc.system.name.
const rpcSystem = "rocketmq"

// The values of Apache's label result.
const (
	resultSuccess = "success"
	resultOneway  = "oneway"
	resultFailed  = "write_channel_failed"
)

// instruments are what an endpoint records its metrics with. A nil *instruments records nothing.
type instruments struct {
	clock    clock.Clock
	made     time.Time
	isServer bool
	names    map[string]string // executor -> label processor

	called     metrics.HistogramVec
	calls      metrics.Cache[callKey, metrics.Histogram]
	asyncWait  metrics.Histogram
	onewayWait metrics.Histogram
	opened     metrics.Gauge
	connecting metrics.Gauge
	served     metrics.HistogramVec // OpenTelemetry's
	latency    metrics.HistogramVec // Apache's; brokers only
	answers    metrics.Cache[answerKey, answerHistograms]
	queueWait  metrics.HistogramVec
	queueWaits metrics.Cache[*Executor, metrics.Histogram]
	host, port string // of a server, set before it accepts
}

// callKey is what the labels of a call are made of.
type callKey struct {
	addr      string
	code      int32
	status    int32 // of the response; -1 without one
	errorType string
}

// answerKey is what the labels of an answer are made of.
type answerKey struct {
	code, status int32
	longPoll     bool
	result       string
}

type answerHistograms struct{ served, latency metrics.Histogram }

func newClientInstruments(r *metrics.Registry, c clock.Clock) *instruments {
	if r == nil {
		return nil
	}
	wait, channels := r.Histogram(metrics.ClientSemaphoreWait), r.Gauge(metrics.ClientChannels)
	return &instruments{
		clock: c, made: c.Now(), called: r.Histogram(metrics.RPCClientCallDuration), asyncWait: wait.With("async"), onewayWait: wait.With("oneway"),
		opened: channels.With("open"), connecting: channels.With("connecting"),
	}
}

func newServerInstruments(cfg *ServerConfig, c clock.Clock) *instruments {
	r := cfg.Metrics
	if r == nil {
		return nil
	}
	m := &instruments{
		clock: c, made: c.Now(), isServer: true, names: cfg.ProcessorNames, called: r.Histogram(metrics.RPCClientCallDuration),
		opened: r.Gauge(metrics.ServerChannels).With(), served: r.Histogram(metrics.RPCServerCallDuration),
		queueWait: r.Histogram(metrics.ProcessorQueueWait),
	}
	if cfg.ApacheMetrics {
		m.latency = r.Histogram(metrics.RPCLatency)
	}
	return m
}

// listening tells where the server is.
func (m *instruments) listening(addr net.Addr) {
	if m != nil {
		m.host, m.port, _ = net.SplitHostPort(addr.String())
	}
}

// connect counts a dial under way, n being 1 at its begin and -1 at its end.
func (m *instruments) connect(n int) {
	if m != nil {
		m.connecting.Add(n)
	}
}

// channel counts an open connection, n being 1 or -1.
func (m *instruments) channel(n int) {
	if m != nil {
		m.opened.Add(n)
	}
}

// permitted notes how long a call waited for its permit.
func (m *instruments) permitted(oneway bool, waited time.Duration, span observ.SpanContext) {
	switch {
	case m == nil:
	case oneway:
		m.onewayWait.Observe(waited.Seconds(), span)
	default:
		m.asyncWait.Observe(waited.Seconds(), span)
	}
}

// now is the time since the endpoint was made, if anybody wants to know.
func (m *instruments) now() time.Duration {
	if m == nil {
		return 0
	}
	return m.clock.Now().Sub(m.made)
}

// call notes how a call ended that began then.
func (m *instruments) call(ch *Channel, code int32, resp *protocol.RemotingCommand, began time.Duration, err error, step observ.Step) {
	if m == nil {
		return
	}
	key := callKey{addr: ch.addr, code: code, status: -1, errorType: observ.ErrorType(err)}
	if m.isServer {
		key.addr = "" // a client's: every connection has another
	}
	span := step.SpanContext()
	if err == nil && resp != nil {
		key.status, key.errorType = resp.Code, failureType(resp.Code)
		if isIdlePull(code, resp.Code) {
			span = observ.SpanContext{}
		}
	}
	h := m.calls.Load(key)
	if h == nil {
		h = m.calls.Keep(key, m.newCall(key))
	}
	h.Observe((m.now() - began).Seconds(), span)
}

func (m *instruments) newCall(key callKey) metrics.Histogram {
	host, port, _ := net.SplitHostPort(key.addr)
	status := ""
	if key.status >= 0 {
		status = protocol.ResponseCode(key.status).String()
	}
	return m.called.With(rpcSystem, protocol.RequestCode(key.code).String(), status, key.errorType, host, port)
}

// failureType is the error.type of a response: the codes that say that the request never got a real answer count as failures.
func failureType(code int32) string {
	switch c := protocol.ResponseCode(code); c {
	case protocol.SystemError, protocol.SystemBusy, protocol.RequestCodeNotSupported:
		return c.String()
	}
	return ""
}

// isIdlePull knows the exchanges whose spans are not exported: they must not become exemplars.
func isIdlePull(request, response int32) bool {
	return isPull(request) && protocol.ResponseCode(response) == protocol.PullNotFound
}

func isPull(request int32) bool {
	code := protocol.RequestCode(request)
	return code == protocol.PullMessage || code == protocol.LitePullMessage
}

// waited is how long a request has waited for a worker by now, if anybody wants to know.
func (m *instruments) waited(rc *RequestContext) time.Duration {
	if m == nil || rc.executor == nil {
		return 0
	}
	return m.clock.Now().Sub(rc.ReceivedAt)
}

// dequeued notes how long a request waited for a worker.
func (m *instruments) dequeued(rc *RequestContext, waited time.Duration) {
	if m == nil || rc.executor == nil {
		return
	}
	h := m.queueWaits.Load(rc.executor)
	if h == nil {
		name := rc.executor.name
		if processor, ok := m.names[name]; ok {
			name = processor
		}
		h = m.queueWaits.Keep(rc.executor, m.queueWait.With(name))
	}
	span := rc.step.SpanContext()
	if isPull(rc.Request.Code) {
		span = observ.SpanContext{} // it may turn out idle
	}
	h.Observe(waited.Seconds(), span)
}

// answering has the writer tell when rc's answer is written. Without metrics it tells the span alone, which may be nil.
func (m *instruments) answering(rc *RequestContext, resp *protocol.RemotingCommand, span written) written {
	if m == nil {
		return span
	}
	rc.status = resp.Code
	return (*measuredAnswer)(rc)
}

// measuredAnswer is a request whose answer is on its way. It does for the span what answerWrite does, and takes no memory.
type measuredAnswer RequestContext

func (a *measuredAnswer) written(err error) {
	a.step.End(&err)
	result := resultSuccess
	if err != nil {
		result = resultFailed
	}
	rc := (*RequestContext)(a)
	a.endpoint.metrics.answered(rc, result)
	rc.leave()
}

// answerFailed notes an answer that the connection did not accept.
func (m *instruments) answerFailed(rc *RequestContext) {
	if m != nil {
		m.answered(rc, resultFailed)
	}
}

// unanswered notes the result of a request whose sender wants no answer. One without any result does not count, as with Apache.
func (m *instruments) unanswered(rc *RequestContext, resp *protocol.RemotingCommand) {
	if m != nil && resp != nil {
		rc.status = resp.Code
		m.answered(rc, resultOneway)
	}
}

func (m *instruments) answered(rc *RequestContext, result string) {
	key := answerKey{rc.Request.Code, rc.status, rc.suspended && isPull(rc.Request.Code), result}
	h := m.answers.Load(key)
	if h == nil {
		h = m.answers.Keep(key, m.newAnswer(key))
	}
	span := rc.step.SpanContext()
	if isIdlePull(key.code, key.status) {
		span = observ.SpanContext{}
	}
	took := m.clock.Now().Sub(rc.ReceivedAt)
	h.served.Observe(took.Seconds(), span)
	h.latency.Observe(float64(took)/float64(time.Millisecond), span)
}

func (m *instruments) newAnswer(key answerKey) answerHistograms {
	code, status := protocol.RequestCode(key.code).String(), protocol.ResponseCode(key.status).String()
	errorType := failureType(key.status)
	if key.result == resultFailed {
		errorType = resultFailed
	}
	return answerHistograms{
		served: m.served.With(rpcSystem, code, status, errorType, m.host, m.port),
		latency: m.latency.With("remoting", strings.ToLower(code), strings.ToLower(status), strconv.FormatBool(key.longPoll),
			key.result),
	}
}
