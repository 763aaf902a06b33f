package message

// Transaction are the transaction bits: 0 for a plain message, or one of the FlagTransaction... values.
//
// Java: common.sysflag.MessageSysFlag#getTransactionValue (5.5.0).
func (f SysFlag) Transaction() SysFlag { return f & FlagTransactionRollback }

// WithTransaction is f with other transaction bits.
//
// Java: common.sysflag.MessageSysFlag#resetTransactionValue (5.5.0).
func (f SysFlag) WithTransaction(bits SysFlag) SysFlag { return f&^FlagTransactionRollback | bits }

// Compressed tells whether the body is compressed.
func (f SysFlag) Compressed() bool { return f&FlagCompressed != 0 }

// Compression is how the body is compressed, if it is: before 5.x nobody said, and it was zlib.
//
// Java: common.sysflag.MessageSysFlag#getCompressionType (5.5.0).
func (f SysFlag) Compression() Compression {
	bits := f & FlagCompressionTypeMask
	if bits == 0 {
		bits = FlagCompressionTypeZlib
	}
	return Compression(bits)
}
