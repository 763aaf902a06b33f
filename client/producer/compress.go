package producer

import (
	"context"
	"fmt"

	"github.com/plumemq/plume/message"
)

// tryToCompressMessage compresses the body if it is large, once for all attempts. Batches stay as they are. A body that does not
// get smaller is sent compressed all the same, as Apache's producers do.
//
// Java: DefaultMQProducerImpl#tryToCompressMessage (5.5.0).
func (p *Producer) tryToCompressMessage(ctx context.Context, out *outgoing) (err error) {
	over := p.cfg.CompressMsgBodyOverHowmuch
	if over <= 0 || len(out.body) < over || out.batch || out.sysFlag&message.FlagCompressed != 0 {
		return nil
	}
	_, step := traceTryToCompressMessage(ctx, out)
	defer step.End(&err)
	body, err := p.cfg.CompressType.Compress(out.body, p.cfg.CompressLevel)
	if err != nil {
		return fmt.Errorf("body of %d bytes: %w", len(out.body), err)
	}
	traceCompressed(step, len(out.body), len(body))
	out.body = body
	out.sysFlag |= p.cfg.CompressType.Flags()
	return nil
}
