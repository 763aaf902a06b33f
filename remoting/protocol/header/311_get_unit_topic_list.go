// GET_UNIT_TOPIC_LIST (311) asks a name server for the topics with the unit flag. Tools send it, without a header. The
// reply's body is a body.TopicList.

package header
