package telemetry

import (
	"errors"
	"fmt"
	"io"
	"os"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// ErrLogFormat is returned for a log format other than "console" and "json".
var ErrLogFormat = errors.New("unknown log format")

// LogOptions say how to log. The zero value is info and above, for people, on standard error.
type LogOptions struct {
	Format string        // "console" (also when empty) or "json"
	Level  zapcore.Level // the lowest level that is written
	Output io.Writer     // nil means os.Stderr; writes are serialised
}

// NewLogger makes the program's logger.
func NewLogger(opts LogOptions) (*zap.Logger, error) {
	var encoder zapcore.Encoder
	switch opts.Format {
	case "", "console":
		cfg := zap.NewDevelopmentEncoderConfig()
		cfg.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
		cfg.CallerKey = zapcore.OmitKey
		encoder = zapcore.NewConsoleEncoder(cfg)
	case "json":
		cfg := zap.NewProductionEncoderConfig()
		cfg.EncodeTime = zapcore.RFC3339NanoTimeEncoder
		encoder = zapcore.NewJSONEncoder(cfg)
	default:
		return nil, fmt.Errorf("%w: %q (console and json exist)", ErrLogFormat, opts.Format)
	}
	out := opts.Output
	if out == nil {
		out = os.Stderr
	}
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(out)), opts.Level)), nil
}
