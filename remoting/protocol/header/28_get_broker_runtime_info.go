// GET_BROKER_RUNTIME_INFO (28) asks for a broker's figures. Tools send it, without a header. The reply's body is a
// body.KVTable.

package header
