package processor

import (
	"fmt"

	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/remoting/protocol"
)

// putOutcome is what a producer is told of a put.
type putOutcome struct {
	code   protocol.ResponseCode
	remark string
	stored bool // the message is in the commit log, whatever else
}

// outcomeOf translates a status of the store.
//
// Java: broker.processor.SendMessageProcessor#handlePutMessageResult (5.5.0).
func (p *SendMessageProcessor) outcomeOf(status store.PutMessageStatus) putOutcome {
	switch status {
	case store.PutOK:
		return putOutcome{code: protocol.Success, stored: true}
	case store.FlushDiskTimeout:
		return putOutcome{code: protocol.FlushDiskTimeout, stored: true}
	case store.FlushSlaveTimeout:
		return putOutcome{code: protocol.FlushSlaveTimeout, stored: true}
	case store.SlaveNotAvailable:
		return putOutcome{code: protocol.SlaveNotAvailable, stored: true}
	case store.InSyncReplicasNotEnough:
		return putOutcome{code: protocol.SystemError, remark: "in-sync replicas not enough"}
	case store.CreateMappedFileFailed:
		return putOutcome{code: protocol.SystemError, remark: "create mapped file failed, server is busy or broken."}
	case store.MessageIllegal, store.PropertiesSizeExceeded:
		return putOutcome{code: protocol.MessageIllegal, remark: p.illegalMessage()}
	case store.WheelTimerNotEnable:
		return putOutcome{code: protocol.SystemError, remark: "accurate timer message is not enabled, timerWheelEnable is false"}
	case store.ServiceNotAvailable:
		return putOutcome{code: protocol.ServiceNotAvailable, remark: p.serviceNotAvailable()}
	case store.OSPageCacheBusy:
		return putOutcome{code: protocol.SystemBusy, remark: "[PC_SYNCHRONIZED]broker busy, start flow control for a while"}
	case store.UnknownError:
		return putOutcome{code: protocol.SystemError, remark: "UNKNOWN_ERROR"}
	default:
		return putOutcome{code: protocol.SystemError, remark: "UNKNOWN_ERROR DEFAULT"}
	}
}

func (p *SendMessageProcessor) illegalMessage() string {
	return fmt.Sprintf("the message is illegal, maybe msg body or properties length not matched. msg body length limit %dB, msg properties length limit 32KB.",
		p.cfg.MaxMessageSize)
}

func (p *SendMessageProcessor) serviceNotAvailable() string {
	used, err := p.store.DiskUsedRatio()
	if err != nil {
		used = -1
	}
	return fmt.Sprintf("service not available now. It may be caused by one of the following reasons: "+
		"the broker's disk is full [CL: %5.2[1]f CQ: %5.2[1]f INDEX: %5.2[1]f], messages are put to the slave, message store has been shut down, etc.", used)
}
