// CHECK_CLIENT_CONFIG (46) asks whether a subscription would do. Push consumers send it when they start, for expressions
// that are not tags. The body is a body.CheckClientRequestBody.
//
// The reply has no header; SubscriptionParseFailed and the like say what is wrong.

package header
