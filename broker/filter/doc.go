// Package filter decides which messages a consumer group wants: by tags, whose hash codes the consume queue holds. Codes
// collide, so consumers compare the tags themselves once more.
package filter
