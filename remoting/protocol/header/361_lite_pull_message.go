// LITE_PULL_MESSAGE (361) is PULL_MESSAGE from a lite pull consumer of 5.x, with PullLite set, so that brokers can serve
// it by workers of its own.

package header
