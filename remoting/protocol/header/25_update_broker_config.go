// UPDATE_BROKER_CONFIG (25) changes settings of a broker. Tools send it; the body is a properties file. The reply has no
// header.

package header
