package processor

import (
	"context"
	"strconv"
	"time"

	"github.com/plumemq/plume/broker/longpolling"
	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

const sendFunc = "broker/processor.(*SendMessageProcessor)."

var (
	stepSendProcessRequest = observ.Define(observ.Op{
		ID: "broker.SendMessageProcessor.processRequest", Func: sendFunc + "ProcessRequest",
		Java: "SendMessageProcessor#processRequest", Claims: []string{"N1"},
	})
	stepSendMessage = observ.Define(observ.Op{
		ID: "broker.SendMessageProcessor.sendMessage", Func: sendFunc + "sendMessage", Java: "SendMessageProcessor#sendMessage",
	})
	stepSendBatchMessage = observ.Define(observ.Op{
		ID: "broker.SendMessageProcessor.sendBatchMessage", Func: sendFunc + "sendBatchMessage", Java: "SendMessageProcessor#sendBatchMessage",
	})
	stepMsgCheck = observ.Define(observ.Op{
		ID: "broker.msgCheck", Func: sendFunc + "msgCheck", Java: "AbstractSendMessageProcessor#msgCheck",
		Claims: []string{"P4", "P10"}, Detail: observ.Deep,
	})
	stepHandlePutMessageResult = observ.Define(observ.Op{
		ID: "broker.handlePutMessageResult", Func: sendFunc + "handlePutMessageResult", Java: "SendMessageProcessor#handlePutMessageResult",
	})
	stepConsumerSendMsgBack = observ.Define(observ.Op{
		ID: "broker.SendMessageProcessor.consumerSendMsgBack", Func: sendFunc + "consumerSendMsgBack",
		Java: "AbstractSendMessageProcessor#consumerSendMsgBack", Claims: []string{"P3"},
	})
)

func traceSendProcessRequest(ctx context.Context, rc *remoting.RequestContext) (context.Context, observ.Step) {
	ctx, step := stepSendProcessRequest.Start(ctx)
	if step.On() {
		step.Set(observ.Int("rocketmq.body.bytes", len(rc.Request.Body)))
	}
	return ctx, step
}

func describeSend(step observ.Step, h *header.SendMessageRequestHeaderV2) {
	if step.On() {
		step.Set(
			observ.String("messaging.system", "rocketmq"), observ.String("messaging.destination.name", h.Topic),
			observ.String("rocketmq.producer.group", h.ProducerGroup), observ.Int("rocketmq.queue.id", int(h.QueueID)),
		)
	}
}

func traceSendMessage(ctx context.Context, h *header.SendMessageRequestHeaderV2) (context.Context, observ.Step) {
	ctx, step := stepSendMessage.Start(ctx)
	describeSend(step, h)
	return ctx, step
}

func traceSendBatchMessage(ctx context.Context, h *header.SendMessageRequestHeaderV2) (context.Context, observ.Step) {
	ctx, step := stepSendBatchMessage.Start(ctx)
	describeSend(step, h)
	return ctx, step
}

func traceMsgCheck(ctx context.Context) (context.Context, observ.Step) {
	return stepMsgCheck.Start(ctx)
}

func traceTopicCreated(ctx context.Context, t *body.TopicConfig) {
	if step := stepSendMessage.Current(ctx); step.On() {
		step.Event("topic.created", observ.String("messaging.destination.name", t.TopicName),
			observ.Int("rocketmq.topic.write_queues", int(t.WriteQueueNums)), observ.Int("rocketmq.topic.perm", int(t.Perm)))
	}
}

func traceDeadLetter(ctx context.Context, topic string) {
	if step := stepConsumerSendMsgBack.Current(ctx); step.On() {
		step.Event("message.dead_letter", observ.String("messaging.destination.name", topic))
	}
}

func traceHandlePutMessageResult(ctx context.Context, r store.PutMessageResult) (context.Context, observ.Step) {
	ctx, step := stepHandlePutMessageResult.Start(ctx)
	if step.On() {
		step.Set(observ.String("rocketmq.put.status", r.Status.String()), observ.Int64("rocketmq.queue.offset", r.AppendResult.LogicsOffset),
			observ.Int64("rocketmq.commitlog.offset", r.AppendResult.WroteOffset), observ.Int("rocketmq.commitlog.bytes", int(r.AppendResult.WroteBytes)))
	}
	return ctx, step
}

func traceConsumerSendMsgBack(ctx context.Context) (context.Context, observ.Step) {
	return stepConsumerSendMsgBack.Start(ctx)
}

func traceSendBack(step observ.Step, h *header.ConsumerSendMsgBackRequestHeader, msg *store.MessageExtBrokerInner) {
	if step.On() {
		step.Set(observ.String("messaging.consumer.group.name", h.Group), observ.String("messaging.destination.name", msg.Topic),
			observ.Int("messaging.rocketmq.message.delay_time_level", msg.DelayTimeLevel()), observ.Int("rocketmq.reconsume_times", int(msg.ReconsumeTimes)),
			observ.String("messaging.message.id", msg.UniqID()))
	}
}

const pullFunc = "broker/processor.(*PullMessageProcessor)."

var (
	stepPullProcessRequest = observ.Define(observ.Op{
		ID: "broker.PullMessageProcessor.processRequest", Func: pullFunc + "ProcessRequest", Java: "PullMessageProcessor#processRequest",
	})
	stepSuspendPullRequest = observ.Define(observ.Op{
		ID: "broker.suspendPullRequest", Func: pullFunc + "suspend", Java: "PullRequestHoldService#suspendPullRequest",
	})
	stepExecuteRequestWhenWakeup = observ.Define(observ.Op{
		ID: "broker.PullMessageProcessor.executeRequestWhenWakeup", Func: pullFunc + "executeRequestWhenWakeup",
		Java: "PullMessageProcessor#executeRequestWhenWakeup",
	})
)

func tracePullProcessRequest(ctx context.Context, rc *remoting.RequestContext) (context.Context, observ.Step) {
	ctx, step := stepPullProcessRequest.Start(ctx)
	if step.On() {
		f := rc.Request.ExtFields
		step.Set(observ.String("messaging.destination.name", f.Get("topic")), observ.String("messaging.consumer.group.name", f.Get("consumerGroup")),
			observ.String("messaging.destination.partition.id", f.Get("queueId")), observ.Int64("rocketmq.queue.offset", queueOffset(f)))
	}
	return ctx, step
}

// queueOffset reads the offset that a pull asks for; -1 when it is none, which the processor refuses.
func queueOffset(f protocol.ExtFields) int64 {
	offset, err := strconv.ParseInt(f.Get("queueOffset"), 10, 64)
	if err != nil {
		return -1
	}
	return offset
}

func tracePullResult(ctx context.Context, r *store.GetMessageResult) {
	if step := stepPullProcessRequest.Current(ctx); step.On() {
		step.Set(observ.String("rocketmq.pull.status", r.Status.String()), observ.Int("messaging.batch.message_count", r.MessageCount()),
			observ.Int64("rocketmq.queue.next_offset", r.NextBeginOffset))
	}
}

func traceSuspendPullRequest(ctx context.Context, timeout time.Duration) observ.Step {
	_, step := stepSuspendPullRequest.Start(ctx)
	if step.On() {
		step.Set(observ.Int64("rocketmq.pull.hold_ms", timeout.Milliseconds()))
	}
	return step
}

// traceWakeup ends the step of a held pull.
func traceWakeup(step observ.Step, w longpolling.Wakeup) {
	if step.On() {
		step.Event("wakeup", observ.String("rocketmq.wakeup.reason", string(w.Reason)))
		step.Link(w.By)
	}
	step.End(nil)
}

func traceExecuteRequestWhenWakeup(ctx context.Context) (context.Context, observ.Step) {
	return stepExecuteRequestWhenWakeup.Start(ctx)
}

const (
	clientFunc   = "broker/processor.(*ClientManageProcessor)."
	consumerFunc = "broker/processor.(*ConsumerManageProcessor)."
	queryFunc    = "broker/processor.(*QueryMessageProcessor)."
)

var (
	stepHeartBeat = observ.Define(observ.Op{
		ID: "broker.ClientManageProcessor.heartBeat", Func: clientFunc + "heartBeat", Java: "ClientManageProcessor#heartBeat", Claims: []string{"T10"},
	})
	stepUnregisterClient = observ.Define(observ.Op{
		ID: "broker.ClientManageProcessor.unregisterClient", Func: clientFunc + "unregisterClient", Java: "ClientManageProcessor#unregisterClient",
	})
	stepGetConsumerListByGroup = observ.Define(observ.Op{
		ID: "broker.ConsumerManageProcessor.getConsumerListByGroup", Func: consumerFunc + "getConsumerListByGroup",
		Java: "ConsumerManageProcessor#getConsumerListByGroup",
	})
	stepUpdateConsumerOffset = observ.Define(observ.Op{
		ID: "broker.ConsumerManageProcessor.updateConsumerOffset", Func: consumerFunc + "updateConsumerOffset",
		Java: "ConsumerManageProcessor#updateConsumerOffset",
	})
	stepQueryConsumerOffset = observ.Define(observ.Op{
		ID: "broker.ConsumerManageProcessor.queryConsumerOffset", Func: consumerFunc + "queryConsumerOffset",
		Java: "ConsumerManageProcessor#queryConsumerOffset",
	})
	stepQueryMessage = observ.Define(observ.Op{
		ID: "broker.QueryMessageProcessor.queryMessage", Func: queryFunc + "queryMessage", Java: "QueryMessageProcessor#queryMessage",
	})
	stepViewMessageByID = observ.Define(observ.Op{
		ID: "broker.QueryMessageProcessor.viewMessageById", Func: queryFunc + "viewMessageByID", Java: "QueryMessageProcessor#viewMessageById",
	})
	stepAdmin = observ.Define(observ.Op{
		ID: "broker.AdminBrokerProcessor.processRequest", Func: "broker/processor.(*AdminBrokerProcessor).ProcessRequest",
		Java: "AdminBrokerProcessor#processRequest",
	})
)

// Steps are the steps of this package.
func Steps() []*observ.Op {
	return []*observ.Op{
		stepSendProcessRequest, stepSendMessage, stepSendBatchMessage, stepMsgCheck, stepHandlePutMessageResult, stepConsumerSendMsgBack,
		stepPullProcessRequest, stepSuspendPullRequest, stepExecuteRequestWhenWakeup,
		stepHeartBeat, stepUnregisterClient, stepGetConsumerListByGroup, stepUpdateConsumerOffset, stepQueryConsumerOffset,
		stepQueryMessage, stepViewMessageByID, stepAdmin,
	}
}

func traceHeartBeat(ctx context.Context) (context.Context, observ.Step) {
	return stepHeartBeat.Start(ctx)
}

func traceHeartBeatData(step observ.Step, data *heartbeat.HeartbeatData) {
	if step.On() {
		step.Set(observ.String("messaging.client.id", data.ClientID), observ.Int("rocketmq.heartbeat.producer_groups", len(data.ProducerDataSet)),
			observ.Int("rocketmq.heartbeat.consumer_groups", len(data.ConsumerDataSet)))
	}
}

func traceUnregisterClient(ctx context.Context) (context.Context, observ.Step) {
	return stepUnregisterClient.Start(ctx)
}

func traceGetConsumerListByGroup(ctx context.Context) (context.Context, observ.Step) {
	return stepGetConsumerListByGroup.Start(ctx)
}

func traceUpdateConsumerOffset(ctx context.Context) (context.Context, observ.Step) {
	return stepUpdateConsumerOffset.Start(ctx)
}

func traceQueryConsumerOffset(ctx context.Context) (context.Context, observ.Step) {
	return stepQueryConsumerOffset.Start(ctx)
}

func traceQueryMessage(ctx context.Context) (context.Context, observ.Step) {
	return stepQueryMessage.Start(ctx)
}

func traceViewMessageByID(ctx context.Context) (context.Context, observ.Step) {
	return stepViewMessageByID.Start(ctx)
}

func traceAdmin(ctx context.Context, rc *remoting.RequestContext) (context.Context, observ.Step) {
	ctx, step := stepAdmin.Start(ctx)
	if step.On() {
		step.Set(observ.String("rpc.method", protocol.RequestCode(rc.Request.Code).String()))
	}
	return ctx, step
}
