// GET_ALL_CONSUMER_OFFSET (43) asks for all consumer offsets of a broker. Slaves send it, without a header. The reply's
// body is a body.ConsumerOffsetSerializeWrapper.

package header
