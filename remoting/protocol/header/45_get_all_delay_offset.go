// GET_ALL_DELAY_OFFSET (45) asks for the progress of the delay levels. Slaves send it, without a header. The reply's body
// is the text of delayOffset.json.

package header
