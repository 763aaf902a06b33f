package message

// The names of the properties that RocketMQ itself uses. A user's own must differ from them.
//
// Java: common.message.MessageConst (5.5.0).
const (
	PropertyKeys                      = "KEYS" // for queries; several with KeySeparator between
	PropertyTags                      = "TAGS"
	PropertyWaitStoreMsgOK            = "WAIT"
	PropertyDelayTimeLevel            = "DELAY"
	PropertyRetryTopic                = "RETRY_TOPIC"
	PropertyOriginGroup               = "ORIGIN_GROUP"
	PropertyRealTopic                 = "REAL_TOPIC"
	PropertyRealQueueID               = "REAL_QID"
	PropertyTransactionPrepared       = "TRAN_MSG"
	PropertyProducerGroup             = "PGROUP"
	PropertyMinOffset                 = "MIN_OFFSET"
	PropertyMaxOffset                 = "MAX_OFFSET"
	PropertyBuyerID                   = "BUYER_ID"
	PropertyOriginMessageID           = "ORIGIN_MESSAGE_ID"
	PropertyTransferFlag              = "TRANSFER_FLAG"
	PropertyCorrectionFlag            = "CORRECTION_FLAG"
	PropertyMQ2Flag                   = "MQ2_FLAG"
	PropertyReconsumeTime             = "RECONSUME_TIME"
	PropertyMsgRegion                 = "MSG_REGION"
	PropertyTraceSwitch               = "TRACE_ON"
	PropertyUniqClientMessageIDKeyIdx = "UNIQ_KEY"
	PropertyTransOffset               = "TRANS_OFFSET"
	PropertyExtendUniqInfo            = "EXTEND_UNIQ_INFO"
	PropertyMaxReconsumeTimes         = "MAX_RECONSUME_TIMES"
	PropertyConsumeStartTimestamp     = "CONSUME_START_TIME"
	PropertyPriority                  = "_SYS_MSG_PRIORITY_"
	PropertyInnerNum                  = "INNER_NUM"
	PropertyInnerBase                 = "INNER_BASE"
	PropertyDupInfo                   = "DUP_INFO"
	PropertyInstanceID                = "INSTANCE_ID"
	PropertyCluster                   = "CLUSTER"
	PropertyShardingKey               = "__SHARDINGKEY"
	PropertyLiteTopic                 = "__LITE_TOPIC"
	PropertyForwardQueueID            = "PROPERTY_FORWARD_QUEUE_ID"
	PropertyRedirect                  = "REDIRECT"
	PropertyInnerMultiDispatch        = "INNER_MULTI_DISPATCH"
	PropertyInnerMultiQueueOffset     = "INNER_MULTI_QUEUE_OFFSET"
	PropertyTraceContext              = "TRACE_CONTEXT"
	PropertyBornHost                  = "__BORNHOST"
	PropertyBornTimestamp             = "BORN_TIMESTAMP"
	PropertyCRC32                     = "__CRC32#"
	PropertyDLQOriginTopic            = "DLQ_ORIGIN_TOPIC"
	PropertyDLQOriginMessageID        = "DLQ_ORIGIN_MESSAGE_ID"
)

// Those of transactions.
const (
	PropertyTransactionID                  = "__transactionId__"
	PropertyTransactionCheckTimes          = "TRANSACTION_CHECK_TIMES"
	PropertyCheckImmunityTimeInSeconds     = "CHECK_IMMUNITY_TIME_IN_SECONDS"
	PropertyTransactionPreparedQueueOffset = "TRAN_PREPARED_QUEUE_OFFSET"
)

// Those of requests and their replies.
const (
	PropertyCorrelationID          = "CORRELATION_ID"
	PropertyMessageReplyToClient   = "REPLY_TO_CLIENT"
	PropertyMessageTTL             = "TTL"
	PropertyReplyMessageArriveTime = "ARRIVE_TIME"
	PropertyPushReplyTime          = "PUSH_REPLY_TIME"
	PropertyMessageType            = "MSG_TYPE" // "reply" in a reply
)

// Those of popped messages.
const (
	PropertyPopCK        = "POP_CK"
	PropertyPopCKOffset  = "POP_CK_OFFSET"
	PropertyFirstPopTime = "1ST_POP_TIME"
)

// Those of timer messages. Java: common.message.MessageConst (5.5.0).
const (
	PropertyTimerDelaySec   = "TIMER_DELAY_SEC"
	PropertyTimerDelayMS    = "TIMER_DELAY_MS"
	PropertyTimerDeliverMS  = "TIMER_DELIVER_MS"
	PropertyTimerEnqueueMS  = "TIMER_ENQUEUE_MS"
	PropertyTimerDequeueMS  = "TIMER_DEQUEUE_MS"
	PropertyTimerRollTimes  = "TIMER_ROLL_TIMES"
	PropertyTimerOutMS      = "TIMER_OUT_MS"
	PropertyTimerDelUniqKey = "TIMER_DEL_UNIQKEY"
	PropertyTimerRollLabel  = "TIMER_ROLL_LABEL"
	PropertyTimerDelayLevel = "TIMER_DELAY_LEVEL"
)

// KeySeparator is between the keys of PropertyKeys.
const KeySeparator = " "

// DefaultRegionID is what a broker gives as PropertyMsgRegion unless told otherwise.
//
// Java: common.MixAll.DEFAULT_TRACE_REGION_ID (5.5.0).
const DefaultRegionID = "DefaultRegion"

// ReplyMessageFlag is the value of PropertyMessageType in a reply.
const ReplyMessageFlag = "reply"
