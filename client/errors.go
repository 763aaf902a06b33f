package client

import "errors"

// What callers test for with errors.Is. Errors of the transport are in package remoting (remoting.ErrTimeout,
// remoting.ErrConnect); a broker's refusal is a *protocol.ResponseError.
var (
	// ErrNoNameServer says that no name server address was given.
	ErrNoNameServer = errors.New("no name server address: set one with client.WithNameServers or NAMESRV_ADDR")
	// ErrNoRoute says that there is no queue to send to: the topic is unknown, or none of its brokers takes messages.
	ErrNoRoute = errors.New("no route")
	// ErrTopicNotExist says that no name server knows the topic nor one to create it from. It comes with ErrNoRoute.
	ErrTopicNotExist = errors.New("topic does not exist")
	// ErrBrokerNotExist says that the queue's broker is not in the route table.
	ErrBrokerNotExist = errors.New("broker does not exist")
	// ErrMessageIllegal says that a message, or a batch, cannot be sent as it is.
	ErrMessageIllegal = errors.New("illegal message")
	// ErrInvalidConfig says that a group name or an option is not usable.
	ErrInvalidConfig = errors.New("invalid configuration")
	// ErrGroupExists says that a client instance has a member of that group already.
	ErrGroupExists = errors.New("group exists already in this client instance")
	// ErrNotRunning says that the producer or consumer was not started, or has been shut down.
	ErrNotRunning = errors.New("not running")
	// ErrAlreadyStarted says that Start was called twice.
	ErrAlreadyStarted = errors.New("started already")
)
