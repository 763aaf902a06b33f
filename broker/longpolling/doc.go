// Package longpolling holds pulls that found nothing until a message arrives that they want, or their time is up.
//
// A held pull costs no goroutine. It is woken once: by the store's notification of a message that its filter lets through, or
// by the check every five seconds, which catches deadlines. What a wake does runs on a goroutine of its own, so that the
// store's dispatch never waits for a consumer.
package longpolling
