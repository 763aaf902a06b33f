// GET_NAMESRV_CONFIG (319) asks for a name server's settings. Tools send it, without a header; the reply's body is a
// properties file.

package header
