// GET_HAS_UNIT_SUB_TOPIC_LIST (312) asks a name server for the topics with the unit-subscription flag. Tools send it,
// without a header. The reply's body is a body.TopicList.

package header
