// UPDATE_AND_CREATE_SUBSCRIPTIONGROUP (200) creates a consumer group on a broker or changes it. Tools send it, without a
// header; the body is a body.SubscriptionGroupConfig. The reply has no header.

package header
