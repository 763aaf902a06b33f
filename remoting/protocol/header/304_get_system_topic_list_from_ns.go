// GET_SYSTEM_TOPIC_LIST_FROM_NS (304) asks a name server for the topics named after clusters and brokers. Tools send it,
// without a header. The reply's body is a body.TopicList.

package header
