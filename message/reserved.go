package message

import "strings"

// transientPrefix begins the names of properties that brokers do not store.
const transientPrefix = "__RMQ.TRANSIENT."

// IsReservedProperty tells whether name is one that users must not set themselves.
//
// Java: common.message.MessageConst.STRING_HASH_SET (5.5.0).
func IsReservedProperty(name string) bool {
	switch name {
	case PropertyTraceSwitch, PropertyMsgRegion, PropertyKeys, PropertyTags, PropertyWaitStoreMsgOK, PropertyDelayTimeLevel,
		PropertyRetryTopic, PropertyOriginGroup, PropertyRealTopic, PropertyRealQueueID, PropertyTransactionPrepared, PropertyProducerGroup,
		PropertyMinOffset, PropertyMaxOffset, PropertyBuyerID, PropertyOriginMessageID, PropertyTransferFlag,
		PropertyCorrectionFlag, PropertyMQ2Flag, PropertyReconsumeTime, PropertyUniqClientMessageIDKeyIdx,
		PropertyMaxReconsumeTimes, PropertyConsumeStartTimestamp, PropertyPopCK, PropertyPopCKOffset, PropertyFirstPopTime,
		PropertyTransactionPreparedQueueOffset, PropertyDupInfo, PropertyExtendUniqInfo, PropertyInstanceID,
		PropertyCorrelationID, PropertyMessageReplyToClient, PropertyMessageTTL, PropertyReplyMessageArriveTime,
		PropertyPushReplyTime, PropertyCluster, PropertyMessageType, PropertyInnerMultiQueueOffset, PropertyTimerDelayMS,
		PropertyTimerDelaySec, PropertyTimerDeliverMS, PropertyTimerEnqueueMS, PropertyTimerDequeueMS, PropertyTimerRollTimes,
		PropertyTimerOutMS, PropertyTimerDelUniqKey, PropertyTimerDelayLevel, PropertyBornHost, PropertyPriority, PropertyLiteTopic,
		PropertyBornTimestamp, PropertyDLQOriginTopic, PropertyDLQOriginMessageID, PropertyCRC32:
		return true
	}
	return strings.HasPrefix(name, transientPrefix)
}
