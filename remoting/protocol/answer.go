package protocol

import "sync"

// answers are commands that were released, with room for their ext fields.
var answers sync.Pool

// newAnswer is a command and room for the ext fields of an answer.
func newAnswer() (*RemotingCommand, ExtFields) {
	if c, ok := answers.Get().(*RemotingCommand); ok {
		room := c.ExtFields[:0]
		c.ExtFields = nil
		return c, room
	}
	c := new(struct {
		RemotingCommand
		room [answerFields]Field
	})
	return &c.RemotingCommand, c.room[:0]
}

// Release gives back the memory of a command that was read off a frame, for an answer to be read into. Whoever calls it must be the only
// one who has the command. Its strings and its Body, which are parts of the frame, stay as they are.
func (c *RemotingCommand) Release() {
	if cap(c.ExtFields) != answerFields {
		return
	}
	room := c.ExtFields[:answerFields]
	clear(room)
	*c = RemotingCommand{ExtFields: room}
	answers.Put(c)
}
