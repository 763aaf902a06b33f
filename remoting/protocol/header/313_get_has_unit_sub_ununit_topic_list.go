// GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST (313) asks a name server for the topics with the unit-subscription flag but not the
// unit flag. Tools send it, without a header. The reply's body is a body.TopicList.

package header
