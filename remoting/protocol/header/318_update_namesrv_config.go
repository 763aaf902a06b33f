// UPDATE_NAMESRV_CONFIG (318) changes settings of a name server. Tools send it; the body is a properties file. The reply
// has no header.

package header
