package ha

import "context"

// Role is a broker's part in replication. Java: store.config.BrokerRole (5.5.0).
type Role string

// AsyncMaster does not wait for its slaves.
const AsyncMaster Role = "ASYNC_MASTER"

// Service answers for replication. It is safe for concurrent use.
type Service struct{ role Role }

// NewService is the service of a master without slaves.
func NewService() *Service { return &Service{role: AsyncMaster} }

// HandleHA says whether the log up to nextOffset is replicated as the role demands: nil at once for an asynchronous master.
//
// Java: store.CommitLog#handleHA (5.5.0).
func (s *Service) HandleHA(ctx context.Context, nextOffset int64) (err error) {
	_, step := traceHandleHA(ctx, s.role, nextOffset)
	defer step.End(&err)
	return nil
}
