package processor

import (
	"context"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/properties"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// updateConfig answers UPDATE_NAMESRV_CONFIG (318). Keys that may not change are refused with NO_PERMISSION and a remark that
// names them; nothing is changed then.
//
// Java: namesrv.processor.DefaultRequestProcessor#updateConfig (5.5.0).
func (p *DefaultRequestProcessor) updateConfig(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	values, err := properties.Parse(string(rc.Request.Body))
	if err != nil {
		return nil, systemError("string2Properties error: " + err.Error())
	}
	log := observ.Logger(ctx, p.log).With(zap.Stringer("client", rc.Channel.RemoteAddr()), zap.Any("values", values))
	if err := p.config.Update(values); err != nil {
		log.Warn("configuration update refused", zap.Error(err))
		return nil, protocol.NewResponseError(protocol.NoPermission, err.Error())
	}
	log.Info("configuration updated")
	return success(), nil
}

// getConfig answers GET_NAMESRV_CONFIG (319).
//
// Java: namesrv.processor.DefaultRequestProcessor#getConfig (5.5.0).
func (p *DefaultRequestProcessor) getConfig(context.Context, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	resp := success()
	resp.Body = []byte(p.config.Format())
	return resp, nil
}
