package outer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// Client is what the API sends by: *remoting.Client is one.
type Client interface {
	InvokeSync(ctx context.Context, addr string, req *protocol.RemotingCommand) (*protocol.RemotingCommand, error)
}

// Identity is the broker as name servers know it.
type Identity struct {
	ClusterName, BrokerName string
	BrokerID                int64
	// Addr is where clients reach it, HAServerAddr where slaves do.
	Addr, HAServerAddr string
}

// Config is what a [BrokerOuterAPI] is made of. A nil Component or Logger is silent.
type Config struct {
	NameServers []string
	// Timeout bounds one registration.
	Timeout time.Duration
	// Compressed deflates the table of topics.
	Compressed bool
	Component  *observ.Component
	Logger     *zap.Logger
}

// BrokerOuterAPI sends the broker's own requests. Safe for concurrent use.
//
// Java: broker.out.BrokerOuterAPI (5.5.0).
type BrokerOuterAPI struct {
	cfg    Config
	client Client
	log    *zap.Logger
	wasOK  sync.Map // name server -> bool: the outcome last logged
}

// NewBrokerOuterAPI sends through client.
func NewBrokerOuterAPI(cfg Config, client Client) *BrokerOuterAPI {
	if cfg.Logger == nil {
		cfg.Logger = zap.NewNop()
	}
	return &BrokerOuterAPI{cfg: cfg, client: client, log: cfg.Logger}
}

// RegisterBrokerAll registers the broker and these topics with every name server and returns when all have answered or the
// timeout has passed. An error joins those of the name servers that failed; the others know the broker.
//
// Java: BrokerOuterAPI#registerBrokerAll (5.5.0).
func (a *BrokerOuterAPI) RegisterBrokerAll(ctx context.Context, id Identity, topics map[string]body.TopicConfig, version body.DataVersion) (err error) {
	if len(a.cfg.NameServers) == 0 {
		return nil
	}
	ctx, step := a.traceRegisterBrokerAll(ctx, id, len(topics))
	defer step.End(&err)
	request, err := a.registration(id, topics, version)
	if err != nil {
		return err
	}
	return a.toAll(ctx, a.cfg.Timeout, func(ctx context.Context, addr string) error {
		return a.registerBroker(ctx, addr, request())
	})
}

// registration encodes the table once and returns what makes a request for each name server.
func (a *BrokerOuterAPI) registration(id Identity, topics map[string]body.TopicConfig, version body.DataVersion) (func() *protocol.RemotingCommand, error) {
	var register body.RegisterBrokerBody
	register.TopicConfigSerializeWrapper.TopicConfigTable = topics
	register.TopicConfigSerializeWrapper.DataVersion = version
	encoded := register.Encode()
	if a.cfg.Compressed {
		var err error
		if encoded, err = register.EncodeCompressed(); err != nil {
			return nil, fmt.Errorf("deflate the registration: %w", err)
		}
	}
	h := header.RegisterBrokerRequestHeader{
		BrokerName: id.BrokerName, BrokerAddr: id.Addr, ClusterName: id.ClusterName, HAServerAddr: id.HAServerAddr,
		BrokerID: id.BrokerID, BodyCRC32: int32(message.BodyCRC(encoded)),
	}
	return func() *protocol.RemotingCommand {
		own := h
		req := protocol.NewRequest(protocol.RegisterBroker, &own)
		req.Body = encoded
		return req
	}, nil
}

// registerBroker registers with one name server.
//
// Java: BrokerOuterAPI#registerBroker (5.5.0).
func (a *BrokerOuterAPI) registerBroker(ctx context.Context, addr string, req *protocol.RemotingCommand) (err error) {
	ctx, step := traceRegisterBroker(ctx, addr)
	defer step.End(&err)
	return a.invoke(ctx, addr, req)
}

// invoke sends req and turns any other answer than SUCCESS into an error.
func (a *BrokerOuterAPI) invoke(ctx context.Context, addr string, req *protocol.RemotingCommand) error {
	resp, err := a.client.InvokeSync(ctx, addr, req)
	if err != nil {
		return err
	}
	if code := protocol.ResponseCode(resp.Code); code != protocol.Success {
		return &protocol.ResponseError{Code: code, Remark: resp.Remark, Addr: addr}
	}
	return nil
}

// UnregisterBrokerAll takes the broker out of every name server's tables.
//
// Java: BrokerOuterAPI#unregisterBrokerAll (5.5.0).
func (a *BrokerOuterAPI) UnregisterBrokerAll(ctx context.Context, id Identity) (err error) {
	if len(a.cfg.NameServers) == 0 {
		return nil
	}
	ctx, step := a.traceUnregisterBrokerAll(ctx, id)
	defer step.End(&err)
	return a.toAll(ctx, unregisterTimeout, func(ctx context.Context, addr string) error {
		return a.invoke(ctx, addr, protocol.NewRequest(protocol.UnregisterBroker, &header.UnRegisterBrokerRequestHeader{
			BrokerName: id.BrokerName, BrokerAddr: id.Addr, ClusterName: id.ClusterName, BrokerID: id.BrokerID,
		}))
	})
}

const unregisterTimeout = 3 * time.Second

// toAll calls every name server at the same time.
func (a *BrokerOuterAPI) toAll(ctx context.Context, timeout time.Duration, call func(ctx context.Context, addr string) error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	errs := make([]error, len(a.cfg.NameServers))
	var group sync.WaitGroup
	for i, addr := range a.cfg.NameServers {
		group.Go(func() {
			errs[i] = call(ctx, addr)
			a.report(addr, errs[i])
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// report logs what becomes of a name server when it changes, not every half minute.
func (a *BrokerOuterAPI) report(addr string, err error) {
	was, known := a.wasOK.Swap(addr, err == nil)
	switch {
	case err == nil && (!known || was == false):
		a.log.Info("name server answers", zap.String("namesrv", addr))
	case err != nil && (!known || was == true):
		a.log.Warn("name server does not answer", zap.String("namesrv", addr), zap.Error(err))
	}
}
