// GET_ALL_TOPIC_LIST_FROM_NAMESERVER (206) asks a name server for all topics. Tools send it, without a header. The reply's
// body is a body.TopicList.

package header
