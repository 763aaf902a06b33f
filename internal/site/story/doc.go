// Package story tells a trace in plain words: one sentence per step that matters, in the order in which things happened, each
// leading to the span that it was read from. It says only what the spans say.
//
// Sentences mark code with backquotes; names that come from outside (topics, services) are data and must be escaped by whoever
// shows them.
package story
