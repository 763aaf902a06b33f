package store

import (
	"context"
	"errors"
)

// AsyncPutMessage stores a message. The future completes when the message is as safe as the flush type promises. The message
// and what it refers to are not used after the call returns; hooks may change it.
//
// Java: store.DefaultMessageStore#asyncPutMessage (5.5.0).
func (s *DefaultMessageStore) AsyncPutMessage(ctx context.Context, msg *MessageExtBrokerInner) PutFuture {
	ctx, step := traceAsyncPutMessage(ctx, msg)
	if r := s.refuse(ctx, msg); r != nil {
		return s.refused(step.End, *r)
	}
	return s.commitLog.AsyncPutMessage(ctx, msg, endPut(step))
}

// AsyncPutMessages stores the messages of a batch. See AsyncPutMessage.
//
// Java: store.DefaultMessageStore#asyncPutMessages (5.5.0).
func (s *DefaultMessageStore) AsyncPutMessages(ctx context.Context, batch *MessageExtBatch) PutFuture {
	ctx, step := traceAsyncPutMessages(ctx, batch)
	if r := s.refuse(ctx, &batch.MessageExtBrokerInner); r != nil {
		return s.refused(step.End, *r)
	}
	return s.commitLog.AsyncPutMessages(ctx, batch, endPut(step))
}

// WriteGathered writes the messages that were put with the word that others follow.
func (s *DefaultMessageStore) WriteGathered() { s.commitLog.WriteGathered() }

// refuse is the result of a put that the store cannot take, or that the hook ended.
func (s *DefaultMessageStore) refuse(ctx context.Context, msg *MessageExtBrokerInner) *PutMessageResult {
	if s.diskFull.Load() || s.shutdown.Load() {
		return &PutMessageResult{Status: ServiceNotAvailable, Err: s.Writable()}
	}
	if s.hook != nil {
		return s.hook(ctx, msg)
	}
	return nil
}

// refused completes a put that never reached the log.
func (s *DefaultMessageStore) refused(end func(*error), r PutMessageResult) PutFuture {
	err := r.Err
	if err == nil && r.Status != PutOK {
		err = errors.New(r.Status.String())
	}
	end(&err)
	return Completed(r)
}
