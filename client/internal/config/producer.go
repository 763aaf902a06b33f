package config

import (
	"fmt"
	"time"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
)

// Producer is what a producer can be told.
//
// Java: client.producer.DefaultMQProducer (5.5.0).
type Producer struct {
	Client
	// Group is the producer group.
	Group string
	// CreateTopicKey is the topic from which unknown topics are created.
	CreateTopicKey string
	// DefaultTopicQueueNums bounds the queues of a topic that a send creates.
	DefaultTopicQueueNums int32
	// SendMsgTimeout bounds one send, all attempts together, when the caller's context has no deadline.
	SendMsgTimeout time.Duration
	// SendMsgMaxTimeoutPerRequest bounds one attempt while others may follow; 0 means no such bound.
	SendMsgMaxTimeoutPerRequest time.Duration
	// CompressMsgBodyOverHowmuch is the body length in bytes from which bodies are compressed; 0 turns compression off.
	CompressMsgBodyOverHowmuch int
	CompressType               message.Compression
	CompressLevel              int
	// RetryTimesWhenSendFailed and RetryTimesWhenSendAsyncFailed count further attempts after the first.
	RetryTimesWhenSendFailed      int
	RetryTimesWhenSendAsyncFailed int
	// RetryResponseCodes are the broker's answers after which another broker is tried.
	RetryResponseCodes []protocol.ResponseCode
	// RetryAnotherBrokerWhenNotStoreOK tries another broker when the message was stored but not flushed or replicated in time.
	RetryAnotherBrokerWhenNotStoreOK bool
	// MaxMessageSize bounds a body, in bytes.
	MaxMessageSize int
	// SendLatencyFaultEnable avoids brokers that were slow or failed of late.
	SendLatencyFaultEnable bool
	// Topics have their routes fetched at the start.
	Topics []string
	// PropagateInMessage writes the send span's context into the message's properties.
	PropagateInMessage bool
}

// ProducerOption sets something of a producer.
type ProducerOption interface{ ApplyProducer(*Producer) }

// DefaultProducer is Apache's defaults.
func DefaultProducer(group string) Producer {
	return Producer{
		Client:                        DefaultClient(),
		Group:                         group,
		CreateTopicKey:                message.TopicAutoCreate,
		DefaultTopicQueueNums:         4,
		SendMsgTimeout:                3 * time.Second,
		CompressMsgBodyOverHowmuch:    4096,
		CompressType:                  message.Zlib,
		CompressLevel:                 5,
		RetryTimesWhenSendFailed:      2,
		RetryTimesWhenSendAsyncFailed: 2,
		RetryResponseCodes:            DefaultRetryResponseCodes(),
		MaxMessageSize:                4 << 20,
		PropagateInMessage:            true,
	}
}

// DefaultRetryResponseCodes are the answers that Apache's producer retries.
//
// Java: DefaultMQProducer#retryResponseCodes (5.5.0).
func DefaultRetryResponseCodes() []protocol.ResponseCode {
	return []protocol.ResponseCode{
		protocol.TopicNotExist, protocol.ServiceNotAvailable, protocol.SystemError, protocol.SystemBusy,
		protocol.NoPermission, protocol.NoBuyerID, protocol.NotInCurrentUnit, protocol.GoAway,
	}
}

// Validate refuses settings that cannot work.
func (p *Producer) Validate() error {
	switch {
	case p.SendMsgTimeout <= 0:
		return fmt.Errorf("send timeout must be positive, not %v", p.SendMsgTimeout)
	case p.SendMsgMaxTimeoutPerRequest < 0:
		return fmt.Errorf("timeout per request must not be negative: %v", p.SendMsgMaxTimeoutPerRequest)
	case p.RetryTimesWhenSendFailed < 0 || p.RetryTimesWhenSendAsyncFailed < 0:
		return fmt.Errorf("retries must not be negative: %d, %d", p.RetryTimesWhenSendFailed, p.RetryTimesWhenSendAsyncFailed)
	case p.DefaultTopicQueueNums < 1:
		return fmt.Errorf("default topic queue number must be at least 1, not %d", p.DefaultTopicQueueNums)
	case p.MaxMessageSize < 1:
		return fmt.Errorf("maximum message size must be at least 1, not %d", p.MaxMessageSize)
	}
	return p.Client.Validate()
}
