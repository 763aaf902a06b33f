// GET_SYSTEM_TOPIC_LIST_FROM_BROKER (305) asks a broker for its own topics. Tools send it, without a header. The reply's
// body is a body.TopicList.

package header
